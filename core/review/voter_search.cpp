#include "core/review/voter_search.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>

#include "core/decision/policies/counted_costs.h"
#include "core/decision/policy_cost.h"
#include "core/decision/staging.h"
#include "core/selection/subset_search.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

constexpr std::size_t shown_a_size = 12;
/// Beyond, finding the best order takes longer than the search.
constexpr std::size_t most_staged_voters = 10;

/// The split in memory, with distributions where the policy reads them.
Result<HeldSplit> hold_run(const OpenedRun& run, const Policy& policy, std::size_t most_bytes) {
  HeldSplit split{run.split, run.votes->table(), {}};
  if (policy.traits().needs == PolicyNeeds::votes) return split;
  const std::size_t bytes =
      run.samples() * run.dataset.classes.size() * split.votes.voters.size() * sizeof(double);
  if (bytes > most_bytes)
    return usage_error(
        "the distributions of " + std::to_string(split.votes.voters.size()) + " voters on '" +
            run.split + "' take " + std::to_string(bytes >> 20) + " MB",
        run.info.name, "search with a policy on votes, such as polygraph or majority");
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  std::vector<std::size_t> all(run.info.voters.size());
  for (std::size_t v = 0; v < all.size(); ++v) all[v] = v;
  TRY(for_each_block(*study, run.info, run.split, split.votes, all,
                     [&](const PolicyBlock& block) { hold_block(block, split); }));
  return split;
}

/// One voter after another, in the cheapest order. `times`: of the run; null where costs are
/// numbers of voters.
void stage(VoterChoice& choice, const VoteTable& votes, const VoterTimes* times) {
  const VoterTimes own = times == nullptr ? VoterTimes() : times->of(choice.voters);
  choice.order = cheapest_order(choice.policy, votes, own.latency_ms);
  const std::vector<double> shares = staged_shares(choice.policy, votes, choice.order);
  choice.staged_cost = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (times != nullptr)
    choice.staged_cost = own.expected_ms(shares).value_or(0) / *times->latency_ms.front();
}

/// The same of all choices of few voters, on all cores. False where it was stopped; `stopped` is
/// asked by one thread at a time.
bool stage_all(std::vector<VoterChoice>& choices, const VoteTable& votes, const VoterTimes* times,
               const std::function<bool()>& stopped) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < choices.size() && !stop; i = next++) {
      if (choices[i].voters.size() <= most_staged_voters)
        stage(choices[i], select_voters(votes, choices[i].voters), times);
      const std::lock_guard lock(mutex);
      if (stopped()) stop = true;
    }
  };
  {
    const auto helpers = start_threads(std::min(core_count(), choices.size() + 1) - 1, work);
    work();
  }
  return !stop;
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

BoundPolicy staged_choice(const VoterChoice& choice) {
  const auto wrapped = make_policy("staged", choice.voters.size());
  if (!wrapped) return choice.policy;
  std::string order;
  for (const std::size_t place : choice.order)
    order += (order.empty() ? "" : ":") + std::to_string(place);
  const Policy inner = wrapped->with_inner(0, choice.policy.policy);
  BoundPolicy staged{inner.with_text(1, order).value_or(inner), {}, {choice.policy}};
  staged.learned.numbers["order"] = {choice.order.begin(), choice.order.end()};
  return staged;
}

Result<VoterSearch> search_voters(const OpenedRun& held, const OpenedRun& shown,
                                  const Policy& policy, SelectionRule rule, const VoterTimes& times,
                                  const std::function<bool(std::size_t, std::size_t)>& progress,
                                  std::size_t most_bytes, std::span<const double> costs) {
  if (held.votes == nullptr || shown.votes == nullptr)
    return usage_error("voters are searched for runs of classes only");
  const Policy& inner = deciding_policy(policy);
  if (inner.traits().fitted)
    return usage_error(
        "the policy '" + std::string(inner.kind().name) +
            "' learns from a split for each choice of voters",
        {}, "search with one that does not, then fit this one with the voters that were found");
  if (rule.kept_as_baseline) {
    rule.least_kept = static_cast<double>(baseline_kept(held.votes->table()));
    rule.kept_as_baseline = false;
  }
  const auto split = hold_run(held, inner, most_bytes);
  TRY(split);
  VoterSearch search{{}, held.split, rule, 0, false, false, false};
  std::span<const std::optional<double>> latency_ms = times.latency_ms;
  search.timed = latency_ms.size() == held.info.voters.size() &&
                 std::ranges::all_of(latency_ms, [](const auto& ms) { return ms.has_value(); }) &&
                 *latency_ms.front() > 0;
  if (!search.timed) latency_ms = {};
  SubsetSearchOptions options;
  options.rule = rule;
  options.best_a_size = shown_a_size;
  options.progress = progress;
  options.costs = costs;
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
        return fail(ErrorKind::cancelled, "the search for voters was cancelled");
      VoterChoice choice;
      choice.voters = voters_of(outcome.voters);
      auto bound = bind(inner.for_voters(choice.voters.size()));
      TRY(bound);
      choice.policy = at_point(with_costs_unless_read(std::move(*bound), costs),
                               outcome.point->value, outcome.point->counted);
      choice.chosen = *outcome.point;
      const auto decided = shown.source->decide(choice.policy, choice.voters);
      TRY(decided);
      choice.shown = point_of(choice.chosen, (*decided)->decisions.counts);
      choice.cost = outcome.cost;
      search.choices.push_back(std::move(choice));
    }
  if (search.staged &&
      !stage_all(search.choices, split->votes, search.timed ? &times : nullptr,
                 [&] { return progress && !progress(found->tried, found->tried); }))
    return fail(ErrorKind::cancelled, "the search for voters was cancelled");
  mark_front(search.choices);
  return search;
}

}  // namespace plumbline
