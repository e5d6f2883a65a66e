#include "core/decision/policies_on_distributions.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plumbline {

void reduce_mean(const DistributionBlock& block, std::span<ClassIndex> label,
                 std::span<float> score) {
  if (block.classes == 0) {
    std::ranges::fill(label, no_class);
    std::ranges::fill(score, 0.0F);
    return;
  }
  std::vector<double> mean(block.classes);
  const auto voters = static_cast<double>(block.log_probs.size());
  for (std::size_t i = 0; i < block.samples; ++i) {
    std::ranges::fill(mean, 0.0);
    for (const float* log_probs : block.log_probs) {
      const float* row = log_probs + i * block.classes;
      for (std::size_t c = 0; c < block.classes; ++c)
        mean[c] += std::exp(static_cast<double>(row[c]));
    }
    const auto top = std::ranges::max_element(mean);
    label[i] = static_cast<ClassIndex>(top - mean.begin());
    score[i] = static_cast<float>(*top / voters);
  }
}

}  // namespace plumbline
