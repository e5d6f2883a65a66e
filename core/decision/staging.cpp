#include "core/decision/staging.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>

namespace plumbline {

namespace {

bool has_all_outputs(const VoteTable& votes, std::size_t sample) {
  return std::ranges::none_of(votes.voters, [sample](const VoterVotes& voter) {
    return voter.predicted[sample] == no_class;
  });
}

AskedVote vote_of(const VoteTable& votes, std::size_t voter, std::size_t sample) {
  return {voter, votes.voters[voter].predicted[sample], votes.voters[voter].confidence[sample]};
}

/// A set of voters, a bit each.
using VoterSet = std::uint64_t;

/// The share of samples that a set of voters leaves open. Computed when it is asked for and kept.
class OpenShares {
 public:
  OpenShares(const BoundPolicy& policy, const VoteTable& votes) : policy_(policy), votes_(votes) {
    for (std::size_t i = 0; i < votes.samples(); ++i)
      if (has_all_outputs(votes, i)) samples_.push_back(i);
  }

  double of(VoterSet set) {
    const auto [found, is_new] = shares_.try_emplace(set, 0.0);
    if (!is_new) return found->second;
    std::size_t open = 0;
    std::vector<AskedVote> asked;
    const auto remaining = votes_.voters.size() - static_cast<std::size_t>(std::popcount(set));
    for (const std::size_t sample : samples_) {
      asked.clear();
      for (std::size_t v = 0; v < votes_.voters.size(); ++v)
        if ((set >> v & 1) != 0) asked.push_back(vote_of(votes_, v, sample));
      open += policy_.policy.kind().settled(policy_, asked, remaining) ? 0 : 1;
    }
    if (!samples_.empty())
      found->second = static_cast<double>(open) / static_cast<double>(samples_.size());
    return found->second;
  }

 private:
  const BoundPolicy& policy_;
  const VoteTable& votes_;
  std::vector<std::size_t> samples_;
  std::map<VoterSet, double> shares_;
};

struct PartialOrder {
  double cost = 0;
  std::vector<std::size_t> order;
};

std::vector<double> times_of(std::size_t voters,
                             std::span<const std::optional<double>> latency_ms) {
  std::vector<double> times(voters, 1.0);
  if (latency_ms.size() != voters ||
      std::ranges::any_of(latency_ms, [](const auto& ms) { return !ms; }))
    return times;
  for (std::size_t v = 0; v < voters; ++v) times[v] = *latency_ms[v];
  return times;
}

}  // namespace

bool StageOrder::settled(std::span<const AskedVote> asked) const {
  return policy->policy.kind().settled(*policy, asked, order.size() - asked.size());
}

std::optional<StageOrder> stage_order(const BoundPolicy& policy) {
  const PolicyKind& kind = policy.policy.kind();
  const PolicyTraits traits = policy.policy.traits();
  if (traits.needs != PolicyNeeds::votes) return std::nullopt;
  StageOrder stages{&policy, {}};
  for (const double place : policy.learned["order"])
    stages.order.push_back(static_cast<std::size_t>(place));
  if (traits.decides_as_inner) {
    auto inner = stage_order(policy.inner.front());
    if (inner && !stages.order.empty()) inner->order = std::move(stages.order);
    return inner;
  }
  if (kind.settled == nullptr || (!traits.can_be_staged && stages.order.empty()))
    return std::nullopt;
  if (stages.order.empty()) {
    stages.order.resize(policy.policy.voters());
    std::iota(stages.order.begin(), stages.order.end(), std::size_t{0});
  }
  return stages;
}

std::size_t voters_asked(const BoundPolicy& policy, const VoteTable& votes,
                         std::span<const std::size_t> order, std::size_t sample) {
  std::vector<AskedVote> asked;
  for (const std::size_t voter : order) {
    asked.push_back(vote_of(votes, voter, sample));
    if (policy.policy.kind().settled(policy, asked, order.size() - asked.size())) break;
  }
  return asked.size();
}

std::vector<double> staged_shares(const BoundPolicy& policy, const VoteTable& votes,
                                  std::span<const std::size_t> order) {
  std::vector<double> shares(votes.voters.size(), 0.0);
  double samples = 0;
  for (std::size_t i = 0; i < votes.samples(); ++i) {
    if (!has_all_outputs(votes, i)) continue;
    ++samples;
    const std::size_t asked = voters_asked(policy, votes, order, i);
    for (std::size_t stage = 0; stage < asked; ++stage) ++shares[order[stage]];
  }
  for (double& share : shares) share = samples > 0 ? share / samples : 1;
  return shares;
}

std::vector<std::size_t> cheapest_order(const BoundPolicy& policy, const VoteTable& votes,
                                        std::span<const std::optional<double>> latency_ms) {
  constexpr std::size_t most_exact = 8, beam = 32;
  const std::size_t voters = votes.voters.size();
  std::vector<std::size_t> as_they_are(voters);
  std::iota(as_they_are.begin(), as_they_are.end(), std::size_t{0});
  if (voters > 64) return as_they_are;
  const std::vector<double> times = times_of(voters, latency_ms);
  OpenShares open(policy, votes);
  std::map<VoterSet, PartialOrder> sets{{0, {}}};
  for (std::size_t size = 0; size < voters; ++size) {
    std::map<VoterSet, PartialOrder> larger;
    for (const auto& [set, partial] : sets) {
      const double share = size == 0 ? 1 : open.of(set);
      for (std::size_t v = 0; v < voters; ++v) {
        if ((set >> v & 1) != 0) continue;
        const double cost = partial.cost + share * times[v];
        const auto [found, is_new] = larger.try_emplace(set | VoterSet{1} << v);
        if (!is_new && found->second.cost <= cost) continue;
        found->second.cost = cost;
        found->second.order = partial.order;
        found->second.order.push_back(v);
      }
    }
    sets = std::move(larger);
    if (voters <= most_exact || sets.size() <= beam) continue;
    std::vector<double> costs;
    for (const auto& [set, partial] : sets) costs.push_back(partial.cost);
    std::ranges::nth_element(costs, costs.begin() + beam);
    std::erase_if(sets, [&](const auto& entry) { return entry.second.cost > costs[beam]; });
  }
  return sets.empty() ? as_they_are : sets.begin()->second.order;
}

namespace {

struct ClassVotes {
  ClassIndex label = no_class;
  std::size_t votes = 0;
  double confidence = 0;
};

/// Whether `one` may be overtaken by `other` with the votes that remain, each as sure as can be.
bool may_be_overtaken(const ClassVotes& one, const ClassVotes& other, std::size_t remaining) {
  const std::size_t most = other.votes + remaining;
  if (most != one.votes) return most > one.votes;
  const double greatest = other.confidence + static_cast<double>(remaining);
  return greatest > one.confidence || (greatest == one.confidence && other.label < one.label);
}

}  // namespace

bool is_count_settled(std::span<const AskedVote> asked, std::size_t remaining,
                      std::optional<float> threshold, std::size_t least) {
  if (remaining == 0) return true;
  std::vector<ClassVotes> classes;
  for (const AskedVote& vote : asked) {
    if (threshold && !(vote.confidence >= *threshold)) continue;
    auto own = std::ranges::find(classes, vote.label, &ClassVotes::label);
    if (own == classes.end()) own = classes.insert(own, ClassVotes{vote.label, 0, 0});
    ++own->votes;
    if (vote.confidence > 0) own->confidence += static_cast<double>(vote.confidence);
  }
  // Any class may win yet.
  if (classes.empty()) return false;
  const auto leader = std::ranges::max_element(classes, [](const auto& a, const auto& b) {
    if (a.votes != b.votes) return a.votes < b.votes;
    return a.confidence != b.confidence ? a.confidence < b.confidence : a.label > b.label;
  });
  for (const ClassVotes& other : classes)
    if (other.label != leader->label && may_be_overtaken(*leader, other, remaining)) return false;
  // One that nobody has voted for yet, the lowest that there may be.
  if (may_be_overtaken(*leader, {0, 0, 0}, remaining) && leader->label != 0) return false;
  if (may_be_overtaken(*leader, {static_cast<ClassIndex>(no_class - 1), 0, 0}, remaining))
    return false;
  return leader->votes >= least || leader->votes + remaining < least;
}

}  // namespace plumbline
