#pragma once
#include <cstddef>

#include "core/decision/bound_policy.h"

/// Parameters that several policies have.
namespace plumbline::parameters {

inline double one(std::size_t /*voters*/) { return 1; }
inline double nine_tenths(std::size_t /*voters*/) { return 0.9; }
inline double seven_tenths(std::size_t /*voters*/) { return 0.7; }
inline double all(std::size_t voters) { return static_cast<double>(voters); }
inline double more_than_half(std::size_t voters) {
  const std::size_t half = voters / 2;
  return static_cast<double>(half + 1);
}

/// A least confidence, as a policy's first parameter.
inline constexpr PolicyParameter confidence_threshold[] = {
    {.name = "t",
     .meaning = "least confidence that is accepted",
     .use = ParameterUse::accepts,
     .maximum = one,
     .default_value = nine_tenths}};

/// PolicyKind::least_score of a policy that has it.
inline double least_confidence(const BoundPolicy& policy) { return policy.policy.number(0); }

}  // namespace plumbline::parameters
