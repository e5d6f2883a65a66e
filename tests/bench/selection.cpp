// What the Decision page waits for: intervals of 100,000 samples and the search among all subsets
// of 16 voters on 10,000, each beside its limit.
//   bench_selection [SAMPLES_OF_THE_BOOTSTRAP SAMPLES_OF_THE_SEARCH]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "core/metrics/bootstrap.h"
#include "core/review/figures.h"
#include "core/selection/subset_search.h"

namespace {

using namespace plumbline;

constexpr double bootstrap_limit_s = 1, subsets_limit_s = 60;

/// Votes of networks as they are: nine in ten are right, who is wrong is mostly less sure, and the
/// voters err alike on half of what they err on.
struct BenchVotes {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence, log_prob;

  BenchVotes(std::size_t samples, std::size_t voters) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(0, 1);
    labels.resize(samples);
    std::vector<bool> is_hard(samples);
    std::vector<ClassIndex> common(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      labels[i] = static_cast<ClassIndex>(random() % 10);
      is_hard[i] = uniform(random) < 0.1F;
      common[i] = static_cast<ClassIndex>(random() % 10);
    }
    for (std::size_t v = 0; v < voters; ++v) {
      predicted.emplace_back(samples);
      confidence.emplace_back(samples);
      log_prob.emplace_back(samples);
      for (std::size_t i = 0; i < samples; ++i) {
        const bool errs = is_hard[i] ? uniform(random) < 0.6F : uniform(random) < 0.03F;
        const auto other = static_cast<ClassIndex>(random() % 10);
        predicted[v][i] = !errs ? labels[i] : uniform(random) < 0.5F ? common[i] : other;
        const float doubt = uniform(random);
        confidence[v][i] =
            predicted[v][i] == labels[i] ? 1 - doubt * doubt * doubt * 0.8F : 1 - doubt * 0.85F;
        log_prob[v][i] = -doubt;
      }
    }
  }

  VoteTable table() const {
    VoteTable votes{labels, {}};
    for (std::size_t v = 0; v < predicted.size(); ++v)
      votes.voters.push_back({predicted[v], confidence[v], log_prob[v], {}});
    return votes;
  }
};

/// What something took: on the clock, and of all cores together, which tells a slow program from a
/// busy machine.
struct Taken {
  double seconds = 0, processor = 0;
};

Taken time_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", to_string(result.error()));
  std::exit(exit_code(result.error().kind));
}

MetricData data_of(const std::string& policy, const VoteTable& votes) {
  const BoundPolicy bound = must(bind(must(parse_policy(policy, votes.voters.size()))));
  Decisions decisions;
  decide(bound, votes, decisions);
  return metric_data(bound, decisions, votes);
}

void print_against(const std::string& what, const Taken& taken, double limit) {
  fmt::print(
      "{}: {:.2f} s on {} cores, {:.2f} s of processor time (limit {:.0f} s on two cores): {}\n",
      what, taken.seconds, std::thread::hardware_concurrency(), taken.processor, limit,
      taken.seconds <= limit ? "kept" : "MISSED");
  std::fflush(stdout);
}

void bench_bootstrap(std::size_t samples) {
  const BenchVotes votes(samples, 4);
  const MetricData policy = data_of("polygraph(thr_conf=0.7,thr_freq=3)", votes.table());
  const MetricData baseline = data_of("mcp", votes.table());
  std::vector<Taken> alone, paired;
  for (int i = 0; i < 3; ++i) {
    alone.push_back(time_of([&] { must(bootstrap(policy, nullptr)); }));
    paired.push_back(time_of([&] { must(bootstrap(policy, &baseline)); }));
  }
  std::ranges::sort(alone, {}, &Taken::seconds);
  std::ranges::sort(paired, {}, &Taken::seconds);
  print_against(fmt::format("1,000 resamples of {} samples, every metric", samples), alone[1],
                bootstrap_limit_s);
  fmt::print("  the same paired with the baseline's: {:.2f} s, {:.2f} s of processor time\n",
             paired[1].seconds, paired[1].processor);
}

void bench_subsets(std::size_t samples) {
  const BenchVotes votes(samples, 16);
  const HeldSplit split{"validation", votes.table(), {}};
  const std::vector<std::optional<double>> latency(16, 1.0);
  SubsetSearchOptions options;
  options.rule.least_kept = static_cast<double>(baseline_kept(split.votes));
  SubsetSearchResult found;
  const Taken taken = time_of([&] {
    found =
        must(search_subsets(must(parse_policy("polygraph", 16)), split, nullptr, latency, options));
  });
  print_against(fmt::format("all {} subsets of 16 voters on {} samples, every setting of polygraph",
                            found.tried, samples),
                taken, subsets_limit_s);
}

/// The same choices from all points and from those that bounds leave open, subset by subset in
/// turns.
void bench_bounds(std::size_t samples) {
  const BenchVotes votes(samples, 16);
  const VoteTable table = votes.table();
  const VoteSweep sweep(table, true);
  SelectionRule rule;
  rule.least_kept = static_cast<double>(baseline_kept(table));
  VoteSweep::State all_points, some_points;
  Taken all, some;
  const auto add = [](Taken& sum, const Taken& taken) { sum.processor += taken.processor; };
  bool equal = true;
  for (VoteSweep::Mask subset = 1; subset < VoteSweep::Mask{1} << 16; subset += 331) {
    RuleChoice from_all(rule, static_cast<std::int64_t>(sweep.samples()));
    RuleChoice from_some = from_all;
    const VisitPoint visit = [&](const OperatingPoint& point) { from_all.add(point); };
    add(all, time_of([&] { sweep.sweep(subset, all_points, visit); }));
    add(some, time_of([&] {
          sweep.visit(subset, some_points,
                      {[&](const OperatingPoint& point) { from_some.add(point); },
                       [&](const OperatingPoint& point) { from_some.expect(point); },
                       [&](const PointBounds& bounds) { return from_some.may_choose(bounds); }});
        }));
    equal = equal && from_all.chosen() == from_some.chosen();
  }
  fmt::print(
      "  a subset by all points : by those that bounds leave open = {:.1f} : 1 of processor time, "
      "choices {}\n",
      all.processor / some.processor, equal ? "equal" : "UNEQUAL");
}

std::size_t samples_in(int argc, char** argv, int place, std::size_t otherwise) {
  return argc > place ? static_cast<std::size_t>(std::max(std::atoi(argv[place]), 1)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  bench_bootstrap(samples_in(argc, argv, 1, 100'000));
  bench_subsets(samples_in(argc, argv, 2, 10'000));
  bench_bounds(samples_in(argc, argv, 2, 10'000));
}
