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
/// metric's, each of at most 256 targets for itself; the last probability map of each target, of at
/// most 256 slots. A step that comes again (training was rolled back) takes the place of those from
/// there on.
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
  /// Of a course that had more points than are kept: every `stride`-th stays, and the newest.
  struct Thinning {
    std::int64_t stride = 1, count = 0;
    bool last_is_extra = false;  ///< the newest is none of those that stay
  };

  void take_line(std::string_view line);
  /// False where a key is missing or of another type.
  bool take_event(const nlohmann::json& event);
  bool take_metric(const nlohmann::json& event);
  bool take_point(const nlohmann::json& event);
  bool take_architecture(const nlohmann::json& event);
  template <class Point>
  static void add_thinned(std::vector<Point>& course, Thinning& thinning, Point point);

  std::string rest_;       ///< a line that is not yet whole
  bool skipping_ = false;  /// within a line that is too long
  std::map<std::string, Thinning> metric_thinning_;
  std::map<double, Thinning> point_thinning_;
};

}  // namespace plumbline
