#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// The numbering of words that a language model was trained with, as a file: UTF-8, one word a
/// line, in the order of their numbers from 0 on.

/// The most words, the longest of them and the longest file, in bytes.
inline constexpr std::size_t max_words = std::size_t{1} << 24;
inline constexpr std::size_t max_word_bytes = std::size_t{1} << 16;
inline constexpr std::uint64_t max_word_list_bytes = std::uint64_t{1} << 30;

/// ASCII white space, which separates words.
constexpr bool is_word_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

/// The content of a file; `where`: its name in errors. Lines may end in CR LF, the last one without
/// an end. Errors (bad_input), with the line's number: not UTF-8, an empty line, white space in a
/// word, a word longer than max_word_bytes, a word for the second time; a byte order mark, no word,
/// more than max_words.
Result<std::vector<std::string>> parse_word_list(std::string_view text, const std::string& where);

/// A file; one larger than max_word_list_bytes is refused before memory is taken.
Result<std::vector<std::string>> read_word_list(const std::filesystem::path& file);

/// What parse_word_list reads back as the same words, if it would take each of them.
std::string word_list_text(std::span<const std::string> words);

/// The XXH3-128 of that text.
std::string word_list_hash(std::span<const std::string> words);

}  // namespace plumbline
