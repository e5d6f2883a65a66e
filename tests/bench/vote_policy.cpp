// How long a vote policy takes for all verdicts and counts of a table, and a threshold on cached
// scores: what happens at every step of a dragged slider. Prints figure, limit and their ratio.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/decision/equal_kept.h"
#include "core/decision/verdicts.h"

namespace {

using namespace plumbline;

/// Votes as trained networks cast them: nine of ten right and mostly sure, errors partly in common.
struct Votes {
  Votes(std::size_t samples, std::size_t voters, unsigned seed)
      : labels(samples), predicted(voters, std::vector<ClassIndex>(samples)),
        confidence(voters, std::vector<float>(samples)) {
    std::mt19937 random(seed);
    const auto fraction = [&] { return static_cast<float>(random() % (1U << 24U)) / (1U << 24U); };
    for (std::size_t i = 0; i < samples; ++i) {
      labels[i] = static_cast<ClassIndex>(random() % 10);
      const auto confused_with = static_cast<ClassIndex>(random() % 10);
      const bool hard = random() % 5 == 0;
      for (std::size_t v = 0; v < voters; ++v) {
        const bool follows = random() % 100 < (hard ? 60U : 99U);
        predicted[v][i] = follows ? labels[i] : confused_with;
        const float doubt = fraction();
        confidence[v][i] = hard ? 1 - 0.7F * doubt : 1 - 0.2F * doubt * doubt * doubt;
      }
    }
    table.labels = labels;
    for (std::size_t v = 0; v < voters; ++v)
      table.voters.push_back({predicted[v], confidence[v], {}});
  }

  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence;
  VoteTable table;
};

double median_ms(const std::function<void()>& work) {
  constexpr int warm_ups = 3, rounds = 31;
  std::vector<double> times;
  for (int round = 0; round < warm_ups + rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    if (round >= warm_ups) times.push_back(spent.count());
  }
  std::ranges::nth_element(times, times.begin() + rounds / 2);
  return times[rounds / 2];
}

std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<std::size_t>(place), ",");
  return digits;
}

void print(const std::string& what, double ms, double limit_ms) {
  std::printf("%s: median %.*f ms of %.0f ms (%.*f)\n", what.c_str(), ms < 0.1 ? 5 : 1, ms, limit_ms,
              ms < 0.1 ? 6 : 2, ms / limit_ms);
  std::fflush(stdout);
}

void measure(std::size_t samples, std::size_t voters, double limit_ms) {
  const Votes votes(samples, voters, 1);
  const std::string size =
      ", " + with_commas(samples) + " samples × " + std::to_string(voters) + " voters";
  Decisions decisions;
  ReducedScores reduced{votes.predicted[0], votes.confidence[0]};
  for (const PolicyKind& kind : policy_kinds()) {
    const auto policy = make_policy(kind.name, voters);
    if (!policy) continue;
    if (kind.vote)
      print(std::string(kind.name) + size,
            median_ms([&] { decide(*policy, votes.table, decisions); }), limit_ms);
    else
      print(std::string(kind.name) + "'s threshold on cached scores" + size,
            median_ms([&] { decide(*policy, reduced, votes.table, decisions); }), limit_ms);
  }
}

void measure_equal_kept(std::size_t samples, double limit_ms) {
  const Votes votes(samples, 1, 2);
  const std::string size = ", " + with_commas(samples) + " samples";
  print("the baseline's curve, once a run" + size,
        median_ms([&] { const EqualKeptCurve curve(votes.table, 0); }), 100);
  const EqualKeptCurve curve(votes.table, 0);
  std::int64_t found = 0;
  print("the baseline at equal kept, once a drag" + size, median_ms([&] {
          for (int i = 0; i < 1000; ++i)
            if (const auto point = curve.at(static_cast<std::int64_t>(samples / 2) + found % 2 + i))
              found += point->undetected;
        }) / 1000,
        limit_ms);
}

}  // namespace

int main() {
  for (const std::size_t voters : {1, 4, 8, 16, 33, 64}) measure(1'000'000, voters, 16);
  measure(100'000, 16, 16);
  measure_equal_kept(100'000, 4);
  measure_equal_kept(1'000'000, 4);
}
