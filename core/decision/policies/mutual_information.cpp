#include <algorithm>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/uncertainty.h"

namespace plumbline {

namespace {

void score_mutual_information(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                              const PolicyOutput& out) {
  const auto weights = block.distributions.weights;
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, weights);
    return TopClass{top_of(mean).label, -mutual_information(rows, mean, weights)};
  });
}

}  // namespace

extern const PolicyKind mutual_information_policy;
const PolicyKind mutual_information_policy = {
    .name = "mutual_information",
    .summary = "argmax of the mean where the voters' mutual information is at most t",
    .parameters = uncertainty::parameters,
    .traits = {.needs = PolicyNeeds::distributions, .has_distribution = true},
    .learns = uncertainty::learns,
    .score = score_mutual_information,
    .least_score = uncertainty::least_score,
    .bind = uncertainty::bind,
    .traits_of = uncertainty::traits_of};

}  // namespace plumbline
