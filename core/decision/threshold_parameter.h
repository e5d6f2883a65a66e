#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "core/decision/bound_policy.h"

namespace plumbline {

/// Where the threshold of a policy lies: the first number that bears on acceptance alone, and where
/// there is none the first that filters votes or boxes; of the policy itself or of a nested one.
struct ThresholdParameter {
  /// Places among the parameters: of nested policies, then of the number.
  std::vector<std::size_t> path;
  double minimum = 0, maximum = 1;
  /// The least score is offset + slope · value where the policy accepts by its score; slope 0
  /// where it does not.
  double slope = 0, offset = 0;

  /// Whether a greater value accepts less. A filter without a slope does.
  bool rising_is_stricter() const { return slope >= 0; }
};

/// Nothing where the policy has none, as `majority`.
std::optional<ThresholdParameter> threshold_parameter(const BoundPolicy& policy);

/// The policy whose verdicts these are: the nested one where a policy decides as it.
const Policy& deciding_policy(const Policy& policy);

/// A second parameter that bears on acceptance: an integer beside the threshold, as a least number
/// of votes. The places of nested policies, then its own; empty where there is none.
std::vector<std::size_t> counted_parameter(const Policy& policy);

/// The value of the threshold, and the same policy with another one, moved into its range. What was
/// learned stays as it is.
double threshold_value(const BoundPolicy& policy, const ThresholdParameter& threshold);
BoundPolicy with_threshold(const BoundPolicy& policy, const ThresholdParameter& threshold,
                           double value);

/// The same policy at an operating point: its threshold, and the counted parameter where it has
/// one.
BoundPolicy at_point(const BoundPolicy& policy, double value, std::int64_t counted);

}  // namespace plumbline
