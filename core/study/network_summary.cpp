#include "core/study/network_summary.h"

#include "core/data/file_handle.h"
#include "core/planer/front/surrogate.h"
#include "core/planer/front/target_verdict.h"
#include "core/study/sittings.h"
#include "core/types/json_object.h"

namespace plumbline {

using nlohmann::ordered_json;

namespace {

/// The target that a summary names, if it is of this kind.
std::optional<double> target_of(const ordered_json& summary, CostKind kind) {
  const double target = summary.value("target", 0.0);
  const bool ours = summary.value("target_cost", std::string()) == cost_name(kind);
  return target > 0 && ours ? std::optional(target) : std::nullopt;
}

}  // namespace

void add_loss(ordered_json& summary, const MeasuredLoss& loss, std::string_view tokens) {
  for (const char* of_another_text : {"bits_per_byte", "bits_per_byte_error", "perplexity"})
    summary.erase(of_another_text);
  summary["validation_loss"] = loss.nats;
  summary["validation_error"] = loss.error;
  if (tokens == "bytes") {
    summary["bits_per_byte"] = bits_per_token(loss.nats);
    summary["bits_per_byte_error"] = bits_per_token(loss.error);
  } else {
    summary["perplexity"] = perplexity(loss.nats);
  }
  summary["tokens"] = loss.tokens;
}

void add_latency(ordered_json& summary, const StepKey& key, const MeasuredLatency& latency) {
  summary["latency_ms"] = latency.median_ms;
  summary["latency_spread_ms"] = latency.spread_ms;
  summary["repeats"] = latency.repeats;
  summary["batch"] = key.batch;
  summary["length"] = key.length;
  summary["memory"] = key.memory;
  summary["precision"] = key.precision;
  summary["device"] = key.device;
}

void add_verdict(ordered_json& summary, const NetworkLatency& latency,
                 const std::string& existing) {
  const auto fraction = latency_fraction(latency, existing);
  if (!fraction) return;
  summary["baseline_latency_ms"] = latency.baseline_measured.median_ms;
  summary["fraction"] = *fraction;
  if (const auto target = target_of(summary, CostKind::latency))
    summary["target_met"] = meets_target(*fraction, *target);
}

void add_energy(ordered_json& summary, const NetworkEnergy& energy) {
  summary["joules_per_1000_tokens"] = energy.measured.joules;
  summary["joules_spread_per_1000_tokens"] = energy.measured.spread;
  summary["joules_idle_per_1000_tokens"] = energy.measured.idle;
  summary["idle_watts"] = energy.idle_watts;
  summary["energy_source"] = energy.source;
}

void add_verdict(ordered_json& summary, const NetworkEnergy& energy, const std::string& existing) {
  const auto fraction = energy_fraction(energy, existing);
  if (!fraction) return;
  summary["baseline_joules_per_1000_tokens"] = energy.baseline_measured.joules;
  summary["energy_fraction"] = *fraction;
  if (const auto target = target_of(summary, CostKind::energy))
    summary["target_met"] = meets_target(*fraction, *target);
}

ordered_json summarize(const NetworkInfo& network) {
  ordered_json summary = {{"name", network.name}};
  if (network.validation)
    add_loss(summary, *network.validation, network.text ? network.text->tokens : "bytes");
  const ParameterCount count = count_parameters(network.config, network.architecture);
  summary["parameters"] = count.all;
  summary["active_parameters"] = count.active;
  summary["architecture"] = to_json(network.architecture)["options"];
  if (!network.base.empty()) summary["base"] = network.base;
  if (!network.search.empty()) {
    summary["search"] = network.search;
    summary["target"] = network.target;
    summary["target_cost"] = cost_name(network.target_cost);
  }
  return summary;
}

Result<Architecture> read_architecture(const std::filesystem::path& file,
                                       const BackboneConfig& config) {
  const auto text = read_whole_file(file, 1 << 20);
  if (!text) return tl::unexpected(text.error());
  const auto json = parse_json(
      std::string_view(reinterpret_cast<const char*>(text->data()), text->size()), file.string());
  if (!json) return tl::unexpected(json.error());
  return parse_architecture(*json, config, file.string());
}

}  // namespace plumbline
