#include "core/review/harm_of_run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

namespace plumbline {

Result<HarmFront> front_of_harm(const OpenedRun& run, std::span<const std::size_t> voters,
                                const BoundPolicy& policy, const HarmUnit& unit) {
  const VoteTable votes = select_voters(run.votes->table(), voters);
  const bool on_votes = policy.policy.traits().needs == PolicyNeeds::votes;
  HarmFront front;
  Decisions last;
  std::optional<Error> broken;
  const DecideSetting decide_at = [&](const BoundPolicy& at) -> const Decisions& {
    if (broken) return last;
    // Votes are here; a source reads the study for each question.
    if (on_votes) {
      decide(at, votes, last);
    } else if (const auto reviewed = run.source->decide(at, voters)) {
      last = (*reviewed)->decisions;
    } else {
      broken = reviewed.error();
    }
    front.judged = last.counts.judged();
    return last;
  };
  front.points = harm_front(unit, policy, votes.labels, decide_at);
  if (broken) return tl::unexpected(*broken);
  return front;
}

std::vector<double> harm_of_baseline(const HarmUnit& unit, const VoteTable& votes,
                                     std::span<const EqualKept> points) {
  struct Vote {
    float confidence;
    double harm;
  };
  std::vector<Vote> sorted;
  std::size_t judged = 0;
  const VoterVotes& first = votes.voters.front();
  for (std::size_t i = 0; i < votes.samples(); ++i) {
    if (votes.labels[i] == no_class || !votes.has_all_outputs(i)) continue;
    ++judged;
    sorted.push_back(
        {first.confidence[i], unit.of(votes.labels[i], first.predicted[i], true) - unit.reject});
  }
  // What is no number is never accepted, and could not be sorted.
  std::erase_if(sorted, [](const Vote& vote) { return std::isnan(vote.confidence); });
  std::ranges::sort(sorted, std::greater(), &Vote::confidence);
  std::vector<double> curve;
  curve.reserve(points.size());
  double sum = unit.reject * static_cast<double>(judged);
  auto next = sorted.begin();
  for (const EqualKept& point : points) {
    for (; next != sorted.end() && next->confidence >= point.threshold; ++next) sum += next->harm;
    curve.push_back(judged > 0 ? sum / static_cast<double>(judged) : 0);
  }
  return curve;
}

}  // namespace plumbline
