#include "core/decision/staging.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>

#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

AskedVote vote_of(const VoteTable& votes, std::size_t voter, std::size_t sample) {
  return {voter, votes.voters[voter].predicted[sample], votes.voters[voter].confidence[sample]};
}

/// A set of voters, a bit each.
using VoterSet = std::uint64_t;

/// Which samples a set of voters leaves open. What fewer voters settle stays settled when more are
/// asked, so that of a set only those samples are looked at that all smaller ones leave open.
class OpenSamples {
 public:
  OpenSamples(const BoundPolicy& policy, const VoteTable& votes)
      : policy_(policy), votes_(votes), judged_((votes.samples() + 63) / 64, 0) {
    for (std::size_t i = 0; i < votes.samples(); ++i)
      if (votes.has_all_outputs(i)) {
        judged_[i / 64] |= std::uint64_t{1} << i % 64;
        ++count_;
      }
  }

  /// The share that a set of voters leaves open. Asked by rising size of the sets.
  double share(VoterSet set) {
    if (const auto known = open_.find(set); known != open_.end()) return share_of(known->second);
    Bits bits = judged_;
    for (VoterSet left = set; left != 0; left &= left - 1) {
      const auto smaller = open_.find(set ^ (left & ~(left - 1)));
      if (smaller == open_.end()) continue;
      for (std::size_t w = 0; w < bits.size(); ++w) bits[w] &= smaller->second[w];
    }
    const auto remaining = votes_.voters.size() - static_cast<std::size_t>(std::popcount(set));
    for_each_item((bits.size() + words_a_part - 1) / words_a_part, [&](std::size_t part) {
      std::vector<AskedVote> asked;
      const std::size_t end = std::min(bits.size(), (part + 1) * words_a_part);
      for (std::size_t w = part * words_a_part; w < end; ++w)
        for (std::uint64_t left = bits[w]; left != 0; left &= left - 1) {
          const std::size_t sample = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
          asked.clear();
          for (VoterSet of = set; of != 0; of &= of - 1)
            asked.push_back(
                vote_of(votes_, static_cast<std::size_t>(std::countr_zero(of)), sample));
          if (policy_.policy.kind().settled(policy_, asked, remaining))
            bits[w] &= ~(left & ~(left - 1));
        }
    });
    return share_of(open_.emplace(set, std::move(bits)).first->second);
  }

  /// Sets of fewer voters are asked about no more.
  void forget_below(std::size_t size) {
    std::erase_if(open_, [size](const auto& entry) {
      return static_cast<std::size_t>(std::popcount(entry.first)) < size;
    });
  }

 private:
  using Bits = std::vector<std::uint64_t>;  ///< a bit a sample
  static constexpr std::size_t words_a_part = 256;

  double share_of(const Bits& bits) const {
    std::size_t open = 0;
    for (const std::uint64_t word : bits) open += static_cast<std::size_t>(std::popcount(word));
    return count_ == 0 ? 0 : static_cast<double>(open) / static_cast<double>(count_);
  }

  const BoundPolicy& policy_;
  const VoteTable& votes_;
  Bits judged_;
  std::size_t count_ = 0;
  std::map<VoterSet, Bits> open_;
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

std::vector<Stage> stages_of(const BoundPolicy& policy, std::span<const double> shares) {
  const std::span<const double> order = policy.learned["order"];
  std::vector<Stage> stages;
  if (order.size() != shares.size()) return stages;
  for (const double place : order) {
    const auto voter = static_cast<std::size_t>(place);
    stages.push_back({voter, shares[voter]});
  }
  return stages;
}

namespace {

/// `asked`: memory, so that a sample needs none of its own.
std::size_t count_asked(const BoundPolicy& policy, const VoteTable& votes,
                        std::span<const std::size_t> order, std::size_t sample,
                        std::vector<AskedVote>& asked) {
  asked.clear();
  for (const std::size_t voter : order) {
    asked.push_back(vote_of(votes, voter, sample));
    if (policy.policy.kind().settled(policy, asked, order.size() - asked.size())) break;
  }
  return asked.size();
}

}  // namespace

std::size_t voters_asked(const BoundPolicy& policy, const VoteTable& votes,
                         std::span<const std::size_t> order, std::size_t sample) {
  std::vector<AskedVote> asked;
  return count_asked(policy, votes, order, sample, asked);
}

std::vector<double> staged_shares(const BoundPolicy& policy, const VoteTable& votes,
                                  std::span<const std::size_t> order) {
  // By number of voters asked; whole numbers, so that the sum is the same on any number of cores.
  std::vector<std::atomic<std::int64_t>> ended(order.size() + 1);
  for_each_part(votes.samples(), [&](std::size_t begin, std::size_t end) {
    std::vector<AskedVote> asked;
    std::vector<std::int64_t> here(order.size() + 1, 0);
    for (std::size_t i = begin; i < end; ++i)
      if (votes.has_all_outputs(i)) ++here[count_asked(policy, votes, order, i, asked)];
    for (std::size_t stage = 0; stage < here.size(); ++stage) ended[stage] += here[stage];
  });
  std::int64_t samples = 0;
  for (const auto& count : ended) samples += count;
  std::vector<double> shares(votes.voters.size(), samples > 0 ? 0.0 : 1.0);
  if (samples == 0) return shares;
  std::int64_t reached = samples - ended[0];
  for (std::size_t stage = 0; stage < order.size(); ++stage) {
    shares[order[stage]] += static_cast<double>(reached) / static_cast<double>(samples);
    reached -= ended[stage + 1];
  }
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
  OpenSamples open(policy, votes);
  std::map<VoterSet, PartialOrder> sets{{0, {}}};
  for (std::size_t size = 0; size < voters; ++size) {
    std::map<VoterSet, PartialOrder> larger;
    for (const auto& [set, partial] : sets) {
      const double share = size == 0 ? 1 : open.share(set);
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
    open.forget_below(size);
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
  // It is asked millions of times, of few voters as a rule.
  std::array<ClassVotes, 16> few;
  std::vector<ClassVotes> many;
  if (asked.size() > few.size()) many.resize(asked.size());
  ClassVotes* const first = many.empty() ? few.data() : many.data();
  std::size_t kinds = 0;
  for (const AskedVote& vote : asked) {
    if (threshold && !(vote.confidence >= *threshold)) continue;
    std::size_t own = 0;
    while (own < kinds && first[own].label != vote.label) ++own;
    if (own == kinds) first[kinds++] = {vote.label, 0, 0};
    ++first[own].votes;
    if (vote.confidence > 0) first[own].confidence += static_cast<double>(vote.confidence);
  }
  const std::span<const ClassVotes> classes(first, kinds);
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
