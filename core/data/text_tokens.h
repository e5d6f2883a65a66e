#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/data/text_bytes.h"
#include "core/types/error.h"

namespace plumbline {

/// A text as a stream of tokens in memory: one byte each for bytes, two for uint16, four for words.
class TokenText {
 public:
  using Tokens =
      std::variant<std::vector<std::byte>, std::vector<std::uint16_t>, std::vector<std::int32_t>>;
  TokenText(Tokens tokens, std::int64_t vocabulary, std::vector<std::string> words,
            std::string hash);

  std::int64_t size() const;
  /// Tokens lie from 0 to vocabulary() − 1.
  std::int64_t vocabulary() const { return vocabulary_; }
  /// By token; empty where tokens are not words.
  const std::vector<std::string>& words() const { return words_; }
  /// XXH3-128 of the file as it lies on the disk.
  const std::string& hash() const { return hash_; }

  /// `count` tokens from `first` on; the range must lie in the stream. May be called by several
  /// threads at once.
  void copy(std::int64_t first, std::int64_t count, std::int64_t* out) const;

 private:
  Tokens tokens_;
  std::int64_t vocabulary_;
  std::vector<std::string> words_;
  std::string hash_;
};

/// The ways in which a text becomes tokens: bytes, words, uint16.
std::span<const std::string_view> token_kinds();

struct TokenOptions {
  std::int64_t vocabulary = 0;    ///< of uint16; 0: the largest token plus one
  std::vector<std::string> words; /**< the vocabulary by token; empty: that of the text. A word
                                     which is not in it is `<unk>` where it has that. */
  std::uint64_t max_bytes = max_text_bytes;
};

/// Reads a file (plain, gzip or xz) as
/// - bytes: a token is a byte, the vocabulary 256;
/// - words: split at ASCII white space, with `<eos>` at each line's end, as WikiText is counted;
///   the vocabulary by falling count, equal counts in the order of their bytes;
/// - uint16: little-endian, as nanoGPT's .bin.
/// Errors: no such kind; what read_text_bytes refuses; no token; words that are not UTF-8 (with the
/// byte's offset), more or longer ones than a file of words holds (word_list.h), one that `words`
/// lacks; an odd number of bytes; a
/// token that `vocabulary` does not hold.
Result<TokenText> read_tokens(const std::filesystem::path& file, std::string_view kind,
                              const TokenOptions& options = {});

}  // namespace plumbline
