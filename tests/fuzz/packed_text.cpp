#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/data/text_tokens.h"
#include "tests/fuzz/reader.h"

/// Texts that are packed as they should be, since checksums keep what is merely changed from
/// getting far, and what is known of them when they are read.
namespace plumbline::fuzz {

namespace {

constexpr std::size_t longest_text = 1 << 16;

/// Pieces, each as often as its first byte says.
std::string text_of_pieces(Feed& feed) {
  std::string text;
  while (!feed.empty() && text.size() < longest_text) {
    const std::uint64_t repeats = feed.number(1), length = feed.number(1) % 64;
    const std::string_view piece = text_of(feed.bytes(length));
    // Seldom many times: what is told apart here are words, not lengths.
    for (std::uint64_t i = 0; i <= (repeats < 250 ? repeats % 3 : repeats); ++i) text += piece;
  }
  text.resize(std::min(text.size(), longest_text));
  return text;
}

std::string gzip_of(std::string_view text, int level) {
  z_stream stream{};
  expect(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
         "zlib packs");
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  expect(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib packs to the end");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string xz_of(std::string_view text, lzma_check check) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  expect(lzma_easy_buffer_encode(
             0, check, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
             reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()) == LZMA_OK,
         "liblzma packs");
  packed.resize(size);
  return packed;
}

std::string packed_as(std::uint64_t way, std::string_view text) {
  switch (way) {
    case 0: return gzip_of(text, 1);
    case 1: return xz_of(text, LZMA_CHECK_CRC32);
    case 2: return xz_of(text, LZMA_CHECK_SHA256);
    case 3: {
      // Two members, as pigz and cat make them; the second may be empty.
      const std::size_t half = text.size() / 2;
      return gzip_of(text.substr(0, half), 9) + gzip_of(text.substr(half), 0);
    }
    case 4: {
      const std::size_t half = text.size() / 2;
      return xz_of(text.substr(0, half), LZMA_CHECK_CRC64) +
             xz_of(text.substr(half), LZMA_CHECK_NONE);
    }
    default: return std::string(text);
  }
}

std::vector<std::int64_t> all_tokens(const TokenText& tokens) {
  std::vector<std::int64_t> copied(static_cast<std::size_t>(tokens.size()));
  tokens.copy(0, tokens.size(), copied.data());
  return copied;
}

void look_at_words(const TokenText& words) {
  std::map<std::int64_t, std::size_t> counts;
  for (const std::int64_t token : all_tokens(words)) ++counts[token];
  const auto& names = words.words();
  expect(names.size() == counts.size(), "each word of the vocabulary is in the text");
  for (std::size_t i = 1; i < names.size(); ++i) {
    const std::size_t before = counts[static_cast<std::int64_t>(i) - 1],
                      here = counts[static_cast<std::int64_t>(i)];
    expect(before > here || (before == here && names[i - 1] < names[i]),
           "words are in the order of their counts, then of their bytes");
  }
}

/// Read with another vocabulary, as a network's is: its first words, and one for all others.
void read_with_words(const std::filesystem::path& file, const TokenText& words, bool unknown) {
  TokenOptions options;
  const auto& names = words.words();
  options.words.assign(names.begin(),
                       names.begin() + static_cast<std::ptrdiff_t>((names.size() + 1) / 2));
  if (unknown) options.words.emplace_back("<unk>");
  const auto again = read_tokens(file, "words", options);
  if (!taken(again)) return;
  expect(again->size() == words.size(), "another vocabulary makes as many tokens");
  for (const std::int64_t token : all_tokens(*again))
    expect(token >= 0 && token < again->vocabulary(), "a token is of the vocabulary");
}

void look_at_bytes(const TokenText& tokens, std::string_view text) {
  expect(static_cast<std::size_t>(tokens.size()) == text.size(), "a text has all its bytes");
  const auto copied = all_tokens(tokens);
  for (std::size_t i = 0; i < text.size(); ++i)
    expect(copied[i] == static_cast<unsigned char>(text[i]), "a text is unpacked as it was");
}

void look_at_numbers(const TokenText& tokens, std::string_view text) {
  expect(static_cast<std::size_t>(tokens.size()) * 2 == text.size(), "two bytes make a token");
  const auto copied = all_tokens(tokens);
  for (std::size_t i = 0; i < copied.size(); ++i)
    expect(copied[i] == static_cast<unsigned char>(text[2 * i]) +
                            256 * static_cast<unsigned char>(text[2 * i + 1]),
           "a number is little-endian");
}

}  // namespace

/// How it is packed, how many bytes of that are changed (with place and value each), and the text.
void read_packed_text(Content content) {
  Feed feed(content);
  const std::uint64_t way = feed.number(1) % 6, damages = feed.number(1) % 4;
  std::array<std::pair<std::uint64_t, char>, 3> damage{};
  for (std::size_t i = 0; i < damages; ++i) {
    damage[i].first = feed.number(2);
    damage[i].second = static_cast<char>(feed.number(1));
  }
  const std::uint64_t options = feed.number(1);
  const std::string text = text_of_pieces(feed);
  std::string packed = packed_as(way, text);
  if ((options & 4U) != 0) packed += "x";
  if ((options & 8U) != 0 && !packed.empty()) packed.pop_back();
  for (std::size_t i = 0; i < damages && !packed.empty(); ++i)
    packed[damage[i].first % packed.size()] = damage[i].second;
  const bool as_packed = damages == 0 && (options & 12U) == 0 && way < 5;
  const auto file = scratch_file("packed", std::as_bytes(std::span(packed)));

  TokenOptions limits;
  limits.max_bytes = longest_text;
  const auto bytes = read_tokens(file, "bytes", limits);
  expect(!as_packed || text.empty() || bytes, "what was packed is read");
  if (taken(bytes) && as_packed) look_at_bytes(*bytes, text);
  const auto words = read_tokens(file, "words", limits);
  if (taken(words)) {
    look_at_words(*words);
    read_with_words(file, *words, (options & 1U) != 0);
  }
  if ((options & 2U) != 0) limits.vocabulary = 300;
  const auto numbers = read_tokens(file, "uint16", limits);
  if (taken(numbers) && as_packed) look_at_numbers(*numbers, text);
}

}  // namespace plumbline::fuzz
