#include "core/decision/vote_sweep.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

bool is_judged_by_all(const VoteTable& votes, std::size_t sample) {
  return votes.labels[sample] != no_class &&
         std::ranges::none_of(votes.voters, [sample](const VoterVotes& voter) {
           return voter.predicted[sample] == no_class;
         });
}

}  // namespace

VoteSweep::VoteSweep(const VoteTable& votes) : voters_(votes.voters.size()) {
  std::vector<std::size_t> judged;
  for (std::size_t i = 0; i < votes.samples(); ++i)
    if (is_judged_by_all(votes, i)) judged.push_back(i);
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

PLUMBLINE_VECTORISED VoteSweep::Touched VoteSweep::let_in(std::size_t group, Mask subset,
                                                          State& state) const {
  Touched touched{std::numeric_limits<std::size_t>::max(), 0};
  const auto touch = [&touched](std::size_t low, std::size_t high) {
    touched.low = std::min(touched.low, low);
    touched.high = std::max(touched.high, high);
  };
  for (std::size_t e = group == 0 ? 0 : group_ends_[group - 1]; e < group_ends_[group]; ++e) {
    const std::size_t s = events_[e].sample, v = events_[e].voter;
    if ((subset >> v & 1) == 0) continue;
    const Mask counted = state.counted[s] |= Mask{1} << v;
    const auto votes = static_cast<std::size_t>(std::popcount(counted & agree_[s * voters_ + v]));
    const std::size_t best = state.best[s], leader = state.leader[s];
    const bool is_more = votes > best;
    const bool leads = is_more || (votes == best && wins_tie(s, v, leader, counted));
    if (!leads) continue;
    const bool was_right = (right_[s] >> leader & 1) != 0, is_right = (right_[s] >> v & 1) != 0;
    if (best > 0 && was_right != is_right) {
      for (std::size_t f = 1; f <= best; ++f) {
        state.kept[f] += is_right ? 1 : -1;
        state.undetected[f] += is_right ? -1 : 1;
      }
      touch(1, best);
    }
    if (is_more) {
      ++(is_right ? state.kept : state.undetected)[votes];
      touch(votes, votes);
    }
    state.best[s] = static_cast<std::uint8_t>(votes);
    state.leader[s] = static_cast<std::uint8_t>(v);
  }
  return touched;
}

}  // namespace plumbline
