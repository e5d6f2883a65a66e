#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace plumbline {

/// Whether the text is UTF-8 without overlong forms and surrogates: what JSON and SQLite take.
bool is_utf8(std::string_view text);

/// Bytes before the first that is not UTF-8 in this sense; all of them where there is none.
std::size_t utf8_prefix(std::string_view text);

/// The text with every byte outside printable ASCII as \xHH, for a message about it.
std::string escaped(std::string_view text);

}  // namespace plumbline
