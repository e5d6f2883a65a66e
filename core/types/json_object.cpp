#include "core/types/json_object.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int deepest = 64;

const json& empty_object() {
  static const json empty = json::object();
  return empty;
}

const json& empty_list() {
  static const json empty = json::array();
  return empty;
}

const json& nothing() {
  static const json null;
  return null;
}

/// Nothing where the number is not an integer, or does not fit into 64 bits with a sign.
std::optional<std::int64_t> whole_number(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return value.get<std::int64_t>();
}

template <class Json>
Result<Json> parse_bounded(std::string_view text, const std::string& where) {
  bool too_deep = false;
  Json document = Json::parse(
      text,
      [&](int depth, typename Json::parse_event_t, Json&) {
        too_deep |= depth > deepest;
        return depth <= deepest;
      },
      /*allow_exceptions=*/false);
  if (too_deep)
    return bad_input(fmt::format("has more than {} levels of brackets", deepest), where);
  if (document.is_discarded()) return bad_input("is not a JSON document", where);
  return document;
}

}  // namespace

Result<json> parse_json(std::string_view text, const std::string& where) {
  return parse_bounded<json>(text, where);
}

Result<ordered_json> parse_ordered_json(std::string_view text, const std::string& where) {
  return parse_bounded<ordered_json>(text, where);
}

JsonObject::JsonObject(const json& value, std::string path, JsonErrors& errors)
    : value_(value.is_object() ? value : empty_object()), path_(std::move(path)), errors_(errors) {
  if (value.is_object() || errors_.first) return;
  errors_.first = Error{
      ErrorKind::bad_input,
      path_.empty() ? "is not a JSON object"
                    : fmt::format("'{}' must be an object", path_.substr(0, path_.size() - 1)),
      errors_.where, errors_.hint};
}

void JsonObject::wrong(std::string_view key, std::string_view expected) {
  if (!errors_.first)
    errors_.first = Error{ErrorKind::bad_input, fmt::format("'{}{}' {}", path_, key, expected),
                          errors_.where, errors_.hint};
}

bool JsonObject::has(std::string_view key) const { return value_.contains(key); }

const json* JsonObject::find(std::string_view key, bool needed) {
  known_.emplace(key);
  const auto found = value_.find(key);
  if (found != value_.end()) return &*found;
  if (needed) wrong(key, "is missing");
  return nullptr;
}

std::int64_t JsonObject::integer(std::string_view key, std::int64_t minimum, std::int64_t maximum,
                                 std::optional<std::int64_t> fallback) {
  const json* value = find(key, !fallback);
  const auto other = fallback.value_or(minimum);
  if (!value) return other;
  const auto number = whole_number(*value);
  if (number && *number >= minimum && *number <= maximum) return *number;
  return wrong(key, fmt::format("must be an integer from {} to {}", minimum, maximum)), other;
}

double JsonObject::number(std::string_view key, double minimum, double maximum,
                          std::optional<double> fallback) {
  const json* value = find(key, !fallback);
  const double other = fallback.value_or(minimum);
  if (!value) return other;
  // Also false for what is not a number.
  if (value->is_number() && value->get<double>() >= minimum && value->get<double>() <= maximum &&
      std::isfinite(value->get<double>()))
    return value->get<double>();
  return wrong(key,
               fmt::format("must be a number from {} to {}", shortest(minimum), shortest(maximum))),
         other;
}

bool JsonObject::flag(std::string_view key, std::optional<bool> fallback) {
  const json* value = find(key, !fallback);
  const bool other = fallback.value_or(false);
  if (!value) return other;
  if (value->is_boolean()) return value->get<bool>();
  return wrong(key, "must be true or false"), other;
}

std::string JsonObject::text(std::string_view key, std::size_t longest,
                             std::optional<std::string> fallback) {
  const json* value = find(key, !fallback);
  if (!value) return fallback.value_or("");
  if (value->is_string() && value->get_ref<const std::string&>().size() <= longest)
    return value->get<std::string>();
  return wrong(key, fmt::format("must be a string of at most {} bytes", longest)),
         fallback.value_or("");
}

std::size_t JsonObject::choice(std::string_view key, std::span<const std::string_view> choices,
                               std::optional<std::size_t> fallback) {
  const json* value = find(key, !fallback);
  const std::size_t other = fallback.value_or(0);
  if (!value) return other;
  std::size_t place = 0;
  for (const auto word : choices) {
    if (value->is_string() && value->get_ref<const std::string&>() == word) return place;
    ++place;
  }
  return wrong(key, fmt::format("must be one of: {}", fmt::join(choices, ", "))), other;
}

JsonObject JsonObject::object(std::string_view key) {
  const json* value = find(key, true);
  return {value ? *value : empty_object(), fmt::format("{}{}.", path_, key), errors_};
}

const json& JsonObject::list(std::string_view key, std::size_t longest, bool needed) {
  const json* value = find(key, needed);
  if (!value) return empty_list();
  if (value->is_array() && value->size() <= longest) return *value;
  return wrong(key, fmt::format("must be a list of at most {} entries", longest)), empty_list();
}

const json& JsonObject::any(std::string_view key) {
  const json* value = find(key, true);
  return value ? *value : nothing();
}

void JsonObject::refuse_unknown() {
  for (const auto& [key, value] : value_.items())
    if (!known_.contains(key))
      return wrong(key.substr(0, 80),
                   fmt::format("is not a known key; keys: {}", fmt::join(known_, ", ")));
}

}  // namespace plumbline
