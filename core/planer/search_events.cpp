#include "core/planer/search_events.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/jobs/event_fields.h"
#include "core/planer/option.h"

namespace plumbline {

namespace {

constexpr std::size_t most_event_targets = 256, most_event_slots = 256, longest_event_word = 200;
// The table of options grows at its end: an older engine's rows are shorter.
constexpr std::size_t fewest_options = 8;
constexpr double largest_target = 10;  // fraction of the baseline's cost

std::optional<double> target_field(const nlohmann::json& event) {
  const auto target = finite_field(event, "target");
  return target && *target > 0 && *target <= largest_target ? target : std::nullopt;
}

/// Probabilities [slot][option]; nothing where it is no such map.
std::optional<ProbabilityMap> read_probability_map(const nlohmann::json& rows) {
  if (!rows.is_array() || rows.size() > most_event_slots) return std::nullopt;
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
  if (found == event.end() || !found->is_array() || found->size() > most_event_slots)
    return std::nullopt;
  std::vector<std::string> names;
  for (const auto& name : *found) {
    if (!name.is_string() || name.get_ref<const std::string&>().size() > longest_event_word)
      return std::nullopt;
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

std::optional<bool> SearchEvents::take(std::string_view event, const nlohmann::json& fields) {
  if (event == "point") return take_point(fields);
  if (event == "architecture") return take_architecture(fields);
  return std::nullopt;
}

bool SearchEvents::take_point(const nlohmann::json& event) {
  const auto target = target_field(event);
  const auto step = whole_field(event, "step");
  const CostKind kind = event.contains(std::string(cost_key(CostKind::energy))) ? CostKind::energy
                                                                                : CostKind::latency;
  const auto cost = finite_field(event, std::string(cost_key(kind)).c_str()),
             loss = finite_field(event, "loss");
  const std::string of = text_field(event, "search");
  if (!target || !step || *step < 0 || !cost || !loss || of.size() > longest_event_word)
    return false;
  if (!points.contains(*target) && points.size() >= most_event_targets) return false;
  if (const auto map = event.find("probabilities"); map != event.end() && !map->is_null()) {
    auto parsed = read_probability_map(*map);
    if (!parsed) return false;
    probabilities[*target] = std::move(*parsed);
  }
  if (!of.empty()) search = of;
  auto& course = points[*target];
  auto& thinning = thinning_[*target];
  if (!course.empty() && course.back().step >= *step) {
    const auto again =
        std::ranges::lower_bound(course, *step, std::ranges::less(), &JobSearchPoint::step);
    course.erase(again, course.end());
    thinning.count = static_cast<std::int64_t>(course.size()) * thinning.stride;
    thinning.last_is_extra = false;
  }
  add_thinned(
      course, thinning,
      JobSearchPoint{*target, *step, *cost, *loss,
                     finite_field(event, std::string(target_cost_key(kind)).c_str()).value_or(0),
                     finite_field(event, "temperature").value_or(0), kind});
  return true;
}

bool SearchEvents::take_architecture(const nlohmann::json& event) {
  const auto target = target_field(event);
  auto options = option_list(event);
  JobArchitecture architecture;
  architecture.state = text_field(event, "state");
  architecture.network = text_field(event, "network");
  const bool known_state = architecture.state == "searching" ||
                           architecture.state == "retraining" || architecture.state == "done";
  if (!target || !options || !known_state || architecture.network.size() > longest_event_word)
    return false;
  architecture.target = *target;
  architecture.options = std::move(*options);
  architecture.latency_ms = finite_field(event, "latency_ms");
  architecture.latency_spread_ms = finite_field(event, "latency_spread_ms");
  architecture.baseline_latency_ms = finite_field(event, "baseline_latency_ms");
  architecture.joules = finite_field(event, "joules_per_1000_tokens");
  architecture.joules_spread = finite_field(event, "joules_spread_per_1000_tokens");
  architecture.baseline_joules = finite_field(event, "baseline_joules_per_1000_tokens");
  architecture.validation_loss = finite_field(event, "validation_loss");
  architecture.validation_error = finite_field(event, "validation_error");
  const auto same = std::ranges::find_if(architectures, [&](const JobArchitecture& other) {
    return other.target == *target && other.state == architecture.state;
  });
  if (same != architectures.end())
    *same = std::move(architecture);
  else if (architectures.size() < 3 * most_event_targets)
    architectures.push_back(std::move(architecture));
  else
    return false;
  return true;
}

std::unique_ptr<KindEvents> search_events_of(std::string_view kind) {
  if (kind != "planer-search" && kind != "planer-sweep") return nullptr;
  return std::make_unique<SearchEvents>();
}

const SearchEvents& search_events(const JobLog& log) {
  static const SearchEvents none;
  const auto* kept = log.own<SearchEvents>();
  return kept == nullptr ? none : *kept;
}

}  // namespace plumbline
