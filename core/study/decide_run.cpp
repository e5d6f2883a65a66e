#include "core/study/decide_run.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/decision/default_voters.h"
#include "core/types/count_text.h"

namespace plumbline {

Result<Decisions> decide_run(const Study& study, const RunInfo& run, const std::string& split,
                             const RunVotes& votes, std::span<const std::size_t> voters,
                             const BoundPolicy& policy) {
  const VoteTable table = select_voters(votes.table(), voters);
  Decisions decisions;
  if (policy.policy.traits().needs == PolicyNeeds::votes) {
    decide(policy, table, decisions);
    add_losses(study, run, split, table, voters, policy, decisions);
    return decisions;
  }
  const auto reduced = reduce(study, run, split, table, voters, policy);
  TRY(reduced);
  decide(policy, *reduced, table, decisions);
  return decisions;
}

Result<std::vector<std::optional<double>>> comparable_latencies(
    const Study& study, const RunInfo& run, const std::string& split,
    std::span<const std::size_t> voters) {
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::vector<std::optional<double>> latencies(voters.size());
  const auto& first = (*sets)[voters.front()].latency;
  for (std::size_t i = 0; i < voters.size(); ++i) {
    const auto& latency = (*sets)[voters[i]].latency;
    if (latency && first && latency->device == first->device && latency->batch == first->batch)
      latencies[i] = latency->median_ms;
  }
  return latencies;
}

Result<VoterTimes> comparable_times(const Study& study, const RunInfo& run,
                                    const std::string& split, std::span<const std::size_t> voters) {
  auto latencies = comparable_latencies(study, run, split, voters);
  TRY(latencies);
  VoterTimes times{0, std::move(*latencies), std::vector<std::vector<BatchTime>>(voters.size())};
  const auto own = study.prediction_sets(run, split);
  TRY(own);
  const auto& first = (*own)[voters.front()].latency;
  if (!first) return times;
  times.batch = first->batch;
  const auto all = study.all_prediction_sets();
  TRY(all);
  const auto smaller = study.batch_latencies();
  TRY(smaller);
  for (std::size_t i = 0; i < voters.size(); ++i) {
    if (!times.latency_ms[i]) continue;
    std::map<int, VoterLatency> by_size = {{first->batch, *(*own)[voters[i]].latency}};
    const auto take = [&](const VoterLatency& latency) {
      if (latency.batch < 1 || latency.device != first->device) return;
      const auto [known, is_new] = by_size.try_emplace(latency.batch, latency);
      // The one that was timed more often; this split's own at its size.
      if (!is_new && latency.batch != first->batch && latency.batches > known->second.batches)
        known->second = latency;
    };
    const PredictionKey& key = (*own)[voters[i]].key;
    for (const PredictionSet& other : *all) {
      if (other.key.model != key.model || !(other.key.view == key.view) ||
          other.key.precision != key.precision || other.key.device_kind != key.device_kind)
        continue;
      if (other.latency) take(*other.latency);
      const auto [begin, end] = smaller->equal_range(other.id);
      for (auto at = begin; at != end; ++at) take(at->second);
    }
    for (const auto& [size, latency] : by_size)
      times.sizes[i].push_back({static_cast<double>(size), latency.median_ms});
  }
  return times;
}

Result<std::vector<std::size_t>> choose_voters(const RunInfo& run, const std::string& named) {
  if (named.empty()) return default_voters(run.voters);
  if (named == "all" && std::ranges::find(run.voters, named, &Voter::model) == run.voters.end()) {
    std::vector<std::size_t> all(run.voters.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  const auto wanted = parse_voters(named);
  TRY(wanted);
  std::vector<std::size_t> voters;
  for (const Voter& voter : *wanted) {
    const auto found = std::ranges::find(run.voters, voter);
    if (found == run.voters.end())
      return usage_error(fmt::format("the run '{}' has no voter '{}'", run.name, to_string(voter)),
                         "--voters");
    voters.push_back(static_cast<std::size_t>(found - run.voters.begin()));
  }
  return voters;
}

std::string voter_names(const RunInfo& run, std::span<const std::size_t> voters) {
  std::string names;
  for (const std::size_t v : voters)
    names += (names.empty() ? "" : ", ") + to_string(run.voters[v]);
  return fmt::format("{} of the run's {}: {}", voters.size(),
                     count_text(std::ssize(run.voters), "voter"), names);
}

Result<std::string> choose_split(const Study& study, const RunInfo& run, const std::string& wanted,
                                 const std::string& option) {
  const auto names = fmt::format("splits of the run: {}", fmt::join(run.splits, ", "));
  if (wanted.empty()) {
    if (run.splits.size() == 1) return run.splits.front();
    return usage_error("the run has several splits", option, names);
  }
  if (std::ranges::find(run.splits, wanted) != run.splits.end()) return wanted;
  // A split that the data set does not have is one that the run does not cover.
  const auto samples = study.sample_count(run.dataset, wanted);
  const auto committed = study.committed(run, wanted);
  if (samples && committed && *samples > 0 && *committed >= *samples) return wanted;
  return usage_error(fmt::format("the run '{}' does not cover the split '{}'", run.name, wanted),
                     option, names);
}

}  // namespace plumbline
