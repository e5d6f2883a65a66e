#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decision/voter_times.h"
#include "core/review/opened_run.h"
#include "core/selection/operating_points.h"

namespace plumbline {

/// Some of a run's voters under a policy whose setting was chosen on one split, on that split and
/// on the one that is shown.
struct VoterChoice {
  std::vector<std::size_t> voters;  ///< of the run, rising
  BoundPolicy policy;               ///< at the chosen setting
  OperatingPoint chosen, shown;     ///< on the split of the search; on the shown one
  /// × the first voter of the run where all were timed alike, else voters a sample: all of them
  /// asked; and one after another until no other can change the verdict, in the order that is
  /// cheapest on the split of the search. Nothing for a policy that cannot be staged.
  double cost = 0;
  std::optional<double> staged_cost;
  std::vector<std::size_t> order;  ///< of the stages: places among `voters`
  bool on_front = false;  ///< nothing that costs as little misses as few where it was chosen

  double least_cost() const { return staged_cost.value_or(cost); }
};

/// The choice as a policy that asks its voters in stages, in the order that was found. Requires one
/// with a staged cost.
BoundPolicy staged_choice(const VoterChoice& choice);

struct VoterSearch {
  std::vector<VoterChoice> choices;  ///< by rising least cost
  std::string split;                 ///< where it was searched
  SelectionRule rule;                ///< resolved
  std::size_t tried = 0;
  bool exhaustive = false;
  bool timed = false;  ///< costs are multiples of the first voter's latency
  bool staged = false;
};

/// What distributions may take while they are searched.
inline constexpr std::size_t most_search_bytes = std::size_t{1} << 30;

/// Which few voters of a run (search_subsets): the front of cost against undetected mispredictions,
/// and the best of each number of voters. Searched on `held`; settings are then applied to `shown`
/// unchanged. A staged policy is searched as the one that it stages. `times` by voter of the run,
/// may be empty. `progress`: as search_subsets'; `costs`: of a policy that counts some and names no
/// file. Deterministic. Errors: usage, where the policy learns from a split, or the runs are not of
/// classes; cancelled; memory, where distributions of the split do not fit into `most_bytes`.
Result<VoterSearch> search_voters(const OpenedRun& held, const OpenedRun& shown,
                                  const Policy& policy, SelectionRule rule, const VoterTimes& times,
                                  const std::function<bool(std::size_t, std::size_t)>& progress,
                                  std::size_t most_bytes = most_search_bytes,
                                  std::span<const double> costs = {});

}  // namespace plumbline
