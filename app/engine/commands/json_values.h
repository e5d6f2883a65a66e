#pragma once
#include <optional>

#include <nlohmann/json.hpp>

namespace plumbline {

/// A figure as it is printed; null where there is none.
inline nlohmann::ordered_json value_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

}  // namespace plumbline
