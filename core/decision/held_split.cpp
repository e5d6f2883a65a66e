#include "core/decision/held_split.h"

#include <limits>
#include <memory>

namespace plumbline {

namespace {

void for_each_held_block(const HeldSplit& split,
                         const std::function<void(const PolicyBlock&)>& use) {
  for (const HeldSplit::Block& held : split.blocks) {
    PolicyBlock block{split.votes, held.begin, held.end, {}};
    block.distributions.samples = held.end - held.begin;
    block.distributions.classes = held.classes;
    for (const auto& rows : held.probabilities)
      block.distributions.probabilities.push_back(rows->data());
    use(block);
  }
}

}  // namespace

HeldSplit HeldSplit::with_voters(std::span<const std::size_t> voters) const {
  HeldSplit chosen{name, {votes.labels, {}}, {}};
  for (const std::size_t voter : voters) chosen.votes.voters.push_back(votes.voters[voter]);
  for (const Block& block : blocks) {
    Block& own = chosen.blocks.emplace_back(Block{block.begin, block.end, block.classes, {}});
    for (const std::size_t voter : voters) own.probabilities.push_back(block.probabilities[voter]);
  }
  return chosen;
}

FitData HeldSplit::fit_data() const {
  return {name, votes, [this](const std::function<void(const PolicyBlock&)>& use) -> Result<void> {
            if (blocks.empty() && votes.samples() > 0)
              use({votes, 0, votes.samples(), {}});
            else
              for_each_held_block(*this, use);
            return {};
          }};
}

void hold_block(const PolicyBlock& block, HeldSplit& split) {
  const DistributionBlock& distributions = block.distributions;
  HeldSplit::Block& held = split.blocks.emplace_back(
      HeldSplit::Block{block.begin, block.end, distributions.classes, {}});
  for (const double* rows : distributions.probabilities)
    held.probabilities.push_back(std::make_shared<const std::vector<double>>(
        rows, rows + distributions.samples * distributions.classes));
}

ReducedScores reduce(const BoundPolicy& policy, const HeldSplit& split) {
  ReducedScores reduced;
  const std::size_t n = split.votes.samples();
  reduced.label.assign(n, no_class);
  reduced.score.assign(n, 0);
  reduced.accept.assign(n, 0);
  reduced.tie.assign(n, 0);
  PolicyOutput out{reduced.label, reduced.score, reduced.accept, reduced.tie};
  if (!policy.policy.traits().has_distribution) {
    for_each_held_block(split, [&](const PolicyBlock& block) { score_block(policy, block, out); });
    return reduced;
  }
  const auto losses = std::make_shared<DistributionLosses>();
  losses->log_prob_label.assign(n, std::numeric_limits<double>::quiet_NaN());
  losses->brier = losses->log_prob_label;
  out.log_prob_label = losses->log_prob_label;
  out.brier = losses->brier;
  for_each_held_block(split, [&](const PolicyBlock& block) { score_block(policy, block, out); });
  reduced.losses = losses;
  return reduced;
}

void decide(const BoundPolicy& policy, const HeldSplit& split, Decisions& out,
            std::size_t threads) {
  if (policy.policy.traits().needs == PolicyNeeds::votes)
    decide(policy, split.votes, out, threads);
  else
    decide(policy, reduce(policy, split), split.votes, out, threads);
}

}  // namespace plumbline
