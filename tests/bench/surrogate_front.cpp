// The front of every target and a query of it, against their limits: what the PLANER page does when
// increments or a table change, and while its slider is dragged.
#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "core/planer/front/surrogate.h"

using namespace plumbline;

namespace {

constexpr double solve_limit_ms = 50, query_limit_us = 10;

struct Problem {
  LossIncrements increments;
  LatencyTable table;
};

/// As a search on enwik8 might measure it: what is slower is mostly better, each slot differently.
Problem make_problem(std::int64_t layers) {
  std::mt19937 random(5);
  const auto uniform = [&] { return std::generate_canonical<double, 53>(random); };
  constexpr double ms[] = {0.004, 0.21, 0.25, 0.34, 0.5, 0.4, 0.55, 0.8};
  constexpr double gain[] = {0, 0.01, 0.014, 0.018, 0.02, 0.015, 0.03, 0.034};
  Problem problem;
  BackboneConfig& config = problem.table.config;
  config = load_backbone_config("enwik8-base").value();
  config.layers = layers;
  for (const double median : ms)
    problem.table.options.push_back(MeasuredLatency{median * (1 + 0.1 * uniform()), 0, 1});
  problem.increments.config = config;
  problem.increments.base = baseline_architecture(config);
  problem.increments.base_loss = 0.8;
  for (std::int64_t slot = 0; slot < config.slots(); ++slot) {
    auto& row = problem.increments.increments.emplace_back();
    for (const double better : gain)
      row.emplace_back(0.03 * (1 + uniform()) - better * (0.5 + uniform()) * (1 + 2 * uniform()));
  }
  return problem;
}

template <class Body>
double median_ms(const Body& body) {
  std::vector<double> times;
  for (int i = 0; i < 31; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::ranges::nth_element(times, times.begin() + 15);
  return times[15];
}

}  // namespace

int main() {
  for (const std::int64_t layers : {12, 18, 64}) {
    const Problem problem = make_problem(layers);
    const auto solve = [&] {
      return SurrogateFront::solve(problem.increments, cost_table_of(problem.table)).value();
    };
    const double solved = median_ms([&] { solve(); });
    const SurrogateFront front = solve();
    constexpr int queries = 10'000;
    const double slowest = front.points().back().cost;
    std::size_t found = 0;
    const double queried = median_ms([&] {
      for (int q = 0; q < queries; ++q)
        found += front.within(slowest * q / queries) != nullptr ? 1U : 0U;
    });
    fmt::print(
        "{} slots x {} options: {} architectures in {:.2f} ms (limit {:.0f}), a query {:.3f} us "
        "(limit {:.0f}){}\n",
        2 * layers, slot_options().size(), front.points().size(), solved, solve_limit_ms,
        1000 * queried / queries, query_limit_us, found == 0 ? ", nothing found" : "");
  }
  return 0;
}
