#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/decision/mean_of_voters.h"
#include "core/decision/policy_kind.h"

namespace plumbline {

/// ln p of the true class and the squared distance between a distribution and it.
struct DistributionLoss {
  double log_prob_label = std::numeric_limits<double>::quiet_NaN();
  double brier = std::numeric_limits<double>::quiet_NaN();
};

/// NaN where there is no true class. A class that the distribution does not have has no chance.
inline DistributionLoss loss_of(std::span<const double> distribution, ClassIndex truth) {
  if (truth == no_class) return {};
  const double of_truth = truth < distribution.size() ? distribution[truth] : 0;
  double squares = 0;
  for (const double p : distribution) squares += p * p;
  return {std::log(of_truth), squares + (1 - of_truth) * (1 - of_truth) - of_truth * of_truth};
}

/// Writes the losses of sample `i` where they are asked for.
inline void write_losses(std::span<const double> distribution, const PolicyBlock& block,
                         std::size_t i, const PolicyOutput& out) {
  if (out.log_prob_label.empty() && out.brier.empty()) return;
  const DistributionLoss loss = loss_of(distribution, block.votes.labels[i]);
  if (!out.log_prob_label.empty()) out.log_prob_label[i] = loss.log_prob_label;
  if (!out.brier.empty()) out.brier[i] = loss.brier;
}

/// For policies on distributions: `combine(rows, distribution)` makes a sample's distribution out
/// of the voters' rows of probabilities, and returns the label and the score. No ties are noted;
/// the losses are those of the distribution that it left.
template <class Combine>
void score_rows(const PolicyBlock& block, const PolicyOutput& out, const Combine& combine) {
  const DistributionBlock& distributions = block.distributions;
  std::vector<const double*> rows(distributions.probabilities);
  std::vector<double> distribution(distributions.classes);
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const TopClass found = distribution.empty() ? TopClass()
                                                : combine(std::span<const double* const>(rows),
                                                          std::span<double>(distribution));
    out.label[i] = found.label;
    out.score[i] = found.probability;
    write_losses(distribution, block, i, out);
    for (const double*& row : rows) row += distributions.classes;
  }
  std::ranges::fill(out.tie.subspan(block.begin, block.end - block.begin), std::uint8_t{0});
}

}  // namespace plumbline
