#pragma once
#include <algorithm>
#include <vector>

#include "core/decision/mean_of_voters.h"
#include "core/decision/policy_kind.h"

namespace plumbline {

/// For policies on distributions: `top(rows)` makes a sample's label and score out of the voters'
/// rows of log-probabilities. No ties are noted.
template <class Top>
void score_rows(const PolicyBlock& block, const PolicyOutput& out, const Top& top) {
  const DistributionBlock& distributions = block.distributions;
  std::vector<const float*> rows(distributions.log_probs);
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const TopClass found = top(rows);
    out.label[i] = found.label;
    out.score[i] = static_cast<float>(found.probability);
    for (const float*& row : rows) row += distributions.classes;
  }
  std::ranges::fill(out.tie.subspan(block.begin, block.end - block.begin), std::uint8_t{0});
}

}  // namespace plumbline
