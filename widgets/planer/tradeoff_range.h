#pragma once
#include "widgets/planer/planer_review.h"

namespace plumbline {

/// What the plot shows: costs as fractions of their baseline's in the same sitting, losses in the
/// subject's unit.
struct TradeoffRange {
  double lower = 0.2, upper = 1.1;
  double low = 0, high = 1;
};

/// Everything that was found, the baseline and the front as far as it is of use. A front that rises
/// without end where next to nothing is computed, and a path that begins at an untrained network,
/// do not press the rest flat: they leave the picture above.
TradeoffRange tradeoff_range(const PlanerReview& review);

}  // namespace plumbline
