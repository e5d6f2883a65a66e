#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace plumbline {

struct JobMetricPoint {
  std::int64_t step = 0;
  double value = 0;
};

/// A `point` event.
struct JobSearchPoint {
  double target = 0;  ///< fraction of the baseline's latency
  std::int64_t step = 0;
  double latency_ms = 0, loss = 0, target_ms = 0, temperature = 0;
};

/// An `architecture` event: the last of its target and state.
struct JobArchitecture {
  double target = 0;
  std::string state, network;
  std::vector<std::string> options;
  std::optional<double> latency_ms, latency_spread_ms, baseline_latency_ms;
  std::optional<double> validation_loss, validation_error;
};

struct JobWarning {
  std::string code, message, sample;
};

struct JobFailure {
  std::string code, message, hint;
};

/// What a job's events say so far. Fed with the bytes of `events.jsonl` as they arrive, in whatever
/// pieces: a line counts when it is whole. What is no event of this version (garbage, a cut line, a
/// key of another type) is counted and left out; nothing that a file holds makes it fail. Memory is
/// bounded: a line of more than 1 MiB is dropped, a metric keeps at most 4,096 points (every second
/// one is dropped when it has more), 1,000 warnings are kept and the others counted; points as a
/// metric's, each target's for itself; the last probability map of each target.
class JobLog {
 public:
  void feed(std::string_view bytes);

  bool started = false;
  double seconds = 0;       ///< of the last event, from the job's start
  std::string phase, unit;  ///< "predictions", "bytes"
  std::int64_t done = 0, total = 0;
  double rate = 0;              ///< per second; 0: not known
  std::optional<double> eta_s;  ///< time left
  std::map<std::string, std::vector<JobMetricPoint>> metrics;
  std::string search;                                               ///< of the points
  std::map<double, std::vector<JobSearchPoint>> points;             ///< by target
  std::map<double, std::vector<std::vector<float>>> probabilities;  ///< [slot][option] by target
  std::vector<JobArchitecture> architectures;
  std::vector<JobWarning> warnings;
  std::int64_t warning_count = 0;
  std::optional<nlohmann::json> summary;  ///< of `finished`
  std::optional<JobFailure> failure;
  std::int64_t events = 0, ignored = 0;  ///< lines

 private:
  void take_line(std::string_view line);
  void take_event(const nlohmann::json& event);
  void add_point(const std::string& name, JobMetricPoint point);

  std::string rest_;       ///< a line that is not yet whole
  bool skipping_ = false;  /// within a line that is too long
  std::map<std::string, std::int64_t> stride_;
};

}  // namespace plumbline
