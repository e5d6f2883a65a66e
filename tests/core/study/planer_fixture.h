#pragma once
#include <random>
#include <string>

#include "core/study/study.h"

namespace plumbline::test {

/// Records as an engine would write them, each with something in every field.
inline TextReference example_text() {
  return {"/texts/a.txt", "0123456789abcdef", "bytes", 0.9, 0.05};
}

inline StepKey example_key() { return {"CPU test, 2 threads", 1, 64, 64, "fp32"}; }

inline NetworkInfo example_network(const std::string& name) {
  NetworkInfo network;
  network.name = name;
  network.origin = NetworkOrigin::trained;
  network.config = load_backbone_config("tiny").value();
  network.architecture = baseline_architecture(network.config);
  network.file = "networks/" + name + ".safetensors";
  network.hash = "fedcba9876543210";
  network.training = {{"steps", 300}, {"seed", 1}, {"batch", 8}};
  network.made_at = "2026-11-24T15:00:00Z";
  return network;
}

/// A network that a search "s" found from "base".
inline NetworkInfo full_network(const std::string& name) {
  NetworkInfo network = example_network(name);
  network.origin = NetworkOrigin::found;
  network.architecture[2] = skip_option;
  network.base = "base";
  network.search = "s";
  network.target = 0.5;
  network.text = example_text();
  network.validation = MeasuredLoss{1.6180339887, 0.002, 55'000};
  return network;
}

inline bool names_network(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

/// Every option measured: option i takes i/8 ms, embedding and softmax 1/4 ms each.
inline LatencyTable example_table() {
  LatencyTable table;
  table.key = example_key();
  table.config = load_backbone_config("tiny").value();
  table.options.resize(slot_options().size());
  for (const OptionIndex option : usable_options(table.config))
    table.options[option] = MeasuredLatency{static_cast<double>(option) / 8, 0.01, 50};
  table.embedding = table.softmax = {0.25, 0.01, 50};
  table.norm = {0.03125, 0.001, 50};
  table.baseline = {5.0, 0.1, 30};
  table.measured_at = "2026-11-24T15:00:00Z";
  return table;
}

/// Every option measured: of the first eight option i draws (7 − i)/8 J, the others nothing;
/// embedding and softmax 1/4 J each.
inline EnergyTable example_energies() {
  EnergyTable table;
  table.key = example_key();
  table.config = load_backbone_config("tiny").value();
  table.options.resize(slot_options().size());
  for (const OptionIndex option : usable_options(table.config))
    table.options[option] =
        TokenEnergy{option < 7 ? static_cast<double>(7 - option) / 8 : 0.0, 0.01, 0.02, 5};
  table.embedding = table.softmax = {0.25, 0.01, 0.05, 5};
  table.baseline = {3.0, 0.1, 0.6, 5};
  table.idle_watts = 50;
  table.source = "RAPL of one package";
  table.measured_at = "2026-11-30T11:00:00Z";
  return table;
}

inline NetworkEnergy example_energy(const std::string& network, double joules) {
  return {network, example_key(), {joules, 0.01, 0.2, 5}, "base", {2.0, 0.02, 0.4, 5}, 50, "NVML"};
}

/// Option i costs (7 − i)/64 nats in every slot.
inline LossIncrements example_increments() {
  LossIncrements increments;
  increments.config = load_backbone_config("tiny").value();
  increments.base = baseline_architecture(increments.config);
  increments.base_loss = 1.5;
  for (std::int64_t slot = 0; slot < increments.config.slots(); ++slot) {
    auto& row = increments.increments.emplace_back(slot_options().size());
    // The table's first eight options are enough to be reckoned by hand.
    for (OptionIndex option = 0; option < 8; ++option)
      row[option] = static_cast<double>(7 - option) / 64;
  }
  return increments;
}

inline SearchInfo example_search(const std::string& name) {
  SearchInfo search;
  search.name = name;
  search.base = "base";
  search.config = load_backbone_config("tiny").value();
  search.key = example_key();
  search.text = example_text();
  search.targets = {0.7, 0.5};
  search.settings = {{"steps", 200}, {"seed", 3}, {"temperature", {5.0, 0.5}}};
  return search;
}

/// Points with a map in every second one.
inline std::vector<SearchPoint> example_points(double target, std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<SearchPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    SearchPoint point{
        target, static_cast<std::int64_t>(10 * i), 4.0 - 0.01 * static_cast<double>(i), 2.5, {}};
    if (i % 2 == 0) {
      point.probabilities.assign(8, std::vector<float>(slot_options().size()));
      for (auto& slot : point.probabilities)
        for (float& p : slot) p = std::generate_canonical<float, 24>(random);
    }
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace plumbline::test
