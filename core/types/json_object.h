#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/types/error.h"

namespace plumbline {

/// A JSON text of at most 64 levels; deeper ones could overflow the stack where they are destroyed.
/// Errors name `where`. Numbers that no double holds are errors too.
Result<nlohmann::json> parse_json(std::string_view text, const std::string& where);
Result<nlohmann::ordered_json> parse_ordered_json(std::string_view text, const std::string& where);

/// The first thing that is wrong in a document, and what its errors say besides.
struct JsonErrors {
  std::string where, hint;
  std::optional<Error> first;
};

/// Reads the keys of one object of an untrusted document. What is wrong (a key that is missing, of
/// another type, out of its range, unknown) is kept in JsonErrors, of which the first counts; a
/// value is returned in any case, so that a reader looks at the errors once, at its end. A key
/// without a fallback is required.
class JsonObject {
 public:
  /// `value` outlives the reader. `path`: of the object within the document, with a final dot.
  JsonObject(const nlohmann::json& value, std::string path, JsonErrors& errors);

  std::int64_t integer(std::string_view key, std::int64_t minimum, std::int64_t maximum,
                       std::optional<std::int64_t> fallback = {});
  /// Finite, minimum and maximum included.
  double number(std::string_view key, double minimum, double maximum,
                std::optional<double> fallback = {});
  bool flag(std::string_view key, std::optional<bool> fallback = {});
  /// At most `longest` bytes.
  std::string text(std::string_view key, std::size_t longest,
                   std::optional<std::string> fallback = {});
  /// The index of the word among the choices.
  std::size_t choice(std::string_view key, std::initializer_list<std::string_view> choices,
                     std::optional<std::size_t> fallback = {}) {
    return choice(key, std::span(choices.begin(), choices.size()), fallback);
  }
  std::size_t choice(std::string_view key, std::span<const std::string_view> choices,
                     std::optional<std::size_t> fallback = {});
  /// The object under the key; an empty one where it is missing.
  JsonObject object(std::string_view key);
  /// A list of at most `longest` entries; an empty one where it is missing.
  const nlohmann::json& list(std::string_view key, std::size_t longest, bool needed = true);
  /// The value under the key, of any type; null where it is missing.
  const nlohmann::json& any(std::string_view key);

  bool has(std::string_view key) const;
  void wrong(std::string_view key, std::string_view expected);
  /// To be called last: a key that nobody asked for is an error.
  void refuse_unknown();
  bool failed() const { return errors_.first.has_value(); }

 private:
  const nlohmann::json* find(std::string_view key, bool needed);

  const nlohmann::json& value_;
  std::string path_;
  JsonErrors& errors_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace plumbline
