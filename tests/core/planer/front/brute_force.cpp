#include "tests/core/planer/front/brute_force.h"

#include <algorithm>
#include <cmath>

namespace plumbline::test {

Knapsack random_knapsack(std::mt19937& random, std::int64_t layers, int levels, double missing) {
  const auto level = [&] { return static_cast<double>(random() % static_cast<unsigned>(levels)); };
  const auto chance = [&] { return std::generate_canonical<double, 32>(random); };
  Knapsack knapsack;
  BackboneConfig config = load_backbone_config("tiny").value();
  config.layers = layers;
  LatencyTable& table = knapsack.table;
  table.config = config;
  table.key = {"test", 1, 64, 64, "fp32"};
  const double unit_ns = 137;
  const auto usable = usable_options(config);
  table.options.resize(slot_options().size());
  for (const OptionIndex option : usable)
    if (chance() >= missing) table.options[option] = {level() * unit_ns / 1e6, 0, 1};
  table.embedding.median_ms = 0.011;
  table.softmax.median_ms = 0.029;
  LossIncrements& increments = knapsack.increments;
  increments.config = config;
  increments.base = baseline_architecture(config);
  increments.base_loss = 1.25;
  const double middle = std::floor(0.5 * levels);
  for (std::int64_t slot = 0; slot < config.slots(); ++slot) {
    auto& row = increments.increments.emplace_back(slot_options().size());
    for (const OptionIndex option : usable)
      if (chance() >= missing) row[option] = (level() - middle) / 1024;
    // One option is always there and measured.
    row[skip_option] = level() / 1024;
  }
  return knapsack;
}

std::vector<FrontPoint> all_architectures(const Knapsack& knapsack) {
  const auto& rows = knapsack.increments.increments;
  std::vector<FrontPoint> all;
  Architecture now(rows.size(), 0);
  while (true) {
    bool possible = true;
    double nanoseconds = 40'000, loss = knapsack.increments.base_loss;
    for (std::size_t slot = 0; slot < rows.size(); ++slot) {
      const OptionIndex option = now[slot];
      const auto& measured = knapsack.table.options[option];
      possible = possible && rows[slot][option] && (measured || option == skip_option);
      if (!possible) break;
      if (measured) nanoseconds += measured->median_ms * 1e6;
      loss += *rows[slot][option];
    }
    if (possible) all.push_back({std::round(nanoseconds) / 1e6, loss, now});
    std::size_t slot = rows.size();
    while (slot > 0 && ++now[slot - 1] == slot_options().size()) now[--slot] = 0;
    if (slot == 0) return all;
  }
}

std::vector<FrontPoint> front_of(std::vector<FrontPoint> all) {
  std::ranges::sort(all, [](const FrontPoint& a, const FrontPoint& b) {
    if (a.cost != b.cost) return a.cost < b.cost;
    if (a.loss != b.loss) return a.loss < b.loss;
    return a.architecture < b.architecture;
  });
  std::vector<FrontPoint> front;
  for (FrontPoint& point : all)
    if (front.empty() || point.loss < front.back().loss) front.push_back(std::move(point));
  return front;
}

}  // namespace plumbline::test
