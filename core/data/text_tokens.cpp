#include "core/data/text_tokens.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "core/data/hash.h"
#include "core/data/word_tokens.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 3> kind_names{"bytes", "words", "uint16"};

Result<std::vector<std::uint16_t>> to_uint16(std::span<const std::byte> bytes,
                                             const std::string& where) {
  if (bytes.size() % 2 != 0) {
    return bad_input(
        fmt::format("has {} bytes, an odd number, so it does not hold uint16 tokens", bytes.size()),
        where, "if it is text, give --tokens bytes or words");
  }
  std::vector<std::uint16_t> tokens(bytes.size() / 2);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    tokens[i] = static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[2 * i]) |
                                           std::to_integer<unsigned>(bytes[2 * i + 1]) << 8);
  }
  return tokens;
}

}  // namespace

TokenText::TokenText(Tokens tokens, std::int64_t vocabulary, std::vector<std::string> words,
                     std::string hash)
    : tokens_(std::move(tokens)),
      vocabulary_(vocabulary),
      words_(std::move(words)),
      hash_(std::move(hash)) {}

std::int64_t TokenText::size() const {
  return std::visit([](const auto& tokens) { return static_cast<std::int64_t>(tokens.size()); },
                    tokens_);
}

void TokenText::copy(std::int64_t first, std::int64_t count, std::int64_t* out) const {
  std::visit(
      [&](const auto& tokens) {
        std::transform(tokens.begin() + first, tokens.begin() + first + count, out,
                       [](auto token) { return static_cast<std::int64_t>(token); });
      },
      tokens_);
}

std::span<const std::string_view> token_kinds() { return kind_names; }

Result<TokenText> read_tokens(const std::filesystem::path& file, std::string_view kind,
                              const TokenOptions& options) try {
  const std::string where = file.string();
  if (std::find(kind_names.begin(), kind_names.end(), kind) == kind_names.end()) {
    return usage_error(fmt::format("there is no kind of token '{}'", kind), "--tokens",
                       fmt::format("there are {}", fmt::join(kind_names, ", ")));
  }
  auto hash = hash_file(file);
  TRY(hash);
  auto bytes = read_text_bytes(file, options.max_bytes);
  TRY(bytes);
  if (bytes->empty()) return bad_input("has no text", where);

  if (kind == "bytes") return TokenText(std::move(*bytes), 256, {}, std::move(*hash));
  if (kind == "words") {
    auto split = split_words({reinterpret_cast<const char*>(bytes->data()), bytes->size()},
                             options.words, where);
    TRY(split);
    const auto vocabulary = static_cast<std::int64_t>(split->words.size());
    return TokenText(std::move(split->tokens), vocabulary, std::move(split->words),
                     std::move(*hash));
  }
  auto tokens = to_uint16(*bytes, where);
  TRY(tokens);
  const auto largest = std::max_element(tokens->begin(), tokens->end());
  if (options.vocabulary > 0 && *largest >= options.vocabulary) {
    return bad_input(fmt::format("token {} (number {}) is outside a vocabulary of {}", *largest,
                                 largest - tokens->begin(), options.vocabulary),
                     where, "is it the tokeniser that the network was trained with?");
  }
  const std::int64_t vocabulary = options.vocabulary > 0 ? options.vocabulary : *largest + 1;
  return TokenText(std::move(*tokens), vocabulary, {}, std::move(*hash));
} catch (const std::bad_alloc&) {
  return fail(ErrorKind::device, "cannot be read: out of memory", file.string());
}

}  // namespace plumbline
