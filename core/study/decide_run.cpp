#include "core/study/decide_run.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plumbline {

Result<Decisions> decide_run(const Study& study, const RunInfo& run, const std::string& split,
                             const RunVotes& votes, std::span<const std::size_t> voters,
                             const Policy& policy) {
  const VoteTable table = select_voters(votes.table(), voters);
  Decisions decisions;
  if (policy.kind().vote) {
    decide(policy, table, decisions);
    return decisions;
  }
  const auto reduced = reduce(study, run, split, voters, policy);
  TRY(reduced);
  decide(policy, *reduced, table, decisions);
  return decisions;
}

std::vector<std::size_t> all_voters(const RunInfo& run) {
  std::vector<std::size_t> voters(run.voters.size());
  std::iota(voters.begin(), voters.end(), std::size_t{0});
  return voters;
}

Result<std::string> choose_split(const RunInfo& run, const std::string& wanted) {
  const auto names = fmt::format("splits of the run: {}", fmt::join(run.splits, ", "));
  if (wanted.empty()) {
    if (run.splits.size() == 1) return run.splits.front();
    return usage_error("the run has several splits", "--split", names);
  }
  if (std::ranges::find(run.splits, wanted) == run.splits.end())
    return usage_error(fmt::format("the run '{}' does not cover the split '{}'", run.name, wanted),
                       "--split", names);
  return wanted;
}

}  // namespace plumbline
