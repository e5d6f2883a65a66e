#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/decision/verdicts.h"
#include "core/types/error.h"

namespace plumbline {

/// What the threshold of a policy on boxes is chosen by: most objects found at a price, in false
/// detections an image. Detectors and fusions are compared at equal false detections, never at
/// equal scores, which mean different things.
struct BoxRule {
  /// Most false detections an image; nothing: as many as the baseline, one detector alone at its
  /// default threshold.
  std::optional<double> false_per_image;
};

/// "false<=0.5" or "false<=baseline". Errors (usage): anything else, a number that is negative or
/// not finite.
Result<BoxRule> parse_box_rule(std::string_view text);
std::string to_string(const BoxRule& rule);

/// As a number of detections on so many images: 0.29 on 100 are 29. 0 where the baseline says it.
std::int64_t allowed_false_detections(const BoxRule& rule, std::int64_t images);

/// What a threshold on boxes gives and costs.
struct BoxSetting {
  double score = 0;  ///< the least that is accepted
  std::int64_t found = 0, false_detections = 0;
};

/// The lowest threshold under which no more detections are false than `allowed`, hence the one that
/// finds most objects; a score that a box has, rounded to float32 as thresholds are, or 1 above the
/// greatest where even that gives too many. `decided`: a policy on boxes at any threshold; what is
/// `kept` or `undetected` there is an object, what is `unjudged` or `caught` a detection that finds
/// none, and a score below 0 stands for no box.
BoxSetting loosest_box_setting(const Decisions& decided, std::int64_t allowed);

}  // namespace plumbline
