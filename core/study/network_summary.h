#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/planer/architecture.h"
#include "core/study/planer_records.h"

namespace plumbline {

/// The keys of `planer evaluate --json` (DESIGN 4) that a network has without a device: name,
/// validation_loss, bits_per_byte or perplexity, parameters, architecture …
nlohmann::ordered_json summarize(const NetworkInfo& network);
/// A loss on a text, in place of one that is there. `tokens`: that text's; bytes have bits per
/// byte, others a perplexity.
void add_loss(nlohmann::ordered_json& summary, const MeasuredLoss& loss, std::string_view tokens);
void add_latency(nlohmann::ordered_json& summary, const StepKey& key,
                 const MeasuredLatency& latency);
/// baseline_latency_ms, fraction and, of a network with a target of latency, target_met, where it
/// was measured in turns with the existing network; else nothing.
void add_verdict(nlohmann::ordered_json& summary, const NetworkLatency& latency,
                 const std::string& existing);

/// joules_per_1000_tokens, joules_spread_per_1000_tokens, joules_idle_per_1000_tokens, idle_watts,
/// energy_source.
void add_energy(nlohmann::ordered_json& summary, const NetworkEnergy& energy);
/// baseline_joules_per_1000_tokens, energy_fraction and, of a network with a target of energy,
/// target_met, likewise.
void add_verdict(nlohmann::ordered_json& summary, const NetworkEnergy& energy,
                 const std::string& existing);

/// An architecture's JSON file, bounded at 1 MiB.
Result<Architecture> read_architecture(const std::filesystem::path& file,
                                       const BackboneConfig& config);

}  // namespace plumbline
