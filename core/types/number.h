#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// The whole text as a finite number in the C locale, or nothing.
std::optional<double> parse_number(std::string_view text);

/// The whole text as an integer, or nothing.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// The shortest text that reads back as the same value: 0.7, 3, 1e-05.
std::string shortest(double value);
std::string shortest(float value);

/// `text` without white space at either end.
std::string_view trimmed(std::string_view text);

}  // namespace plumbline
