#include <cmath>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

/// argmax and maximum of the geometric mean, made to sum to 1. In double, in logarithms; equal
/// means: the lower class. Where every class has a voter that gives it no probability at all, the
/// geometric mean is nowhere: the arithmetic mean's label, with the score 0.
TopClass top_of_geometric_mean(std::span<const float* const> log_probs, std::size_t classes,
                               std::vector<double>& mean) {
  if (classes == 0 || log_probs.empty()) return {};
  mean.assign(classes, 0.0);
  for (const float* row : log_probs)
    for (std::size_t c = 0; c < classes; ++c) mean[c] += static_cast<double>(row[c]);
  for (double& value : mean) value /= static_cast<double>(log_probs.size());
  const auto top = std::ranges::max_element(mean);
  const double greatest = *top;
  if (std::isinf(greatest)) return {top_of_mean(log_probs, classes, mean).label, 0};
  double sum = 0;
  for (const double value : mean) sum += std::exp(value - greatest);
  return {static_cast<ClassIndex>(top - mean.begin()), 1 / sum};
}

void score_geometric_means(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                           const PolicyOutput& out) {
  std::vector<double> mean;
  score_rows(block, out, [&](std::span<const float* const> rows) {
    return top_of_geometric_mean(rows, block.distributions.classes, mean);
  });
}

}  // namespace

extern const PolicyKind gmean_policy;
const PolicyKind gmean_policy = {
    .name = "gmean",
    .summary = "argmax of the geometric mean of the voters' probabilities where that is at least t",
    .parameters = parameters::confidence_threshold,
    .traits = {.needs = PolicyNeeds::distributions, .score_is_probability = true},
    .score = score_geometric_means,
    .least_score = parameters::least_confidence};

}  // namespace plumbline
