#include "core/jobs/job_log.h"

#include "core/jobs/event_fields.h"
#include "core/jobs/job.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;
constexpr std::size_t most_warnings = 1000, most_metrics = 4096, most_notes = 100;

}  // namespace

void JobLog::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (!skipping_) {
      if (rest_.size() + piece.size() > longest_line) {
        skipping_ = true;
        rest_.clear();
      } else {
        rest_ += piece;
      }
    }
    if (end == std::string_view::npos) return;
    if (skipping_)
      ++ignored;
    else
      take_line(rest_);
    skipping_ = false;
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void JobLog::take_line(std::string_view line) {
  if (line.empty()) return;
  const auto event = parse_json(line, "");
  if (!event || !event->is_object() || whole_field(*event, "v") != event_version ||
      text_field(*event, "event").empty()) {
    ++ignored;
    return;
  }
  ++(take_event(*event) ? events : ignored);
}

bool JobLog::take_event(const nlohmann::json& event) {
  if (const auto time = number_field(event, "t"); time && *time >= seconds) seconds = *time;
  const std::string name = text_field(event, "event");
  if (name == "started") {
    started = true;
  } else if (name == "paused" || name == "resumed") {
    waits = name == "paused";
  } else if (name == "progress") {
    const auto now = whole_field(event, "done"), all = whole_field(event, "total");
    if (!now || !all || *now < 0 || *all < 0) return false;
    done = *now;
    total = *all;
    phase = text_field(event, "phase");
    unit = text_field(event, "unit");
    rate = number_field(event, "rate").value_or(0);
    eta_s = number_field(event, "eta_s");
  } else if (name == "metric") {
    return take_metric(event);
  } else if (name == "warning") {
    ++warning_count;
    if (warnings.size() < most_warnings)
      warnings.push_back(
          {text_field(event, "code"), text_field(event, "message"), text_field(event, "sample")});
  } else if (name == "note") {
    if (notes.size() < most_notes) notes.push_back(text_field(event, "message"));
  } else if (name == "finished") {
    const auto found = event.find("summary");
    summary = found == event.end() ? nlohmann::json() : *found;
  } else if (name == "failed") {
    failure = JobFailure{text_field(event, "code"), text_field(event, "message"),
                         text_field(event, "hint")};
  } else if (own_) {
    return own_->take(name, event).value_or(true);
  }
  return true;
}

bool JobLog::take_metric(const nlohmann::json& event) {
  const auto value = finite_field(event, "value");
  const auto step = whole_field(event, "step");
  if (!value || !step) return false;
  const std::string name = text_field(event, "name");
  if (!metrics.contains(name) && metrics.size() >= most_metrics) return false;
  add_thinned(metrics[name], thinning_[name], JobMetricPoint{*step, *value});
  return true;
}

}  // namespace plumbline
