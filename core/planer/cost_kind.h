#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// What a search saves: milliseconds of a step, or joules of 1,000 tokens.
enum class CostKind { latency, energy };

/// In files: "latency", "energy".
std::string_view cost_name(CostKind kind);
std::optional<CostKind> find_cost(std::string_view name);
/// "3.412 ms", "1.931 J per 1,000 tokens": four digits that count.
std::string cost_with_unit(CostKind kind, double cost);
/// The names of a cost and of a target's in events and JSON: "latency_ms" and "target_ms",
/// "joules_per_1000_tokens" and "target_joules_per_1000_tokens".
std::string_view cost_key(CostKind kind);
std::string_view target_cost_key(CostKind kind);
/// The option of `planer search` that sets a target of this kind.
std::string_view target_option(CostKind kind);

}  // namespace plumbline
