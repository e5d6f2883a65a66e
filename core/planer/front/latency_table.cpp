#include "core/planer/front/latency_table.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/planer/front/cost_table.h"
#include "core/types/json_object.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double longest_ms = 1e9;  // eleven days: sums of nanoseconds stay far within 63 bits
constexpr std::int64_t largest = 1'000'000'000;
constexpr std::size_t longest_text = 256;

ordered_json measured_json(const MeasuredLatency& latency) {
  return {{"median_ms", latency.median_ms},
          {"spread_ms", latency.spread_ms},
          {"repeats", latency.repeats}};
}

MeasuredLatency read_measured(JsonObject object) {
  MeasuredLatency latency;
  latency.median_ms = object.number("median_ms", 0, longest_ms);
  latency.spread_ms = object.number("spread_ms", 0, longest_ms);
  latency.repeats = static_cast<int>(object.integer("repeats", 0, largest));
  object.refuse_unknown();
  return latency;
}

StepKey read_key(JsonObject object) {
  StepKey key;
  key.device = object.text("device", longest_text);
  key.batch = object.integer("batch", 1, largest);
  key.length = object.integer("length", 1, largest);
  key.memory = object.integer("memory", 0, largest);
  key.precision = precision_names[object.choice("precision", precision_names)];
  object.refuse_unknown();
  return key;
}

}  // namespace

ordered_json to_json(const StepKey& key) {
  return {{"device", key.device},
          {"batch", key.batch},
          {"length", key.length},
          {"memory", key.memory},
          {"precision", key.precision}};
}

Result<StepKey> parse_step_key(const json& document, const std::string& where) {
  JsonErrors errors{where, "", {}};
  StepKey key = read_key(JsonObject(document, "", errors));
  if (errors.first) return tl::unexpected(*errors.first);
  return key;
}

double relative_spread(const MeasuredLatency& latency) {
  constexpr int fewest_quartiles = 4;
  if (latency.repeats < fewest_quartiles || !(latency.median_ms > 0))
    return std::numeric_limits<double>::infinity();
  return latency.spread_ms / latency.median_ms;
}

bool same_costs(const BackboneConfig& a, const BackboneConfig& b) {
  BackboneConfig other = b;
  other.name = a.name;
  other.dropout = a.dropout;
  other.attention_dropout = a.attention_dropout;
  other.train = a.train;
  other.evaluation = a.evaluation;
  return a == other;
}

std::optional<double> LatencyTable::option_ms(OptionIndex option) const {
  if (option < options.size() && options[option]) return options[option]->median_ms;
  if (option == skip_option) return 0;
  return std::nullopt;
}

std::optional<double> LatencyTable::estimate_ms(const Architecture& architecture) const {
  return cost_table_of(*this).estimate(architecture);
}

double LatencyTable::estimate_error() const { return cost_table_of(*this).estimate_error(); }

ordered_json to_json(const LatencyTable& table) {
  ordered_json options = ordered_json::object();
  for (std::size_t i = 0; i < slot_options().size(); ++i)
    options[std::string(slot_options()[i].name)] = i < table.options.size() && table.options[i]
                                                       ? measured_json(*table.options[i])
                                                       : ordered_json();
  return {{"schema", 1},
          {"key", to_json(table.key)},
          {"config", to_json(table.config)},
          {"cuda_graph", table.cuda_graph},
          {"options", std::move(options)},
          {"embedding", measured_json(table.embedding)},
          {"softmax", measured_json(table.softmax)},
          {"norm", measured_json(table.norm)},
          {"baseline", measured_json(table.baseline)},
          {"measured_at", table.measured_at}};
}

Result<LatencyTable> parse_latency_table(const json& document, const std::string& where) {
  JsonErrors errors{where, "measure it again: plumbline-engine planer profile", {}};
  JsonObject object(document, "", errors);
  LatencyTable table;
  object.integer("schema", 1, 1, 1);
  table.key = read_key(object.object("key"));
  const json& config = object.any("config");
  table.cuda_graph = object.flag("cuda_graph");
  auto options = object.object("options");
  for (const SlotOption& option : slot_options()) {
    table.options.emplace_back();
    if (!options.has(option.name) || options.any(option.name).is_null()) continue;
    table.options.back() = read_measured(options.object(option.name));
  }
  options.refuse_unknown();
  table.embedding = read_measured(object.object("embedding"));
  table.softmax = read_measured(object.object("softmax"));
  table.norm = read_measured(object.object("norm"));
  table.baseline = read_measured(object.object("baseline"));
  table.measured_at = object.text("measured_at", longest_text, "");
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  auto parsed = parse_backbone_config(config, where);
  TRY(parsed);
  table.config = std::move(*parsed);
  return table;
}

std::optional<LatencyShares> latency_shares(const LatencyTable& table,
                                            const Architecture& architecture) {
  LatencyShares shares;
  shares.embedding = table.embedding.median_ms;
  shares.softmax = table.softmax.median_ms;
  for (const OptionIndex index : architecture) {
    const auto latency = table.option_ms(index);
    if (!latency) return std::nullopt;
    const OptionKind kind = slot_option(index).kind;
    // What is measured of a skip is no layer's work.
    const double norm =
        kind == OptionKind::skip ? *latency : std::min(table.norm.median_ms, *latency);
    shares.norm += norm;
    double* share = kind == OptionKind::attention      ? &shares.attention
                    : kind == OptionKind::feed_forward ? &shares.feed_forward
                                                       : &shares.experts;
    *share += *latency - norm;
  }
  return shares;
}

}  // namespace plumbline
