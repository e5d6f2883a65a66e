#pragma once
#include <QStringList>

#include "widgets/figures/figure_table.h"

namespace plumbline {

class RunReview;

/// The words of the command line that makes the decisions under review again. Costs that were
/// edited are named by the file that they are exported to.
QStringList decide_command(const RunReview& review);

/// What the commands of figures name of a review: STUDY, RUN, SPLIT, DECIDE, of votes BASELINE, of
/// boxes FUSE. There is no DECIDE where it would read costs that no file has, or fit on several
/// splits.
FigureSource figure_source_of(const RunReview& review);

}  // namespace plumbline
