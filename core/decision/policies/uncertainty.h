#pragma once
#include <algorithm>
#include <cmath>
#include <span>

#include "core/decision/mean_of_voters.h"
#include "core/decision/policies/baseline_coverage.h"
#include "core/decision/policy_kind.h"

namespace plumbline {

/// −Σ p ln p in nats; a class without a probability adds nothing.
inline double entropy_of(std::span<const double> distribution) {
  double sum = 0;
  for (const double p : distribution)
    if (p > 0) sum -= p * std::log(p);
  return sum;
}

/// The entropy of the mean less the mean of the entropies, at least 0: what the voters are sure of
/// and do not agree on. `mean`: of `rows` with `weights`.
inline double mutual_information(std::span<const double* const> rows, std::span<const double> mean,
                                 std::span<const double> weights) {
  double own = 0;
  for (std::size_t v = 0; v < rows.size(); ++v)
    own += weight_of(v, rows.size(), weights) * entropy_of({rows[v], mean.size()});
  return std::max(entropy_of(mean) - own, 0.0);
}

/// What policies share that accept what is not too uncertain: their parameter, and PolicyKind's
/// functions.
namespace uncertainty {

inline double most(std::size_t /*voters*/) { return 12; }  // ln 65,536 is 11.1
inline double none_given(std::size_t /*voters*/) { return chosen_when_bound; }

inline constexpr PolicyParameter parameters[] = {
    {.name = "t",
     .meaning = "greatest value that is accepted, in nats; −1: the value that accepts as many as "
                "mcp does on the split that it is fitted on",
     .use = ParameterUse::accepts,
     .minimum = chosen_when_bound,
     .maximum = most,
     .default_value = none_given}};

inline constexpr LearnedPart learns[] = {{"t"}};

inline double least_score(const BoundPolicy& policy) { return -policy.policy.number(0); }

inline Result<void> bind(BoundPolicy& policy, const BindData& data) {
  return keep_baseline_coverage(policy, data, chosen_when_bound, -1);
}

inline PolicyTraits traits_of(const Policy& policy) {
  PolicyTraits traits = policy.kind().traits;
  traits.fitted = policy.number(0) == chosen_when_bound;
  return traits;
}

}  // namespace uncertainty

}  // namespace plumbline
