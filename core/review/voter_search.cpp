#include "core/review/voter_search.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/decision/policy_cost.h"
#include "core/decision/staging.h"
#include "core/selection/subset_search.h"

namespace plumbline {

namespace {

constexpr std::size_t shown_a_size = 12;
/// Beyond, finding the best order takes longer than the search.
constexpr std::size_t most_staged_voters = 10;

/// The split in memory, with distributions where the policy reads them.
Result<HeldSplit> hold_run(const OpenedRun& run, const Policy& policy, std::size_t most_bytes) {
  HeldSplit split{run.split, run.votes->table(), {}};
  if (policy.traits().needs == PolicyNeeds::votes) return split;
  const std::size_t bytes = run.samples() * run.dataset.classes.size() *
                            split.votes.voters.size() * sizeof(double);
  if (bytes > most_bytes)
    return usage_error("the distributions of " + std::to_string(split.votes.voters.size()) +
                           " voters on '" + run.split + "' take " +
                           std::to_string(bytes >> 20) + " MB",
                       run.info.name, "search with a policy on votes, as polygraph or majority");
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  std::vector<std::size_t> all(run.info.voters.size());
  for (std::size_t v = 0; v < all.size(); ++v) all[v] = v;
  TRY(for_each_block(*study, run.info, run.split, split.votes, all,
                     [&](const PolicyBlock& block) { hold_block(block, split); }));
  return split;
}

std::vector<std::optional<double>> times_of(std::span<const std::optional<double>> latency_ms,
                                            const std::vector<std::size_t>& voters) {
  std::vector<std::optional<double>> times;
  for (const std::size_t voter : voters)
    times.push_back(latency_ms.empty() ? std::nullopt : latency_ms[voter]);
  return times;
}

/// One voter after another, in the cheapest order.
void stage(VoterChoice& choice, const VoteTable& votes,
           std::span<const std::optional<double>> latency_ms, bool timed) {
  const auto times = times_of(latency_ms, choice.voters);
  choice.order = cheapest_order(choice.policy, votes, times);
  const std::vector<double> shares = staged_shares(choice.policy, votes, choice.order);
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i)
    sum += shares[i] * (timed ? *times[i] / *latency_ms.front() : 1);
  choice.staged_cost = sum;
}

OperatingPoint point_of(const OperatingPoint& setting, const VerdictCounts& counts) {
  return {setting.value, setting.counted, counts[Verdict::kept], counts[Verdict::undetected]};
}

/// By rising least cost; those that miss fewer than all that cost no more, where they were chosen.
void mark_front(std::vector<VoterChoice>& choices) {
  std::ranges::stable_sort(choices, [](const VoterChoice& a, const VoterChoice& b) {
    if (a.least_cost() != b.least_cost()) return a.least_cost() < b.least_cost();
    return a.chosen.undetected < b.chosen.undetected;
  });
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (VoterChoice& choice : choices) {
    choice.on_front = choice.chosen.undetected < fewest;
    fewest = std::min(fewest, choice.chosen.undetected);
  }
}

}  // namespace

Result<VoterSearch> search_voters(const OpenedRun& held, const OpenedRun& shown,
                                  const Policy& policy, SelectionRule rule,
                                  std::span<const std::optional<double>> latency_ms,
                                  const std::function<bool(std::size_t, std::size_t)>& progress,
                                  std::size_t most_bytes) {
  if (held.votes == nullptr || shown.votes == nullptr)
    return usage_error("voters are searched for runs of classes only");
  const Policy& inner = deciding_policy(policy);
  if (inner.traits().fitted)
    return usage_error("the policy '" + std::string(inner.kind().name) +
                           "' learns from a split for each choice of voters",
                       {}, "search with one that does not, then fit this one to what was found");
  if (rule.kept_as_baseline) {
    rule.least_kept = static_cast<double>(baseline_kept(held.votes->table()));
    rule.kept_as_baseline = false;
  }
  const auto split = hold_run(held, inner, most_bytes);
  TRY(split);
  VoterSearch search{{}, held.split, rule, 0, false, false, false};
  search.timed = latency_ms.size() == held.info.voters.size() &&
                 std::ranges::all_of(latency_ms, [](const auto& ms) { return ms.has_value(); }) &&
                 *latency_ms.front() > 0;
  if (!search.timed) latency_ms = {};
  SubsetSearchOptions options;
  options.rule = rule;
  options.best_a_size = shown_a_size;
  options.progress = progress;
  const auto found = search_subsets(inner, *split, nullptr, latency_ms, options);
  TRY(found);
  search.tried = found->tried;
  search.exhaustive = found->exhaustive;
  search.staged = inner.traits().can_be_staged;
  std::set<VoterMask> taken;
  for (const auto* outcomes : {&found->front, &found->best})
    for (const SubsetOutcome& outcome : *outcomes) {
      if (!taken.insert(outcome.voters).second) continue;
      if (progress && !progress(found->tried, found->tried))
        return fail(ErrorKind::cancelled, "the search for voters was stopped");
      VoterChoice choice;
      choice.voters = voters_of(outcome.voters);
      auto bound = bind(inner.for_voters(choice.voters.size()));
      TRY(bound);
      choice.policy = at_point(*bound, outcome.point->value, outcome.point->counted);
      choice.chosen = *outcome.point;
      const auto decided = shown.source->decide(choice.policy, choice.voters);
      TRY(decided);
      choice.shown = point_of(choice.chosen, (*decided)->decisions.counts);
      choice.cost = outcome.cost;
      if (search.staged && choice.voters.size() <= most_staged_voters)
        stage(choice, select_voters(split->votes, choice.voters), latency_ms, search.timed);
      search.choices.push_back(std::move(choice));
    }
  mark_front(search.choices);
  return search;
}

}  // namespace plumbline
