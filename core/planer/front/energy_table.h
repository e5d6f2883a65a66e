#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/backbone_config.h"
#include "core/planer/front/latency_table.h"
#include "core/types/error.h"

namespace plumbline {

/// What 1,000 tokens of a step draw in steady work, in joules.
struct TokenEnergy {
  double joules = 0, spread = 0;  ///< median and interquartile range over `repeats`; all of it
  double idle = 0;                ///< of these what the device had drawn at rest in the same time
  int repeats = 0;                ///< windows that were measured
};
nlohmann::ordered_json to_json(const TokenEnergy& energy);

/// The spread as a share of the median, as of a latency: infinite where nothing was drawn, or where
/// there are less than four windows.
double relative_spread(const TokenEnergy& energy);

/// Whether it can be kept: finite, not negative, and no more than a device could draw.
bool is_sensible(const TokenEnergy& energy);

/// Energies of every option on one device for one shape of input, and of what is not in slots:
/// beside the latency table of the same key. What was measured, idle draw included, adds up as
/// time does.
struct EnergyTable {
  StepKey key;
  BackboneConfig config;
  /// By option, in the table's order; nothing where the option was not measured.
  std::vector<std::optional<TokenEnergy>> options;
  TokenEnergy embedding, softmax;
  TokenEnergy baseline;     ///< measured whole, beside its estimate from this table
  double idle_watts = 0;    ///< of the device at rest
  std::string source;       ///< who counted: "NVML", "RAPL of 2 packages"
  std::string measured_at;  ///< ISO date and time, UTC
};

nlohmann::ordered_json to_json(const EnergyTable& table);
/// Errors: a key that is missing or unknown, a value out of its range.
Result<EnergyTable> parse_energy_table(const nlohmann::json& json, const std::string& where);

}  // namespace plumbline
