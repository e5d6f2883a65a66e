#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A text as words: tokens[i] is an index into `words`.
struct WordTokens {
  std::vector<std::int32_t> tokens;
  std::vector<std::string> words;
};

/// Reads a text as read_tokens does for words. `vocabulary` holds the words by token; where it is
/// empty, the words of the text are numbered.
/// `where`: the text's name in errors.
Result<WordTokens> split_words(std::string_view text, std::span<const std::string> vocabulary,
                               const std::string& where);

}  // namespace plumbline
