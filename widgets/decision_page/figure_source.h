#pragma once
#include "widgets/figures/figure_table.h"

namespace plumbline {

class DamageAnalysis;
class DecisionAnalysis;

/// What figures of the Decision page name besides what every page does: VALIDATION and CHOSEN where
/// there is a split to choose on, DAMAGE where a voter is damaged, CALIBRATED where a policy's
/// reliability is drawn.
FigureSource figure_source_of(const DecisionAnalysis& analysis, const DamageAnalysis& damage);

}  // namespace plumbline
