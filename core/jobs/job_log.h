#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/jobs/kind_events.h"
#include "core/jobs/thinned_course.h"

namespace plumbline {

struct JobMetricPoint {
  std::int64_t step = 0;
  double value = 0;
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
/// one is dropped when it has more), 1,000 warnings are kept and the others counted.
class JobLog {
 public:
  /// `own` keeps the events of the job's kind; may be null.
  explicit JobLog(std::unique_ptr<KindEvents> own = nullptr) : own_(std::move(own)) {}

  void feed(std::string_view bytes);

  bool started = false;
  bool waits = false;       ///< its work stands still until it is told to go on
  double seconds = 0;       ///< of the last event, from the job's start
  std::string phase, unit;  ///< "predictions", "bytes"
  std::int64_t done = 0, total = 0;
  double rate = 0;              ///< per second; 0: not known
  std::optional<double> eta_s;  ///< time left
  std::map<std::string, std::vector<JobMetricPoint>> metrics;
  std::vector<JobWarning> warnings;
  std::int64_t warning_count = 0;
  std::vector<std::string> notes;         ///< what the job said of itself, the first hundred
  std::optional<nlohmann::json> summary;  ///< of `finished`
  std::optional<JobFailure> failure;
  std::int64_t events = 0, ignored = 0;  ///< lines

  /// What the events of the job's kind say; null where the log has no record of this type.
  template <class Events>
  const Events* own() const {
    return dynamic_cast<const Events*>(own_.get());
  }

 private:
  void take_line(std::string_view line);
  /// False where a key is missing or of another type.
  bool take_event(const nlohmann::json& event);
  bool take_metric(const nlohmann::json& event);

  std::unique_ptr<KindEvents> own_;
  std::string rest_;                          ///< a line that is not yet whole
  bool skipping_ = false;                     ///< within a line that is too long
  std::map<std::string, Thinning> thinning_;  ///< of the metrics
};

}  // namespace plumbline
