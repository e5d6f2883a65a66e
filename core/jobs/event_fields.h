#pragma once
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

/// The fields of one event line. They come from a file: a field that is missing or of another type
/// is nothing, never an error.
namespace plumbline {

/// Empty where the field is missing or is not a text.
inline std::string text_field(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline std::optional<double> number_field(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

/// A number that is neither infinite nor NaN.
inline std::optional<double> finite_field(const nlohmann::json& event, const char* key) {
  const auto value = number_field(event, key);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

inline std::optional<std::int64_t> whole_field(const nlohmann::json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace plumbline
