#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/stress/damage.h"
#include "core/study/hold_split.h"

namespace plumbline {

/// Some of a run's voters on one split, in memory, of which some are damaged.
struct DamagedRun {
  HeldRunSplit held;                  ///< as they are
  std::vector<DamagedSplit> damages;  ///< one after another, each upon those before

  const HeldSplit& split() const { return damages.empty() ? held.split : damages.back().split; }
};

/// Reads a split and damages voters of it, on which `policy` is then applied unchanged. `voters`:
/// the policy's, indices into run.voters; `classes`: of the data set. Errors (usage): a damage of a
/// voter that is none of them, or of the same one twice; those of reading.
Result<DamagedRun> damage_run(const Study& study, const RunInfo& run, const std::string& split,
                              const BoundPolicy& policy, std::span<const std::size_t> voters,
                              std::span<const Damage> damages, std::size_t classes);

}  // namespace plumbline
