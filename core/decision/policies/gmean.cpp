#include <algorithm>
#include <cmath>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

/// The geometric mean, made to sum to 1, into `mean`; in logarithms, so that small numbers stay.
/// Where every class has a voter that gives it no probability at all, it is nowhere: the arithmetic
/// mean, with the score 0. One voter's is its own distribution.
TopClass geometric_mean(std::span<const double* const> rows, std::span<double> mean,
                        std::span<const double> weights) {
  if (rows.size() == 1) {
    mean_of_rows(rows, mean);
    return top_of(mean);
  }
  std::ranges::fill(mean, 0.0);
  if (weights.empty()) {
    for (const double* row : rows)
      for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += std::log(row[c]);
    for (double& value : mean) value /= static_cast<double>(rows.size());
  }
  // A voter without a weight has no say, not even that a class has no probability.
  for (std::size_t v = 0; v < weights.size(); ++v)
    for (std::size_t c = 0; c < mean.size() && weights[v] > 0; ++c)
      mean[c] += weights[v] * std::log(rows[v][c]);
  const TopClass top = top_of(mean);
  if (std::isinf(top.probability)) {
    mean_of_rows(rows, mean, weights);
    return {top_of(mean).label, 0};
  }
  double sum = 0;
  for (double& value : mean) sum += value = std::exp(value - top.probability);
  for (double& value : mean) value /= sum;
  return {top.label, 1 / sum};
}

void score_geometric_means(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                           const PolicyOutput& out) {
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    return geometric_mean(rows, mean, block.distributions.weights);
  });
}

}  // namespace

extern const PolicyKind gmean_policy;
const PolicyKind gmean_policy = {
    .name = "gmean",
    .summary = "argmax of the geometric mean of the voters' probabilities where that is at least t",
    .parameters = parameters::confidence_threshold,
    .traits = {.needs = PolicyNeeds::distributions,
               .score_is_probability = true,
               .has_distribution = true},
    .score = score_geometric_means,
    .least_score = parameters::least_confidence};

}  // namespace plumbline
