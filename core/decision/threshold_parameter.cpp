#include "core/decision/threshold_parameter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace plumbline {

namespace {

bool accepts_by(const PolicyParameter& parameter) {
  return parameter.type == ParameterType::number && parameter.use == ParameterUse::accepts;
}
bool filters_by(const PolicyParameter& parameter) {
  return parameter.type == ParameterType::number && parameter.use == ParameterUse::filters;
}

/// The way to the threshold; empty where there is none.
std::vector<std::size_t> way_to_threshold(const Policy& policy) {
  const auto parameters = policy.kind().parameters;
  auto own = std::ranges::find_if(parameters, accepts_by);
  if (own == parameters.end()) own = std::ranges::find_if(parameters, filters_by);
  if (own != parameters.end()) return {static_cast<std::size_t>(own - parameters.begin())};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].type != ParameterType::policy) continue;
    std::vector<std::size_t> way = way_to_threshold(policy.inner(i));
    if (way.empty()) continue;
    way.insert(way.begin(), i);
    return way;
  }
  return {};
}

const Policy& at(const Policy& policy, std::span<const std::size_t> way) {
  return way.size() == 1 ? policy : at(policy.inner(way.front()), way.subspan(1));
}

Policy with_value_at(const Policy& policy, std::span<const std::size_t> way, double value) {
  return way.size() == 1 ? policy.with_value(way.front(), value)
                         : policy.with_inner(way.front(), with_value_at(policy.inner(way.front()),
                                                                        way.subspan(1), value));
}

}  // namespace

std::optional<ThresholdParameter> threshold_parameter(const BoundPolicy& policy) {
  ThresholdParameter threshold;
  threshold.path = way_to_threshold(policy.policy);
  if (threshold.path.empty()) return std::nullopt;
  const Policy& owner = at(policy.policy, threshold.path);
  const PolicyParameter& parameter = owner.kind().parameters[threshold.path.back()];
  threshold.minimum = parameter.minimum;
  threshold.maximum =
      parameter.maximum ? parameter.maximum(owner.voters()) : std::numeric_limits<double>::max();
  if (std::isnan(least_score_of(policy))) return threshold;
  // It moves in proportion to the threshold, so that two values say how.
  const double first = threshold.minimum, second = std::min(first + 1, threshold.maximum);
  const double low = least_score_of(with_threshold(policy, threshold, first));
  const double high = least_score_of(with_threshold(policy, threshold, second));
  threshold.slope = (high - low) / (second - first);
  threshold.offset = low - threshold.slope * first;
  return threshold;
}

const Policy& deciding_policy(const Policy& policy) {
  if (!policy.traits().decides_as_inner) return policy;
  const auto parameters = policy.kind().parameters;
  const auto nested = std::ranges::find(parameters, ParameterType::policy, &PolicyParameter::type);
  return deciding_policy(policy.inner(static_cast<std::size_t>(nested - parameters.begin())));
}

std::vector<std::size_t> counted_parameter(const Policy& policy) {
  const auto parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].type == ParameterType::integer && parameters[i].use == ParameterUse::accepts)
      return {i};
    if (parameters[i].type != ParameterType::policy) continue;
    std::vector<std::size_t> way = counted_parameter(policy.inner(i));
    if (way.empty()) continue;
    way.insert(way.begin(), i);
    return way;
  }
  return {};
}

double threshold_value(const BoundPolicy& policy, const ThresholdParameter& threshold) {
  return at(policy.policy, threshold.path).number(threshold.path.back());
}

BoundPolicy with_threshold(const BoundPolicy& policy, const ThresholdParameter& threshold,
                           double value) {
  return with_values(policy, with_value_at(policy.policy, threshold.path, value));
}

BoundPolicy at_point(const BoundPolicy& policy, double value, std::int64_t counted) {
  const auto threshold = threshold_parameter(policy);
  BoundPolicy moved = threshold ? with_threshold(policy, *threshold, value) : policy;
  if (const auto way = counted_parameter(moved.policy); !way.empty() && counted > 0)
    moved = with_values(moved, with_value_at(moved.policy, way, static_cast<double>(counted)));
  return moved;
}

}  // namespace plumbline
