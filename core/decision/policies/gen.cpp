#include <algorithm>
#include <cmath>
#include <functional>

#include "core/decision/policies/baseline_coverage.h"
#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"
#include "core/decision/policies/uncertainty.h"

namespace plumbline {

namespace {

// A threshold is at most 0, so that 1 says that none is given.
constexpr double no_threshold = 1;
double no_threshold_given(std::size_t /*voters*/) { return no_threshold; }
double tenth(std::size_t /*voters*/) { return 0.1; }
double hundred(std::size_t /*voters*/) { return 100; }
double most_classes(std::size_t /*voters*/) { return 65'536; }

constexpr PolicyParameter gen_parameters[] = {
    {.name = "t",
     .meaning = "least negative generalised entropy that is accepted, at most 0; 1: the value that "
                "accepts as many as mcp does on the split that it is fitted on",
     .use = ParameterUse::accepts,
     .minimum = -65'536,
     .maximum = parameters::one,
     .default_value = no_threshold_given},
    {.name = "gamma",
     .meaning = "exponent: the smaller it is, the more small probabilities count",
     .minimum = 0.001,
     .maximum = parameters::one,
     .default_value = tenth},
    {.name = "top",
     .meaning = "how many of the greatest probabilities count",
     .type = ParameterType::integer,
     .minimum = 1,
     .maximum = most_classes,
     .default_value = hundred}};

/// Liu, Lochman, Zach, "GEN", 2023. Each p (1 − p) is raised to gamma, which is below 1, so that
/// even small probabilities of other classes count.
void score_generalised_entropies(const BoundPolicy& policy, const PolicyBlock& block,
                                 const PolicyOutput& out) {
  const double gamma = policy.policy.number(1);
  const auto top = static_cast<std::size_t>(policy.policy.number(2));
  std::vector<double> greatest;
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    std::span<const double> counted = mean;
    if (top < mean.size()) {
      greatest.assign(mean.begin(), mean.end());
      std::ranges::nth_element(greatest, greatest.begin() + static_cast<std::ptrdiff_t>(top),
                               std::greater());
      counted = std::span(greatest).first(top);
    }
    double sum = 0;
    for (const double p : counted) sum += std::pow(std::max(p * (1 - p), 0.0), gamma);
    return TopClass{top_of(mean).label, -sum};
  });
}

Result<void> bind_gen(BoundPolicy& policy, const BindData& data) {
  return keep_baseline_coverage(policy, data, no_threshold, 1);
}

PolicyTraits traits_of_gen(const Policy& policy) {
  PolicyTraits traits = policy.kind().traits;
  traits.fitted = policy.number(0) == no_threshold;
  return traits;
}

}  // namespace

extern const PolicyKind gen_policy;
const PolicyKind gen_policy = {
    .name = "gen",
    .summary = "argmax of the mean where its generalised entropy is small",
    .parameters = gen_parameters,
    .traits = {.needs = PolicyNeeds::distributions, .has_distribution = true},
    .learns = uncertainty::learns,
    .score = score_generalised_entropies,
    .least_score = parameters::least_confidence,
    .bind = bind_gen,
    .traits_of = traits_of_gen};

}  // namespace plumbline
