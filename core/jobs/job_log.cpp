#include "core/jobs/job_log.h"

#include <algorithm>
#include <cmath>

#include "core/jobs/job.h"
#include "core/planer/option.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;
constexpr std::size_t most_points = 4096, most_warnings = 1000, most_metrics = 4096;
constexpr std::size_t most_targets = 256, most_slots = 256, longest_word = 200;
// The table of options grows at its end: an older engine's rows are shorter.
constexpr std::size_t fewest_options = 8;
constexpr double largest_target = 10;  // fraction of the baseline's latency

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

/// A number that is there and finite.
std::optional<double> finite(const nlohmann::json& event, const char* key) {
  const auto value = number(event, key);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<double> target_of(const nlohmann::json& event) {
  const auto target = finite(event, "target");
  return target && *target > 0 && *target <= largest_target ? target : std::nullopt;
}

using ProbabilityMap = std::vector<std::vector<float>>;

/// [slot][option]; nothing where it is no such map.
std::optional<ProbabilityMap> probability_map(const nlohmann::json& rows) {
  if (!rows.is_array() || rows.size() > most_slots) return std::nullopt;
  ProbabilityMap map;
  map.reserve(rows.size());
  for (const auto& row : rows) {
    if (!row.is_array() || row.size() < fewest_options || row.size() > slot_options().size())
      return std::nullopt;
    auto& slot = map.emplace_back();
    for (const auto& value : row) {
      constexpr double rounding = 1e-3;
      if (!value.is_number()) return std::nullopt;
      const auto p = value.get<double>();
      if (!(p >= 0 && p <= 1 + rounding)) return std::nullopt;
      slot.push_back(static_cast<float>(p));
    }
    slot.resize(slot_options().size());
  }
  return map;
}

std::optional<std::vector<std::string>> option_list(const nlohmann::json& event) {
  const auto found = event.find("options");
  if (found == event.end() || !found->is_array() || found->size() > most_slots) return std::nullopt;
  std::vector<std::string> options;
  for (const auto& name : *found) {
    if (!name.is_string() || name.get_ref<const std::string&>().size() > longest_word)
      return std::nullopt;
    options.push_back(name.get<std::string>());
  }
  return options;
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
  ++(take_event(event) ? events : ignored);
}

bool JobLog::take_event(const nlohmann::json& event) {
  if (const auto time = number(event, "t"); time && *time >= seconds) seconds = *time;
  const std::string name = text(event, "event");
  if (name == "started") {
    started = true;
  } else if (name == "progress") {
    const auto now = whole(event, "done"), all = whole(event, "total");
    if (!now || !all || *now < 0 || *all < 0) return false;
    done = *now;
    total = *all;
    phase = text(event, "phase");
    unit = text(event, "unit");
    rate = number(event, "rate").value_or(0);
    eta_s = number(event, "eta_s");
  } else if (name == "metric") {
    return take_metric(event);
  } else if (name == "point") {
    return take_point(event);
  } else if (name == "architecture") {
    return take_architecture(event);
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
  return true;
}

bool JobLog::take_metric(const nlohmann::json& event) {
  const auto value = finite(event, "value");
  const auto step = whole(event, "step");
  if (!value || !step) return false;
  const std::string name = text(event, "name");
  if (!metrics.contains(name) && metrics.size() >= most_metrics) return false;
  add_thinned(metrics[name], metric_thinning_[name], {*step, *value});
  return true;
}

bool JobLog::take_point(const nlohmann::json& event) {
  const auto target = target_of(event);
  const auto step = whole(event, "step");
  const auto latency = finite(event, "latency_ms"), loss = finite(event, "loss");
  const std::string of = text(event, "search");
  if (!target || !step || *step < 0 || !latency || !loss || of.size() > longest_word) return false;
  if (!points.contains(*target) && points.size() >= most_targets) return false;
  if (const auto map = event.find("probabilities"); map != event.end() && !map->is_null()) {
    auto parsed = probability_map(*map);
    if (!parsed) return false;
    probabilities[*target] = std::move(*parsed);
  }
  if (!of.empty()) search = of;
  auto& course = points[*target];
  auto& thinning = point_thinning_[*target];
  if (!course.empty() && course.back().step >= *step) {
    const auto again =
        std::ranges::lower_bound(course, *step, std::ranges::less(), &JobSearchPoint::step);
    course.erase(again, course.end());
    thinning.count = static_cast<std::int64_t>(course.size()) * thinning.stride;
    thinning.last_is_extra = false;
  }
  add_thinned(
      course, thinning,
      JobSearchPoint{*target, *step, *latency, *loss, finite(event, "target_ms").value_or(0),
                     finite(event, "temperature").value_or(0)});
  return true;
}

bool JobLog::take_architecture(const nlohmann::json& event) {
  const auto target = target_of(event);
  auto options = option_list(event);
  JobArchitecture architecture;
  architecture.state = text(event, "state");
  architecture.network = text(event, "network");
  const bool known_state = architecture.state == "searching" ||
                           architecture.state == "retraining" || architecture.state == "done";
  if (!target || !options || !known_state || architecture.network.size() > longest_word)
    return false;
  architecture.target = *target;
  architecture.options = std::move(*options);
  architecture.latency_ms = finite(event, "latency_ms");
  architecture.latency_spread_ms = finite(event, "latency_spread_ms");
  architecture.baseline_latency_ms = finite(event, "baseline_latency_ms");
  architecture.validation_loss = finite(event, "validation_loss");
  architecture.validation_error = finite(event, "validation_error");
  const auto same = std::ranges::find_if(architectures, [&](const JobArchitecture& other) {
    return other.target == *target && other.state == architecture.state;
  });
  if (same != architectures.end())
    *same = std::move(architecture);
  else if (architectures.size() < 3 * most_targets)
    architectures.push_back(std::move(architecture));
  else
    return false;
  return true;
}

template <class Point>
void JobLog::add_thinned(std::vector<Point>& course, Thinning& thinning, Point point) {
  if (thinning.last_is_extra)
    course.back() = std::move(point);
  else
    course.push_back(std::move(point));
  thinning.last_is_extra = thinning.count % thinning.stride != 0;
  ++thinning.count;
  if (course.size() <= most_points) return;
  std::vector<Point> kept;
  kept.reserve(most_points);
  for (std::size_t i = 0; i < course.size(); i += 2) kept.push_back(course[i]);
  if (course.size() % 2 == 0) {
    kept.push_back(course.back());
    thinning.last_is_extra = true;
  }
  course = std::move(kept);
  thinning.stride *= 2;
}

}  // namespace plumbline
