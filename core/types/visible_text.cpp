#include "core/types/visible_text.h"

#include <cstdint>

#include <fmt/format.h>

namespace plumbline {

namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: no UTF-8
};

/// The character that the text begins with. The text is not empty.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xC2 && lead < 0xE0   ? 2
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xF0 && lead < 0xF5 ? 4
                                                          : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  std::uint32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return {};
    code = code << 6u | (byte(i) & 0x3Fu);
  }
  const bool overlong = code < (bytes == 3 ? 0x800u : bytes == 4 ? 0x10000u : 0x80u);
  const bool surrogate = code >= 0xD800u && code < 0xE000u;
  if (overlong || surrogate || code > 0x10FFFFu) return {};
  return {code, bytes};
}

bool is_shown(std::uint32_t code) {
  const bool controls = code < 0x20u || (code >= 0x7Fu && code < 0xA0u);
  const bool turns = (code >= 0x202Au && code <= 0x202Eu) || (code >= 0x2066u && code <= 0x2069u);
  return !controls && !turns;
}

}  // namespace

std::string visible_text(std::string_view text, std::string_view but_not) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    const bool stays =
        character.bytes > 0 &&
        (is_shown(character.code) || but_not.find(text.front()) != std::string_view::npos);
    for (std::size_t i = 0; i < bytes; ++i)
      result += stays ? std::string(1, text[i])
                      : fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    text.remove_prefix(bytes);
  }
  return result;
}

}  // namespace plumbline
