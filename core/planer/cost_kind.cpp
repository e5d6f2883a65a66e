#include "core/planer/cost_kind.h"

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::string_view latency_word = "latency", energy_word = "energy";

}  // namespace

std::string_view cost_name(CostKind kind) {
  return kind == CostKind::latency ? latency_word : energy_word;
}

std::optional<CostKind> find_cost(std::string_view name) {
  if (name == latency_word) return CostKind::latency;
  if (name == energy_word) return CostKind::energy;
  return std::nullopt;
}

std::string cost_with_unit(CostKind kind, double cost) {
  return kind == CostKind::latency ? fmt::format("{:.4g} ms", cost)
                                   : fmt::format("{:.4g} J per 1,000 tokens", cost);
}

std::string_view cost_key(CostKind kind) {
  return kind == CostKind::latency ? "latency_ms" : "joules_per_1000_tokens";
}

std::string_view target_cost_key(CostKind kind) {
  return kind == CostKind::latency ? "target_ms" : "target_joules_per_1000_tokens";
}

std::string_view target_option(CostKind kind) {
  return kind == CostKind::latency ? "--target" : "--target-energy";
}

}  // namespace plumbline
