#pragma once
#include <QStringList>

#include <cstddef>
#include <string>

#include "widgets/figures/figure_table.h"

namespace plumbline {

class RunReview;

/// The words of the command line that makes the decisions under review again. Costs that were
/// edited are named by the file that they are exported to.
QStringList decide_command(const RunReview& review);

/// The same on another split and under no condition, without the program: what the policy does
/// where its parameters are chosen. Empty where figure_source_of has no DECIDE.
QStringList decide_elsewhere(const RunReview& review, const std::string& split);

/// Another policy, which learns nothing, by the same voters on the same split and under the same
/// condition, without the program.
QStringList decide_beside(const RunReview& review, const std::string& policy);

/// One of the run's voters alone, by its confidence, on the same split and under the same
/// condition, without the program.
QStringList decide_alone(const RunReview& review, std::size_t voter);

/// The options of `decide` that count harm as the review does: plain costs, those that were
/// changed, and that of a rejection. Empty where costs cannot be given, or too many were changed to
/// be written on a command line.
QStringList costs_words(const RunReview& review);

/// The words of the command line that compares two reviews of one split as they stand, without the
/// program. Empty where no command makes one of them again.
QStringList compare_command(const RunReview& first, const RunReview& second);

/// What the commands of figures name of a review: STUDY, RUN, SPLIT, DECIDE, of votes BASELINE and
/// COSTS, of boxes FUSE. There is no DECIDE where the policy would read costs that no file has, or
/// fit on several splits.
FigureSource figure_source_of(const RunReview& review);

}  // namespace plumbline
