#include "core/decision/mean_of_voters.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

TopClass top_of_mean(std::span<const float* const> log_probs, std::size_t classes,
                     std::vector<double>& mean) {
  if (classes == 0 || log_probs.empty()) return {};
  mean.assign(classes, 0.0);
  for (const float* row : log_probs)
    for (std::size_t c = 0; c < classes; ++c) mean[c] += std::exp(static_cast<double>(row[c]));
  const auto top = std::ranges::max_element(mean);
  return {static_cast<ClassIndex>(top - mean.begin()),
          *top / static_cast<double>(log_probs.size())};
}

}  // namespace plumbline
