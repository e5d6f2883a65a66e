#pragma once
#include <QStringList>

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

/// The words of the command line that compares two reviews of one split as they stand, without the
/// program. Empty where no command makes one of them again.
QStringList compare_command(const RunReview& first, const RunReview& second);

/// What the commands of figures name of a review: STUDY, RUN, SPLIT, DECIDE, of votes BASELINE, of
/// boxes FUSE. There is no DECIDE where it would read costs that no file has, or fit on several
/// splits.
FigureSource figure_source_of(const RunReview& review);

}  // namespace plumbline
