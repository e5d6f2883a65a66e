#include "core/selection/subset_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <set>

#include "core/decision/policies/counted_costs.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

/// Subsets that a thread takes: neighbours differ in few voters, which is what turning a sweep from
/// one to the next costs.
constexpr std::size_t taken_at_once = 8;

/// What a thread keeps between subsets.
struct SubsetMemory {
  VoteSweep::State sweep;
  Decisions decisions;
};

class SubsetJudge {
 public:
  SubsetJudge(const Policy& policy, const HeldSplit& split, const HeldSplit* fit,
              std::span<const std::optional<double>> latency_ms, const SubsetSearchOptions& options)
      : policy_(policy), split_(split), fit_(fit), latency_ms_(latency_ms), options_(options) {
    // What one voter has no output for is judged for no subset, so that all are compared alike.
    labels_.assign(split.votes.labels.begin(), split.votes.labels.end());
    for (std::size_t i = 0; i < labels_.size(); ++i)
      for (const VoterVotes& voter : split.votes.voters)
        if (voter.predicted[i] == no_class) labels_[i] = no_class;
    split_.votes.labels = labels_;
    if (deciding_policy(policy).kind().sweep) sweep_.emplace(split_.votes, true);
  }

  double cost(VoterMask mask) const {
    const std::vector<std::size_t> voters = voters_of(mask);
    if (std::ranges::any_of(latency_ms_, [](const auto& ms) { return !ms; }) ||
        latency_ms_.size() != split_.votes.voters.size() || !(*latency_ms_.front() > 0))
      return static_cast<double>(voters.size());
    double sum = 0;
    for (const std::size_t voter : voters) sum += *latency_ms_[voter];
    return sum / *latency_ms_.front();
  }

  Result<SubsetOutcome> judge(VoterMask mask, SubsetMemory& memory) const {
    SubsetOutcome outcome{mask, std::nullopt, cost(mask)};
    if (options_.rule.most_cost && outcome.cost > *options_.rule.most_cost) return outcome;
    if (sweep_) {
      RuleChoice choice(options_.rule, static_cast<std::int64_t>(sweep_->samples()), outcome.cost);
      deciding_policy(policy_).kind().sweep(
          *sweep_, mask, memory.sweep,
          {[&choice](const OperatingPoint& point) { choice.add(point); },
           [&choice](const OperatingPoint& point) { choice.expect(point); },
           [&choice](const PointBounds& bounds) { return choice.may_choose(bounds); }});
      outcome.point = choice.chosen();
      return outcome;
    }
    const std::vector<std::size_t> voters = voters_of(mask);
    const HeldSplit chosen = split_.with_voters(voters);
    const auto bound = bind_for(voters);
    TRY(bound);
    decide(*bound, chosen, memory.decisions, 1);
    RuleChoice choice(options_.rule, memory.decisions.counts.judged(), outcome.cost);
    const auto count = [&](const BoundPolicy& moved) {
      Decisions decisions;
      decide(moved, chosen, decisions, 1);
      return decisions.counts;
    };
    visit_operating_points(*bound, chosen.votes, memory.decisions, count,
                           [&choice](const OperatingPoint& point) { choice.add(point); });
    outcome.point = choice.chosen();
    return outcome;
  }

 private:
  Result<BoundPolicy> bind_for(const std::vector<std::size_t>& voters) const {
    auto bound = fit_ == nullptr ? bind(policy_.for_voters(voters.size())) : fit_for(voters);
    TRY(bound);
    return with_costs_unless_read(std::move(*bound), options_.costs);
  }

  Result<BoundPolicy> fit_for(const std::vector<std::size_t>& voters) const {
    const HeldSplit chosen = fit_->with_voters(voters);
    const FitData data = chosen.fit_data();
    return bind(policy_.for_voters(voters.size()), {.fit = &data});
  }

  const Policy& policy_;
  std::vector<ClassIndex> labels_;
  HeldSplit split_;
  const HeldSplit* fit_;
  std::span<const std::optional<double>> latency_ms_;
  const SubsetSearchOptions& options_;
  std::optional<VoteSweep> sweep_;
};

/// Judges all of `masks` on all cores.
Result<std::vector<SubsetOutcome>> judge_all(const SubsetJudge& judge,
                                             const std::vector<VoterMask>& masks,
                                             const SubsetSearchOptions& options, std::size_t before,
                                             std::size_t total) {
  std::vector<SubsetOutcome> outcomes(masks.size());
  std::optional<Error> error;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::size_t done = before;
  const auto work = [&] {
    SubsetMemory memory;
    for (std::size_t first = next.fetch_add(taken_at_once); first < masks.size();
         first = next.fetch_add(taken_at_once))
      for (std::size_t i = first; i < std::min(first + taken_at_once, masks.size()); ++i) {
        if (stopped) return;
        auto outcome = judge.judge(masks[i], memory);
        const std::lock_guard lock(mutex);
        ++done;
        if (outcome) outcomes[i] = *outcome;
        if (!outcome && !error) error = std::move(outcome.error());
        if (error || (options.progress && !options.progress(done, total))) stopped = true;
      }
  };
  {
    const std::size_t threads = options.threads == 0 ? core_count() : options.threads;
    const auto helpers = start_threads(std::min(threads, masks.size() + 1) - 1, work);
    work();
  }
  if (error) return tl::unexpected(*error);
  if (stopped) return fail(ErrorKind::cancelled, "the search for voters was cancelled");
  return outcomes;
}

/// By rising cost what misses fewer than all that costs no more.
std::vector<SubsetOutcome> front_of(const SelectionRule& rule, std::vector<SubsetOutcome> all) {
  std::erase_if(all, [](const SubsetOutcome& outcome) { return !outcome.point; });
  std::ranges::stable_sort(all, [&rule](const SubsetOutcome& a, const SubsetOutcome& b) {
    if (a.cost != b.cost) return a.cost < b.cost;
    if (is_better(rule, *a.point, *b.point) != is_better(rule, *b.point, *a.point))
      return is_better(rule, *a.point, *b.point);
    return a.voters < b.voters;
  });
  std::vector<SubsetOutcome> front;
  for (const SubsetOutcome& outcome : all)
    if (front.empty() || outcome.point->undetected < front.back().point->undetected)
      front.push_back(outcome);
  return front;
}

std::vector<SubsetOutcome> best_of(const SelectionRule& rule, std::vector<SubsetOutcome> all,
                                   std::size_t a_size) {
  std::vector<SubsetOutcome> best;
  if (a_size == 0) return best;
  std::erase_if(all, [](const SubsetOutcome& outcome) { return !outcome.point; });
  std::ranges::stable_sort(all, [&rule](const SubsetOutcome& a, const SubsetOutcome& b) {
    const int size_a = std::popcount(a.voters), size_b = std::popcount(b.voters);
    if (size_a != size_b) return size_a < size_b;
    if (is_better(rule, *a.point, *b.point) != is_better(rule, *b.point, *a.point))
      return is_better(rule, *a.point, *b.point);
    return a.cost != b.cost ? a.cost < b.cost : a.voters < b.voters;
  });
  std::size_t taken = 0;
  for (const SubsetOutcome& outcome : all) {
    if (best.empty() || std::popcount(best.back().voters) != std::popcount(outcome.voters))
      taken = 0;
    if (taken++ < a_size) best.push_back(outcome);
  }
  return best;
}

std::vector<VoterMask> every_subset(std::size_t voters, std::size_t most) {
  std::vector<VoterMask> masks;
  for (VoterMask mask = 1; mask < VoterMask{1} << voters; ++mask)
    if (static_cast<std::size_t>(std::popcount(mask)) <= most) masks.push_back(mask);
  return masks;
}

/// Of one size the subsets to extend: those that fulfil the rule, best first, then the others,
/// cheapest first.
std::vector<VoterMask> most_promising(const SelectionRule& rule, std::vector<SubsetOutcome> all,
                                      std::size_t beam) {
  std::ranges::stable_sort(all, [&rule](const SubsetOutcome& a, const SubsetOutcome& b) {
    if (a.point.has_value() != b.point.has_value()) return a.point.has_value();
    return a.point ? is_better(rule, *a.point, *b.point) : a.cost < b.cost;
  });
  std::vector<VoterMask> masks;
  for (std::size_t i = 0; i < std::min(beam, all.size()); ++i) masks.push_back(all[i].voters);
  return masks;
}

std::vector<VoterMask> extended(const std::vector<VoterMask>& masks, std::size_t voters) {
  std::set<VoterMask> next;
  for (const VoterMask mask : masks)
    for (std::size_t v = 0; v < voters; ++v)
      if ((mask >> v & 1) == 0) next.insert(mask | VoterMask{1} << v);
  return {next.begin(), next.end()};
}

}  // namespace

std::vector<std::size_t> voters_of(VoterMask mask) {
  std::vector<std::size_t> voters;
  for (; mask != 0; mask &= mask - 1)
    voters.push_back(static_cast<std::size_t>(std::countr_zero(mask)));
  return voters;
}

Result<SubsetSearchResult> search_subsets(const Policy& policy, const HeldSplit& split,
                                          const HeldSplit* fit,
                                          std::span<const std::optional<double>> latency_ms,
                                          const SubsetSearchOptions& options) {
  const std::size_t voters = split.votes.voters.size();
  if (voters == 0 || voters > VoteSweep::most_voters)
    return usage_error("voters can be chosen among 1 to 64", "--voters", "name fewer of them");
  const std::size_t most = std::clamp<std::size_t>(options.most_voters, 1, voters);
  const SubsetJudge judge(policy, split, fit, latency_ms, options);
  SubsetSearchResult result;
  result.exhaustive = voters <= std::min<std::size_t>(options.most_exhaustive, 24);
  if (result.exhaustive) {
    const std::vector<VoterMask> masks = every_subset(voters, most);
    auto outcomes = judge_all(judge, masks, options, 0, masks.size());
    TRY(outcomes);
    result.tried = masks.size();
    result.best = best_of(options.rule, *outcomes, options.best_a_size);
    result.front = front_of(options.rule, std::move(*outcomes));
    return result;
  }
  std::vector<SubsetOutcome> all;
  std::vector<VoterMask> best = {0};
  const std::size_t beam = std::max<std::size_t>(options.beam, 1);
  const std::size_t total = voters + (most - 1) * beam * voters;  // at most
  for (std::size_t size = 1; size <= most; ++size) {
    auto outcomes = judge_all(judge, extended(best, voters), options, result.tried, total);
    TRY(outcomes);
    result.tried += outcomes->size();
    best = most_promising(options.rule, *outcomes, beam);
    all.insert(all.end(), outcomes->begin(), outcomes->end());
  }
  result.best = best_of(options.rule, all, options.best_a_size);
  result.front = front_of(options.rule, std::move(all));
  return result;
}

}  // namespace plumbline
