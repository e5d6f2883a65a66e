#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

void score_means(const BoundPolicy& /*policy*/, const PolicyBlock& block, const PolicyOutput& out) {
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    return top_of(mean);
  });
}

}  // namespace

extern const PolicyKind mean_policy;
const PolicyKind mean_policy = {
    .name = "mean",
    .summary = "argmax of the mean of the voters' probabilities where that is at least t",
    .parameters = parameters::confidence_threshold,
    .traits = {.needs = PolicyNeeds::distributions,
               .score_is_probability = true,
               .has_distribution = true},
    .score = score_means,
    .least_score = parameters::least_confidence};

}  // namespace plumbline
