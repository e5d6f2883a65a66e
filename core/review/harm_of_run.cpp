#include "core/review/harm_of_run.h"

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

}  // namespace plumbline
