#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/architecture.h"
#include "core/planer/backbone_config.h"
#include "core/types/error.h"

namespace plumbline {

/// What a step's latency, or energy, depends on besides the network. A "step" is one forward pass
/// of `batch` segments of `length` tokens with `memory` tokens of cached keys and values before
/// them.
struct StepKey {
  std::string device;  ///< device_name(): "NVIDIA H200", "CPU AMD EPYC, 2 threads"
  std::int64_t batch = 0, length = 0, memory = 0;
  std::string precision;  ///< fp32, tf32, bf16, fp16
  friend auto operator<=>(const StepKey&, const StepKey&) = default;
};
nlohmann::ordered_json to_json(const StepKey& key);
Result<StepKey> parse_step_key(const nlohmann::json& json, const std::string& where);

/// Whether options of both backbones cost the same, time or energy, under equal keys: everything
/// but the name, dropout and the lengths of segments is equal.
bool same_costs(const BackboneConfig& a, const BackboneConfig& b);

/// Median and interquartile range of repeated measurements, in milliseconds.
struct MeasuredLatency {
  double median_ms = 0, spread_ms = 0;
  int repeats = 0;
};
/// The spread as a share of the median: how quiet the machine was. Infinite where nothing was
/// measured, or less than four times, when there are no quartiles.
double relative_spread(const MeasuredLatency& latency);

/// Latencies of every option on one device for one shape of input, and of what is not in slots.
struct LatencyTable {
  StepKey key;
  BackboneConfig config;
  bool cuda_graph = false;
  /// By option, in the table's order; nothing where the option cannot be measured there.
  std::vector<std::optional<MeasuredLatency>> options;
  MeasuredLatency embedding, softmax;
  /// What residual and normalisation take within every option but skip; contained in `options`.
  MeasuredLatency norm;
  /// The baseline, measured whole, beside its estimate from this table.
  MeasuredLatency baseline;
  std::string measured_at;  ///< ISO date and time, UTC

  /// Median of an option; skip is 0 where it was not measured.
  std::optional<double> option_ms(OptionIndex option) const;
  /// embedding + softmax + the slots' options, in ms; nothing where one of them was not measured.
  std::optional<double> estimate_ms(const Architecture& architecture) const;
  /// estimate / measured − 1 for the baseline; NaN where either is missing.
  double estimate_error() const;
};

nlohmann::ordered_json to_json(const LatencyTable& table);
Result<LatencyTable> parse_latency_table(const nlohmann::json& json, const std::string& where);

/// Where a network's time goes: milliseconds by kind. The norm's part is taken out of every option,
/// so that the total is the estimate.
struct LatencyShares {
  double attention = 0, feed_forward = 0, experts = 0, norm = 0, embedding = 0, softmax = 0;
  double total() const { return attention + feed_forward + experts + norm + embedding + softmax; }
};
std::optional<LatencyShares> latency_shares(const LatencyTable& table,
                                            const Architecture& architecture);

}  // namespace plumbline
