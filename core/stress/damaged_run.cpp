#include "core/stress/damaged_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/study/decide_run.h"

namespace plumbline {

namespace {

Result<std::size_t> damaged_column(const RunInfo& run, std::span<const std::size_t> voters,
                                   const Voter& voter) {
  for (std::size_t column = 0; column < voters.size(); ++column)
    if (run.voters[voters[column]] == voter) return column;
  return usage_error(
      fmt::format("'{}' is not one of the policy's voters, so its damage changes nothing",
                  to_string(voter)),
      "--damage", voter_names(run, voters));
}

}  // namespace

Result<DamagedRun> damage_run(const Study& study, const RunInfo& run, const std::string& split,
                              const BoundPolicy& policy, std::span<const std::size_t> voters,
                              std::span<const Damage> damages, std::size_t classes) {
  std::vector<std::size_t> columns;
  for (const Damage& damage : damages) {
    const auto column = damaged_column(run, voters, damage.voter);
    TRY(column);
    if (std::ranges::find(columns, *column) != columns.end())
      return usage_error("the voter is damaged twice", to_string(damage.voter));
    columns.push_back(*column);
  }
  const bool distributions = policy.policy.traits().needs != PolicyNeeds::votes;
  auto held = hold_split(study, run, split, voters, distributions);
  TRY(held);
  DamagedRun damaged{std::move(*held), {}};
  for (std::size_t i = 0; i < columns.size(); ++i)
    damaged.damages.push_back(damage_voter(damaged.split(), columns[i], damages[i], classes));
  return damaged;
}

}  // namespace plumbline
