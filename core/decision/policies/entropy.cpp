#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/uncertainty.h"

namespace plumbline {

namespace {

void score_entropies(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                     const PolicyOutput& out) {
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    return TopClass{top_of(mean).label, -entropy_of(mean)};
  });
}

}  // namespace

extern const PolicyKind entropy_policy;
const PolicyKind entropy_policy = {
    .name = "entropy",
    .summary = "argmax of the mean where the mean's entropy is at most t",
    .parameters = uncertainty::parameters,
    .traits = {.needs = PolicyNeeds::distributions, .has_distribution = true},
    .learns = uncertainty::learns,
    .score = score_entropies,
    .least_score = uncertainty::least_score,
    .bind = uncertainty::bind,
    .traits_of = uncertainty::traits_of};

}  // namespace plumbline
