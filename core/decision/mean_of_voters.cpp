#include "core/decision/mean_of_voters.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernels/vectorised.h"
#include "kernels/views/vector_math.h"

namespace plumbline {

namespace {

PLUMBLINE_VECTORISED void add_row(const double* row, std::size_t classes, double* sum) {
  for (std::size_t c = 0; c < classes; ++c) sum[c] += row[c];
}

PLUMBLINE_VECTORISED void add_weighted_row(const double* row, double weight, std::size_t classes,
                                           double* sum) {
  for (std::size_t c = 0; c < classes; ++c) sum[c] += weight * row[c];
}

/// Compared as integers, which have the order of floats that are not negative, so that the loop has
/// no branch and becomes vectors.
PLUMBLINE_VECTORISED void add_exponentials(const float* log_probs, std::size_t classes,
                                           double* sum) {
  constexpr float to_base_2 = 1.442695041F;
  constexpr auto most = std::bit_cast<std::int32_t>(120.0F);
  for (std::size_t c = 0; c < classes; ++c) {
    const auto exponent = std::bit_cast<std::int32_t>(log_probs[c] * -to_base_2);
    sum[c] += static_cast<double>(
        views::fast_exp2(-std::bit_cast<float>(exponent < most ? exponent : most)));
  }
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

void add_probabilities(std::span<const float> log_probs, std::span<double> sum) {
  add_exponentials(log_probs.data(), sum.size(), sum.data());
}

}  // namespace plumbline
