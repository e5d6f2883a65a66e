#include "core/planer/front/energy_table.h"

#include <nlohmann/json.hpp>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// A kilojoule a token: sums of the front's units stay far within 63 bits.
constexpr double most_token_joules = 1e6, most_idle_watts = 1e6;
constexpr std::int64_t most_windows = 1'000'000'000;
constexpr std::size_t longest_energy_text = 256;

TokenEnergy read_energy(JsonObject object) {
  TokenEnergy energy;
  energy.joules = object.number("joules_per_1000_tokens", 0, most_token_joules);
  energy.spread = object.number("joules_spread_per_1000_tokens", 0, most_token_joules);
  energy.idle = object.number("joules_idle_per_1000_tokens", 0, most_token_joules);
  energy.repeats = static_cast<int>(object.integer("repeats", 0, most_windows));
  object.refuse_unknown();
  return energy;
}

}  // namespace

double relative_spread(const TokenEnergy& energy) {
  return relative_spread(MeasuredLatency{energy.joules, energy.spread, energy.repeats});
}

bool is_sensible(const TokenEnergy& energy) {
  // Written so that it is false for NaN too.
  const auto within = [](double joules) { return joules >= 0 && joules <= most_token_joules; };
  return within(energy.joules) && within(energy.spread) && within(energy.idle) &&
         energy.repeats >= 0;
}

ordered_json to_json(const TokenEnergy& energy) {
  return {{"joules_per_1000_tokens", energy.joules},
          {"joules_spread_per_1000_tokens", energy.spread},
          {"joules_idle_per_1000_tokens", energy.idle},
          {"repeats", energy.repeats}};
}

ordered_json to_json(const EnergyTable& table) {
  ordered_json options = ordered_json::object();
  for (std::size_t i = 0; i < slot_options().size(); ++i)
    options[std::string(slot_options()[i].name)] =
        i < table.options.size() && table.options[i] ? to_json(*table.options[i]) : ordered_json();
  return {{"schema", 1},
          {"key", to_json(table.key)},
          {"config", to_json(table.config)},
          {"options", std::move(options)},
          {"embedding", to_json(table.embedding)},
          {"softmax", to_json(table.softmax)},
          {"baseline", to_json(table.baseline)},
          {"idle_watts", table.idle_watts},
          {"source", table.source},
          {"measured_at", table.measured_at}};
}

Result<EnergyTable> parse_energy_table(const json& document, const std::string& where) {
  JsonErrors errors{where, "measure it again: plumbline-engine planer profile --energy", {}};
  JsonObject object(document, "", errors);
  EnergyTable table;
  object.integer("schema", 1, 1, 1);
  const json& key = object.any("key");
  const json& config = object.any("config");
  auto options = object.object("options");
  for (const SlotOption& option : slot_options()) {
    table.options.emplace_back();
    if (!options.has(option.name) || options.any(option.name).is_null()) continue;
    table.options.back() = read_energy(options.object(option.name));
  }
  options.refuse_unknown();
  table.embedding = read_energy(object.object("embedding"));
  table.softmax = read_energy(object.object("softmax"));
  table.baseline = read_energy(object.object("baseline"));
  table.idle_watts = object.number("idle_watts", 0, most_idle_watts);
  table.source = object.text("source", longest_energy_text);
  table.measured_at = object.text("measured_at", longest_energy_text, "");
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  auto parsed_key = parse_step_key(key, where);
  TRY(parsed_key);
  table.key = std::move(*parsed_key);
  auto parsed_config = parse_backbone_config(config, where);
  TRY(parsed_config);
  table.config = std::move(*parsed_config);
  return table;
}

}  // namespace plumbline
