#include "core/decision/vote_sweep.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

bool is_judged_by_all(const VoteTable& votes, std::size_t sample) {
  return votes.labels[sample] != no_class && votes.has_all_outputs(sample);
}

bool all_agree(const VoteTable& votes, std::size_t sample) {
  return !votes.voters.empty() && std::ranges::all_of(votes.voters, [&](const VoterVotes& voter) {
    return voter.predicted[sample] == votes.voters.front().predicted[sample];
  });
}

/// The rank of a vote that never counts.
constexpr std::uint8_t unranked = 255;

}  // namespace

VoteSweep::VoteSweep(const VoteTable& votes, bool for_visits) : voters_(votes.voters.size()) {
  // Where all voters agree nothing but the number of votes is to be counted: those come first.
  std::vector<std::size_t> judged;
  std::array<std::vector<std::size_t>, 2> others;
  for (std::size_t i = 0; i < votes.samples(); ++i) {
    if (!is_judged_by_all(votes, i)) continue;
    if (!all_agree(votes, i))
      others[1].push_back(i);
    else
      (votes.voters.front().predicted[i] == votes.labels[i] ? judged : others[0]).push_back(i);
  }
  all_right_ = judged.size();
  judged.insert(judged.end(), others[0].begin(), others[0].end());
  all_agree_ = judged.size();
  judged.insert(judged.end(), others[1].begin(), others[1].end());
  samples_ = judged.size();
  agree_.assign(samples_ * voters_, 0);
  right_.assign(samples_, 0);
  confidence_.resize(samples_ * voters_);
  predicted_.resize(samples_ * voters_);
  struct Ranked {
    float confidence;
    Event event;
  };
  std::vector<Ranked> ranked;
  for (std::size_t s = 0; s < samples_; ++s)
    for (std::size_t v = 0; v < voters_; ++v) {
      const VoterVotes& voter = votes.voters[v];
      const std::size_t at = s * voters_ + v;
      predicted_[at] = voter.predicted[judged[s]];
      confidence_[at] = voter.confidence[judged[s]];
      if (predicted_[at] == votes.labels[judged[s]]) right_[s] |= Mask{1} << v;
      for (std::size_t u = 0; u <= v; ++u)
        if (predicted_[s * voters_ + u] == predicted_[at]) {
          agree_[at] |= Mask{1} << u;
          agree_[s * voters_ + u] |= Mask{1} << v;
        }
      // What is not a number, or below 0, is below every threshold.
      if (confidence_[at] >= 0)
        ranked.push_back(
            {confidence_[at], {static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(v)}});
    }
  std::ranges::stable_sort(ranked, std::greater(), &Ranked::confidence);
  events_.reserve(ranked.size());
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    events_.push_back(ranked[i].event);
    if (i + 1 < ranked.size() && ranked[i + 1].confidence == ranked[i].confidence) continue;
    group_ends_.push_back(i + 1);
    group_confidence_.push_back(ranked[i].confidence);
  }
  if (!for_visits) return;
  divide_into_blocks();
  rank_votes();
}

/// As many votes in each as there can be with that few blocks; one confidence is never divided.
void VoteSweep::divide_into_blocks() {
  const std::size_t share = events_.size() / (most_blocks - 1) + 1;
  block_groups_ = {0};
  std::size_t begin = 0;
  for (std::size_t group = 0; group < group_ends_.size(); ++group) {
    if (group_ends_[group] - begin < share) continue;
    begin = group_ends_[group];
    block_groups_.push_back(group + 1);
  }
  if (block_groups_.back() != group_ends_.size()) block_groups_.push_back(group_ends_.size());
}

void VoteSweep::rank_votes() {
  rank_.assign(voters_ * samples_, unranked);
  voter_.assign(samples_ * voters_, 0);
  block_.assign(samples_ * voters_, 0);
  ranked_agree_.assign(samples_ * voters_, 0);
  ranked_right_.assign(samples_, 0);
  std::vector<std::uint8_t> ranks(samples_, 0);
  for (std::size_t block = 0; block + 1 < block_groups_.size(); ++block)
    for (std::size_t e = group_begin(block_groups_[block]);
         e < group_begin(block_groups_[block + 1]); ++e) {
      const std::size_t s = events_[e].sample, v = events_[e].voter, rank = ranks[s]++;
      rank_[v * samples_ + s] = static_cast<std::uint8_t>(rank);
      voter_[s * voters_ + rank] = static_cast<std::uint8_t>(v);
      block_[s * voters_ + rank] = static_cast<std::uint8_t>(block);
      if ((right_[s] >> v & 1) != 0) ranked_right_[s] |= Mask{1} << rank;
    }
  for (std::size_t s = 0; s < samples_; ++s)
    for (std::size_t a = 0; a < ranks[s]; ++a)
      for (std::size_t b = 0; b < ranks[s]; ++b)
        if ((agree_[s * voters_ + voter_[s * voters_ + a]] >> voter_[s * voters_ + b] & 1) != 0)
          ranked_agree_[s * voters_ + a] |= Mask{1} << b;
}

void VoteSweep::begin(Mask subset, State& state) const {
  state.counted.assign(samples_, 0);
  state.best.assign(samples_, 0);
  state.leader.assign(samples_, 0);
  const auto most = static_cast<std::size_t>(std::popcount(subset));
  state.kept.assign(most + 1, 0);
  state.undetected.assign(most + 1, 0);
}

double VoteSweep::sum(std::size_t sample, Mask voters) const {
  double together = 0;
  for (; voters != 0; voters &= voters - 1)
    together += static_cast<double>(
        confidence_[sample * voters_ + static_cast<std::size_t>(std::countr_zero(voters))]);
  return together;
}

/// Of two classes with as many votes: the surer one, then the lower one (DOMAIN 1.3).
bool VoteSweep::wins_tie(std::size_t sample, std::size_t voter, std::size_t leader,
                         Mask counted) const {
  const std::size_t row = sample * voters_;
  const double own = sum(sample, counted & agree_[row + voter]);
  const double other = sum(sample, counted & agree_[row + leader]);
  return own > other || (own == other && predicted_[row + voter] < predicted_[row + leader]);
}

inline VoteSweep::Step VoteSweep::let_in_vote(std::size_t sample, std::size_t voter,
                                              State& state) const {
  const Mask counted = state.counted[sample] |= Mask{1} << voter;
  const auto votes =
      static_cast<std::size_t>(std::popcount(counted & agree_[sample * voters_ + voter]));
  const std::size_t best = state.best[sample], leader = state.leader[sample];
  const bool leads = votes > best || (votes == best && wins_tie(sample, voter, leader, counted));
  const bool was_right = (right_[sample] >> leader & 1) != 0;
  if (!leads) return {best, best, was_right, was_right};
  state.best[sample] = static_cast<std::uint8_t>(votes);
  state.leader[sample] = static_cast<std::uint8_t>(voter);
  return {best, votes, was_right, (right_[sample] >> voter & 1) != 0};
}

PLUMBLINE_VECTORISED VoteSweep::Touched VoteSweep::let_in(std::size_t group, Mask subset,
                                                          State& state) const {
  Touched touched{std::numeric_limits<std::size_t>::max(), 0};
  const auto touch = [&touched](std::size_t low, std::size_t high) {
    touched.low = std::min(touched.low, low);
    touched.high = std::max(touched.high, high);
  };
  for (std::size_t e = group_begin(group); e < group_ends_[group]; ++e) {
    if ((subset >> events_[e].voter & 1) == 0) continue;
    const Step step = let_in_vote(events_[e].sample, events_[e].voter, state);
    if (step.before > 0 && step.was_right != step.is_right) {
      for (std::size_t f = 1; f <= step.before; ++f) {
        state.kept[f] += step.is_right ? 1 : -1;
        state.undetected[f] += step.is_right ? -1 : 1;
      }
      touch(1, step.before);
    }
    if (step.after > step.before) {
      ++(step.is_right ? state.kept : state.undetected)[step.after];
      touch(step.after, step.after);
    }
  }
  return touched;
}

/// The ranks of the subset's voters, sample by sample; what changed since the last time is turned.
PLUMBLINE_VECTORISED void VoteSweep::turn_to(Mask subset, State& state) const {
  if (state.ranked.size() != samples_) {
    state.ranked.assign(samples_, 0);
    state.filled.assign(samples_, 0);
    state.counted.resize(samples_);
    state.best.resize(samples_);
    state.leader.resize(samples_);
    state.subset = 0;
    state.replays = 0;
  }
  for (Mask changed = state.subset ^ subset; changed != 0; changed &= changed - 1) {
    const std::uint8_t* rank =
        rank_.data() + static_cast<std::size_t>(std::countr_zero(changed)) * samples_;
    Mask* ranked = state.ranked.data();
    for (std::size_t s = 0; s < samples_; ++s)
      ranked[s] ^= rank[s] < most_voters ? Mask{1} << (rank[s] & (most_voters - 1)) : Mask{0};
  }
  state.subset = subset;
}

/// A sample of which the voters say several things: as `let_in_vote`, in ranks.
inline void VoteSweep::count_divided(std::size_t sample, Mask ranked, BlockCounts& counts) const {
  const Mask* agree = ranked_agree_.data() + sample * voters_;
  const std::uint8_t* block = block_.data() + sample * voters_;
  const std::uint8_t* voter = voter_.data() + sample * voters_;
  const Mask right = ranked_right_[sample];
  Mask counted = 0, counted_voters = 0;
  std::size_t best = 0, leader = 0;
  for (; ranked != 0; ranked &= ranked - 1) {
    const auto rank = static_cast<std::size_t>(std::countr_zero(ranked));
    counted |= Mask{1} << rank;
    counted_voters |= Mask{1} << voter[rank];
    const auto votes = static_cast<std::size_t>(std::popcount(agree[rank] & counted));
    if (votes < best ||
        (votes == best && !wins_tie(sample, voter[rank], voter[leader], counted_voters)))
      continue;
    const bool was_right = (right >> leader & 1) != 0, is_right = (right >> rank & 1) != 0;
    if (best > 0 && was_right != is_right)
      ++(is_right ? counts.to_right : counts.to_wrong)[cell(best, block[rank])];
    if (votes > best) ++(is_right ? counts.right : counts.wrong)[cell(votes, block[rank])];
    best = votes;
    leader = rank;
  }
}

PLUMBLINE_VECTORISED void VoteSweep::count_blocks(State& state) const {
  BlockCounts& counts = state.blocks;
  const auto count_same = [&](std::size_t s, Mask ranked, std::uint32_t* cells) {
    const std::uint8_t* block = block_.data() + s * voters_;
    for (; ranked != 0; ranked &= ranked - 1) {
      cells += most_blocks;
      ++cells[block[std::countr_zero(ranked)]];
    }
  };
  for (std::size_t s = 0; s < all_right_; ++s) count_same(s, state.ranked[s], counts.right.data());
  for (std::size_t s = all_right_; s < all_agree_; ++s)
    count_same(s, state.ranked[s], counts.wrong.data());
  for (std::size_t s = all_agree_; s < samples_; ++s) {
    const Mask ranked = state.ranked[s];
    if (ranked == 0) continue;
    const auto first = static_cast<std::size_t>(std::countr_zero(ranked));
    if ((ranked & ~ranked_agree_[s * voters_ + first]) != 0)
      count_divided(s, ranked, counts);
    else
      count_same(s, ranked,
                 ((ranked_right_[s] >> first & 1) != 0 ? counts.right : counts.wrong).data());
  }
}

/// Where each block begins, and which ones are wanted.
void VoteSweep::add_up_blocks(std::size_t most, State& state, const PointVisitor& visitor) const {
  BlockCounts& counts = state.blocks;
  const std::size_t blocks = block_groups_.size() - 1;
  // A label that changes changes at every number of votes that the sample had.
  for (std::size_t votes = most; votes-- > 1;)
    for (std::size_t block = 0; block < blocks; ++block) {
      counts.to_right[cell(votes, block)] += counts.to_right[cell(votes + 1, block)];
      counts.to_wrong[cell(votes, block)] += counts.to_wrong[cell(votes + 1, block)];
    }
  const auto changes = [&](std::size_t at) {
    return (counts.right[at] | counts.wrong[at] | counts.to_right[at] | counts.to_wrong[at]) != 0;
  };
  for (std::size_t votes = 1; votes <= most; ++votes) {
    std::int64_t kept = 0, undetected = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
      const std::size_t at = cell(votes, block);
      counts.kept[at] = kept;
      counts.undetected[at] = undetected;
      if (!changes(at)) continue;
      const std::int64_t turned =
          std::int64_t{counts.to_right[at]} - std::int64_t{counts.to_wrong[at]};
      kept += counts.right[at] + turned;
      undetected += counts.wrong[at] - turned;
      if (visitor.reached) visitor.reached({0, static_cast<std::int64_t>(votes), kept, undetected});
    }
  }
  state.wanted.assign(blocks, 0);
  for (std::size_t votes = 1; votes <= most; ++votes)
    for (std::size_t block = 0; block < blocks; ++block) {
      const std::size_t at = cell(votes, block);
      if (state.wanted[block] != 0 || !changes(at)) continue;
      const std::int64_t before = counts.kept[at] + counts.undetected[at];
      state.wanted[block] =
          visitor.wanted({static_cast<std::int64_t>(votes),
                          counts.kept[at] + counts.right[at] + counts.to_right[at],
                          counts.undetected[at] - counts.to_right[at],
                          before + counts.right[at] + counts.wrong[at]});
    }
}

/// Sweeps one block, from the votes that its samples had before it.
PLUMBLINE_VECTORISED void VoteSweep::replay(std::size_t block, std::size_t most, State& state,
                                            const PointVisitor& visitor) const {
  if (++state.replays == 0) {
    std::ranges::fill(state.filled, 0);
    state.replays = 1;
  }
  for (std::size_t e = group_begin(block_groups_[block]); e < group_begin(block_groups_[block + 1]);
       ++e) {
    const std::size_t s = events_[e].sample;
    if ((state.subset >> events_[e].voter & 1) == 0 || state.filled[s] == state.replays) continue;
    state.filled[s] = state.replays;
    state.counted[s] = 0;
    state.best[s] = state.leader[s] = 0;
    for (Mask ranked = state.ranked[s]; ranked != 0; ranked &= ranked - 1) {
      const std::size_t at = s * voters_ + static_cast<std::size_t>(std::countr_zero(ranked));
      if (block_[at] >= block) break;
      let_in_vote(s, voter_[at], state);
    }
  }
  for (std::size_t votes = 1; votes <= most; ++votes) {
    state.kept[votes] = state.blocks.kept[cell(votes, block)];
    state.undetected[votes] = state.blocks.undetected[cell(votes, block)];
  }
  for (std::size_t group = block_groups_[block]; group < block_groups_[block + 1]; ++group)
    visit_group(group, state.subset, state, visitor.visit);
}

void VoteSweep::visit(Mask subset, State& state, const PointVisitor& visitor) const {
  if (!visitor.wanted || rank_.empty()) return sweep(subset, state, visitor.visit);
  const auto most = static_cast<std::size_t>(std::popcount(subset));
  turn_to(subset, state);
  const std::size_t cells = cell(most + 1, 0);
  for (auto* counts :
       {&state.blocks.right, &state.blocks.wrong, &state.blocks.to_right, &state.blocks.to_wrong})
    counts->assign(cells, 0);
  state.blocks.kept.resize(cells);
  state.blocks.undetected.resize(cells);
  state.kept.assign(most + 1, 0);
  state.undetected.assign(most + 1, 0);
  count_blocks(state);
  add_up_blocks(most, state, visitor);
  for (std::size_t block = 0; block < state.wanted.size(); ++block)
    if (state.wanted[block] != 0) replay(block, most, state, visitor);
}

}  // namespace plumbline
