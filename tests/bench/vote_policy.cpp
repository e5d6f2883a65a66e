// A vote policy on 1,000,000 samples × 8 voters, verdicts and counts included, against its limit of
// 16 ms: what a threshold costs while it is dragged.
#include <algorithm>
#include <chrono>
#include <random>
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

  explicit Votes(std::size_t voters) : labels(samples) {
    std::mt19937 random(1);
    for (auto& label : labels) label = static_cast<ClassIndex>(random() % 1000);
    // Right four times in five; half of the mistakes are shared, as those of real networks are.
    std::vector<ClassIndex> shared(samples);
    for (auto& mistake : shared) mistake = static_cast<ClassIndex>(random() % 1000);
    for (std::size_t v = 0; v < voters; ++v) {
      auto& classes = predicted.emplace_back(samples);
      auto& confidences = confidence.emplace_back(samples);
      for (std::size_t i = 0; i < samples; ++i) {
        const auto draw = random() % 10;
        classes[i] = draw < 8 ? labels[i] : draw == 8 ? shared[i] : static_cast<ClassIndex>(random() % 1000);
        confidences[i] = static_cast<float>(random() % 10'000) / 10'000;
      }
    }
  }

  VoteTable table() const {
    VoteTable result{labels, {}};
    for (std::size_t v = 0; v < predicted.size(); ++v)
      result.voters.push_back({predicted[v], confidence[v], confidence[v]});
    return result;
  }
};

template <class Body>
void report(const std::string& name, const Body& body) {
  body();
  std::vector<double> times;
  for (int i = 0; i < 31; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  fmt::print("{:44} median {:6.2f} ms, worst {:6.2f} ms; {:.2f} of {:.0f} ms\n", name, times[15],
             times.back(), times[15] / limit_ms, limit_ms);
}

}  // namespace

int main() {
  fmt::print("1,000,000 samples, verdicts and counts included\n");
  for (const std::size_t voters : {std::size_t{8}, std::size_t{16}}) {
    const Votes votes(voters);
    const auto table = votes.table();
    Decisions decisions;
    for (const char* text : {"mcp", "majority", "unanimous", "polygraph"}) {
      const auto policy = *parse_policy(text, voters);
      double threshold = 0;
      report(fmt::format("{}, {} voters", text, voters), [&] {
        // Each time another threshold, as a drag has it.
        threshold = threshold > 0.9 ? 0 : threshold + 0.03;
        const bool has = !policy.kind().parameters.empty();
        decide(has ? policy.with_value(0, threshold) : policy, table, decisions);
        benchmark::DoNotOptimize(decisions.counts);
      });
    }
    if (voters != 8) continue;
    ReducedScores reduced{votes.predicted[0], votes.confidence[0]};
    const auto mean = *parse_policy("mean", voters);
    report("a threshold on a cached score", [&] {
      decide(mean, reduced, table, decisions);
      benchmark::DoNotOptimize(decisions.counts);
    });
  }
  return 0;
}
