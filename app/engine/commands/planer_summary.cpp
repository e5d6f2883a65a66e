#include "app/engine/commands/planer_summary.h"

#include "core/planer/architecture.h"
#include "core/planer/cost_kind.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr const char* nothing = "–";

/// Null where the key is not there.
const nlohmann::ordered_json& value_of(const nlohmann::ordered_json& summary, const char* key) {
  static const nlohmann::ordered_json null;
  const auto found = summary.is_object() ? summary.find(key) : summary.end();
  return found == summary.end() ? null : *found;
}

}  // namespace

std::string text_of(const nlohmann::ordered_json& summary, const char* key) {
  const auto& value = value_of(summary, key);
  return value.is_string() && !value.get_ref<const std::string&>().empty()
             ? visible_text(value.get_ref<const std::string&>())
             : nothing;
}

std::string count_of(const nlohmann::ordered_json& summary, const char* key) {
  const auto& value = value_of(summary, key);
  return value.is_number_integer() ? std::to_string(value.get<std::int64_t>()) : nothing;
}

std::string figure_of(const nlohmann::ordered_json& summary, const char* key, int digits) {
  const auto& value = value_of(summary, key);
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), digits) : nothing;
}

std::string loss_of(const nlohmann::ordered_json& summary) {
  if (value_of(summary, "bits_per_byte").is_number()) {
    return figure_of(summary, "bits_per_byte", 3) + " bits per byte";
  }
  if (value_of(summary, "perplexity").is_number()) {
    return "perplexity " + figure_of(summary, "perplexity", 2);
  }
  if (value_of(summary, "validation_loss").is_number()) {
    return figure_of(summary, "validation_loss", 4) + " nats per token";
  }
  return nothing;
}

std::string latency_of(const nlohmann::ordered_json& summary) {
  if (!value_of(summary, "latency_ms").is_number()) return nothing;
  std::string text = figure_of(summary, "latency_ms", 3);
  if (value_of(summary, "latency_spread_ms").is_number()) {
    text += " ± " + figure_of(summary, "latency_spread_ms", 3);
  }
  return text + " ms";
}

std::string strip_of(const nlohmann::ordered_json& summary) {
  const auto* names = &value_of(summary, "architecture");
  if (names->is_object()) names = &value_of(*names, "options");
  if (!names->is_array()) return nothing;
  Architecture architecture;
  for (const auto& name : *names) {
    const auto option =
        name.is_string() ? find_option(name.get_ref<const std::string&>()) : std::nullopt;
    if (!option) return nothing;
    architecture.push_back(*option);
  }
  return strip_text(architecture);
}

std::string energy_of(const nlohmann::ordered_json& summary) {
  if (!value_of(summary, "joules_per_1000_tokens").is_number()) return nothing;
  return figure_of(summary, "joules_per_1000_tokens", 3) + " J";
}

void warn_of_damaged(const std::vector<std::string>& damaged) {
  for (const std::string& text : damaged) fmt::print(stderr, "warning: {}\n", visible_text(text));
}

void print_network(const nlohmann::ordered_json& network) {
  const auto& met = value_of(network, "target_met");
  std::string energy, target = figure_of(network, "target", 3) + " ×";
  if (value_of(network, "joules_per_1000_tokens").is_number())
    energy = fmt::format("{} per 1,000 tokens  {} ×  ", energy_of(network),
                         figure_of(network, "energy_fraction", 3));
  if (text_of(network, "target_cost") == cost_name(CostKind::energy))
    target += fmt::format(" of {} J per 1,000 tokens",
                          figure_of(network, "baseline_joules_per_1000_tokens", 3));
  fmt::print("  {:20} {:>20}  {:>5} ×  {}{:24} {:>10} parameters  {}{}\n", text_of(network, "name"),
             latency_of(network), figure_of(network, "fraction", 3), energy, loss_of(network),
             count_of(network, "parameters"), strip_of(network),
             !met.is_boolean() ? std::string()
             : met.get<bool>() ? "  target " + target + " met"
                               : "  above the target " + target);
}

}  // namespace plumbline
