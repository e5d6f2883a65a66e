#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/planer/architecture.h"
#include "core/planer/backbone_config.h"
#include "core/planer/front/cost_table.h"
#include "core/planer/front/energy_table.h"
#include "core/planer/front/latency_table.h"
#include "core/planer/front/surrogate.h"

namespace plumbline {

/// Where a network came from. `free`: what LiteTransformerSearch's rule chooses without any search.
enum class NetworkOrigin { trained, imported, found, random, free };

/// The text that a network was trained or is judged on.
struct TextReference {
  std::string file;              ///< absolute path
  std::string hash;              ///< XXH3-128 of the file
  std::string tokens = "bytes";  ///< bytes, words, uint16
  /// Shares of the stream, in order: the rest is for testing.
  double train = 0.9, validation = 0.05;
  friend bool operator==(const TextReference&, const TextReference&) = default;
};

/// Loss on a stretch of text, nats per token. `error`: standard error of the mean over segments
/// (blocks of 4,096 tokens, so that neighbours' dependence counts).
struct MeasuredLoss {
  double nats = 0, error = 0;
  std::int64_t tokens = 0;
};

/// A language model of the study: weights in `networks/NAME.safetensors`.
struct NetworkInfo {
  std::int64_t id = 0;
  std::string name;
  NetworkOrigin origin = NetworkOrigin::trained;
  BackboneConfig config;
  Architecture architecture;
  std::filesystem::path file;  ///< relative to the study's folder
  std::string hash;            ///< XXH3-128
  std::string base;            ///< the network whose weights it began with; may be empty
  std::string search;          ///< the search that found it; may be empty
  double target = 0;           ///< of its search, a fraction of the baseline's cost; 0: none
  CostKind target_cost = CostKind::latency;  ///< what that is a fraction of
  std::optional<TextReference> text;
  std::optional<MeasuredLoss> validation;
  nlohmann::ordered_json training;  ///< settings and course: steps, seed, batch, seconds …
  std::string made_at;              ///< ISO date and time, UTC
};

/// A network's measured latency, and the baseline's in the same interleaved measurement.
struct NetworkLatency {
  std::string network;
  StepKey key;
  MeasuredLatency measured;
  std::string baseline;  ///< name of the network measured beside it; may be empty
  MeasuredLatency baseline_measured;
};

/// A network's measured energy, and the baseline's in the same interleaved measurement.
struct NetworkEnergy {
  std::string network;
  StepKey key;
  TokenEnergy measured;
  std::string baseline;  ///< name of the network measured beside it; may be empty
  TokenEnergy baseline_measured;
  double idle_watts = 0;  ///< of the device at rest
  std::string source;     ///< who counted: "NVML", "RAPL of 2 packages"
};

/// One search (or sweep): a network, a text and targets in; networks out.
struct SearchInfo {
  std::int64_t id = 0;
  std::string name;
  std::string base;  ///< the existing network
  BackboneConfig config;
  StepKey key;                        ///< of the table it uses, of latencies or of energies
  CostKind cost = CostKind::latency;  ///< what it saves: part of its settings
  TextReference text;
  std::vector<double> targets;  ///< fractions of the baseline's cost, in the order of their turn
  nlohmann::ordered_json settings;  ///< steps, seed, temperatures …
  std::optional<LossIncrements> increments;
};

/// A step of a search: what was estimated, what was lost, how sure it is.
struct SearchPoint {
  double target = 0;  ///< fraction
  std::int64_t step = 0;
  double cost = 0;  ///< estimated: ms, or joules of 1,000 tokens, as the search's kind is
  double loss = 0;  ///< nats per token, smoothed by the engine
  std::vector<std::vector<float>> probabilities;  ///< [slot][option]; may be empty
};

}  // namespace plumbline
