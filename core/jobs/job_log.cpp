#include "core/jobs/job_log.h"

#include <cmath>

#include "core/jobs/job.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;
constexpr std::size_t most_points = 4096, most_warnings = 1000, most_metrics = 4096;

std::string text(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<std::int64_t> whole(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

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
  // A depth limit: a line of a million brackets would overflow the stack where it is destroyed.
  constexpr int deepest = 64;
  bool too_deep = false;
  const auto event = nlohmann::json::parse(
      line,
      [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep |= depth > deepest;
        return depth <= deepest;
      },
      /*allow_exceptions=*/false);
  if (too_deep || event.is_discarded() || !event.is_object() ||
      whole(event, "v") != event_version || text(event, "event").empty()) {
    ++ignored;
    return;
  }
  ++events;
  take_event(event);
}

void JobLog::take_event(const nlohmann::json& event) {
  if (const auto time = number(event, "t"); time && *time >= seconds) seconds = *time;
  const std::string name = text(event, "event");
  if (name == "started") {
    started = true;
  } else if (name == "progress") {
    const auto now = whole(event, "done"), all = whole(event, "total");
    if (!now || !all || *now < 0 || *all < 0) return;
    done = *now;
    total = *all;
    phase = text(event, "phase");
    unit = text(event, "unit");
    rate = number(event, "rate").value_or(0);
    eta_s = number(event, "eta_s");
  } else if (name == "metric") {
    const auto value = number(event, "value");
    const auto step = whole(event, "step");
    if (value && step && std::isfinite(*value)) add_point(text(event, "name"), {*step, *value});
  } else if (name == "warning") {
    ++warning_count;
    if (warnings.size() < most_warnings)
      warnings.push_back({text(event, "code"), text(event, "message"), text(event, "sample")});
  } else if (name == "finished") {
    const auto found = event.find("summary");
    summary = found == event.end() ? nlohmann::json() : *found;
  } else if (name == "failed") {
    failure = JobFailure{text(event, "code"), text(event, "message"), text(event, "hint")};
  }
}

void JobLog::add_point(const std::string& name, JobMetricPoint point) {
  if (!metrics.contains(name) && metrics.size() >= most_metrics) return;
  auto& course = metrics[name];
  auto& stride = stride_.try_emplace(name, 1).first->second;
  // Of a thinned metric the last point is replaced until it is `stride` lines away from the one
  // before: the newest value is always there.
  if (course.size() >= 2 && stride > 1 &&
      point.step - course[course.size() - 2].step <
          stride * std::max<std::int64_t>(1, course[1].step - course[0].step) / 2) {
    course.back() = point;
    return;
  }
  course.push_back(point);
  if (course.size() <= most_points) return;
  std::vector<JobMetricPoint> kept;
  kept.reserve(course.size() / 2 + 2);
  for (std::size_t i = 0; i < course.size(); i += 2) kept.push_back(course[i]);
  if (kept.back().step != course.back().step) kept.push_back(course.back());
  course = std::move(kept);
  stride = 2;
}

}  // namespace plumbline
