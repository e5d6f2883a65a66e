#pragma once
#include <optional>
#include <vector>

#include "core/detection/accepted_matches.h"

namespace plumbline {

/// Localisation-recall-precision error and its parts (Oksuz et al. 2018): 0 is perfect, 1 useless.
/// LRP = (Σ over right ones (1 − IoU)/(1 − τ) + false + missed) / (right + false + missed), τ =
/// 0.5.
struct LrpParts {
  double value = 1;
  std::optional<double> place;           ///< mean 1 − IoU of what was found; none where nothing was
  std::optional<double> false_positive;  ///< 1 − precision; none where nothing was detected
  double false_negative = 1;             ///< 1 − recall
  double score = 0;  ///< the threshold; of a mean it is the mean. Infinite: nothing is accepted
};

struct Lrp {
  LrpParts
      at_threshold;  ///< the mean over classes with objects, at the threshold that was asked for
  LrpParts optimal;  ///< the mean over classes of each one's least value over all thresholds
  std::vector<std::optional<LrpParts>> classes;  ///< of the least value; none without objects
};

/// `matches`: of all detections, at an overlap of 0.5 (match_accepted). Distinct scores are the
/// thresholds that are tried; accepting nothing is one of them.
Lrp lrp(const BoxDataset& truth, const DetectionSet& detections,
        const std::vector<DetectionMatch>& matches, double score);

}  // namespace plumbline
