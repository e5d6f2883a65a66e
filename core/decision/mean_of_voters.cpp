#include "core/decision/mean_of_voters.h"

#include <algorithm>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

PLUMBLINE_VECTORISED void add_row(const double* row, std::size_t classes, double* sum) {
  for (std::size_t c = 0; c < classes; ++c) sum[c] += row[c];
}

PLUMBLINE_VECTORISED void add_weighted_row(const double* row, double weight, std::size_t classes,
                                           double* sum) {
  for (std::size_t c = 0; c < classes; ++c) sum[c] += weight * row[c];
}

}  // namespace

TopClass top_of(std::span<const double> distribution) {
  if (distribution.empty()) return {};
  const auto top = std::ranges::max_element(distribution);
  return {static_cast<ClassIndex>(top - distribution.begin()), *top};
}

void mean_of_rows(std::span<const double* const> rows, std::span<double> mean,
                  std::span<const double> weights) {
  std::ranges::fill(mean, 0.0);
  if (!weights.empty()) {
    for (std::size_t v = 0; v < rows.size(); ++v)
      add_weighted_row(rows[v], weights[v], mean.size(), mean.data());
    return;
  }
  for (const double* row : rows) add_row(row, mean.size(), mean.data());
  const auto voters = static_cast<double>(rows.size());
  for (double& value : mean) value /= voters;
}

}  // namespace plumbline
