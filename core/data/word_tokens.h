#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A text as words: tokens[i] is a place in `words`.
struct WordTokens {
  std::vector<std::int32_t> tokens;
  std::vector<std::string> words;
};

/// As read_tokens does for words. `vocabulary`: the words by token; empty: those of the text.
/// `where`: the text's name in errors.
Result<WordTokens> split_words(std::string_view text, std::span<const std::string> vocabulary,
                               const std::string& where);

}  // namespace plumbline
