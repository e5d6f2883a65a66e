// A vote policy on 1,000,000 samples, verdicts and counts included, against its limit of 16 ms:
// what a threshold costs while it is dragged.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/decision/equal_kept.h"
#include "core/decision/verdicts.h"

using namespace plumbline;

namespace {

constexpr std::size_t samples = 1'000'000;
constexpr double limit_ms = 16;

struct Votes {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence;

  /// Votes as trained networks cast them: on one sample of five they err, mostly for the same class
  /// and less surely.
  Votes(std::size_t size, std::size_t voters)
      : labels(size), predicted(voters, labels), confidence(voters, std::vector<float>(size)) {
    std::mt19937 random(1);
    const auto fraction = [&] { return static_cast<float>(random() % 65'536) / 65'536; };
    for (std::size_t i = 0; i < size; ++i) {
      labels[i] = static_cast<ClassIndex>(random() % 1000);
      const auto mistake = static_cast<ClassIndex>(random() % 1000);
      const bool hard = random() % 5 == 0;
      for (std::size_t v = 0; v < voters; ++v) {
        const float doubt = fraction();
        predicted[v][i] = random() % 100 < (hard ? 60U : 99U) ? labels[i] : mistake;
        confidence[v][i] = 1 - (hard ? 0.7F * doubt : 0.3F * doubt * doubt);
      }
    }
  }

  VoteTable table() const {
    VoteTable result{labels, {}};
    for (std::size_t v = 0; v < predicted.size(); ++v)
      result.voters.push_back({predicted[v], confidence[v], {}});
    return result;
  }
};

template <class Body>
double median_ms(const Body& body) {
  body();
  std::vector<double> times;
  for (int i = 0; i < 31; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - begin;
    times.push_back(spent.count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

void print(const std::string& what, double ms, double limit) {
  fmt::print("{}: median {:.{}f} ms of {} ms ({:.2f})\n", what, ms, ms < 0.1 ? 5 : 1, limit,
             ms / limit);
}

void measure_policies(std::size_t voters) {
  const Votes votes(samples, voters);
  const VoteTable table = votes.table();
  const ReducedScores reduced{votes.predicted[0],
                              {votes.confidence[0].begin(), votes.confidence[0].end()},
                              {},
                              std::vector<std::uint8_t>(samples)};
  Decisions decisions;
  for (const PolicyKind* kind : policy_kinds()) {
    // Of the others a drag is that of the policy within, or they learn first.
    const auto made = make_policy(kind->name, voters);
    const bool drags =
        kind->parameters.empty() || kind->parameters[0].type == ParameterType::number;
    if (!made || kind->traits.fitted || !drags || kind->traits.predictions != "classes") continue;
    const auto bound = bind(*made);
    if (!bound) continue;
    const BoundPolicy& policy = *bound;
    const bool on_votes = kind->traits.needs == PolicyNeeds::votes;
    double threshold = 0.6;
    const double ms = median_ms([&] {
      // Each time another threshold, as a drag has it.
      threshold = threshold > 0.95 ? 0.6 : threshold + 0.01;
      const BoundPolicy next = kind->parameters.empty()
                                   ? policy
                                   : *rebind(policy, policy.policy.with_value(0, threshold));
      if (on_votes)
        decide(next, table, decisions);
      else
        decide(next, reduced, table, decisions);
      benchmark::DoNotOptimize(decisions.counts);
    });
    print(fmt::format("{}{}, 1,000,000 samples × {} voters", kind->name,
                      on_votes ? "" : "'s threshold on cached scores", voters),
          ms, limit_ms);
  }
}

void measure_equal_kept() {
  const Votes votes(100'000, 1);
  const EqualKeptCurve curve(votes.table(), 0);
  constexpr int questions = 1000;
  const double ms = median_ms([&] {
    for (std::int64_t i = 0; i < questions; ++i) benchmark::DoNotOptimize(curve.at(80 * i));
  });
  print("the baseline at equal kept, 100,000 samples", ms / questions, 4);
}

}  // namespace

int main() {
  fmt::print("{} cores\n", std::thread::hardware_concurrency());
  for (const std::size_t voters : {4, 8, 16}) measure_policies(voters);
  measure_equal_kept();
  return 0;
}
