#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/jobs/job_log.h"
#include "core/planer/cost_kind.h"
#include "core/planer/probability_map.h"

/// The events of a search (DESIGN 3) beside those that every job has:
/// `point`: search, target, step, latency_ms, loss, target_ms, temperature (of a search that saves
///   energy joules_per_1000_tokens and target_joules_per_1000_tokens), and now and then
///   probabilities [slot][option];
/// `architecture`, one that the search has come to: search, target, state (searching, retraining,
///   done), options (names by slot), and where known network, latency_ms, latency_spread_ms,
///   baseline_latency_ms, joules_per_1000_tokens, joules_spread_per_1000_tokens,
///   baseline_joules_per_1000_tokens, validation_loss, validation_error (nats per token).
namespace plumbline {

/// A `point` event.
struct JobSearchPoint {
  double target = 0;  ///< fraction of the baseline's cost
  std::int64_t step = 0;
  double cost = 0;  ///< estimated: ms, or joules of 1,000 tokens
  double loss = 0;
  double target_cost = 0;  ///< the estimate that is aimed at
  double temperature = 0;
  CostKind kind = CostKind::latency;
};

/// An `architecture` event: the last of its target and state.
struct JobArchitecture {
  double target = 0;
  std::string state, network;
  std::vector<std::string> options;
  std::optional<double> latency_ms, latency_spread_ms, baseline_latency_ms;
  std::optional<double> joules, joules_spread, baseline_joules;  ///< of 1,000 tokens
  std::optional<double> validation_loss, validation_error;
};

/// What a search's events say so far. Bounded: each of at most 256 targets keeps the course of its
/// points as a metric's, and its last probability map of at most 256 slots. A step that comes again
/// (training was rolled back) takes the place of those from there on.
class SearchEvents : public KindEvents {
 public:
  std::optional<bool> take(std::string_view event, const nlohmann::json& fields) override;

  std::string search;                                    ///< that the points belong to
  std::map<double, std::vector<JobSearchPoint>> points;  ///< by target
  std::map<double, ProbabilityMap> probabilities;        ///< by target
  std::vector<JobArchitecture> architectures;

 private:
  bool take_point(const nlohmann::json& event);
  bool take_architecture(const nlohmann::json& event);
  std::map<double, Thinning> thinning_;
};

/// For the kinds that are searches ("planer-search", "planer-sweep"); null for others.
std::unique_ptr<KindEvents> search_events_of(std::string_view kind);

/// The events that a search's log keeps; empty for any other log.
const SearchEvents& search_events(const JobLog& log);

}  // namespace plumbline
