#include "core/data/word_tokens.h"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "core/data/utf8.h"
#include "core/data/word_list.h"

namespace plumbline {

namespace {

constexpr std::string_view line_end = "<eos>", unknown = "<unk>";

/// Calls `take` for every word and line end until it gives false.
template <class Take>
bool for_each_word(std::string_view text, Take&& take) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    while (i < end) {
      while (i < end && is_word_space(text[i])) ++i;
      const std::size_t first = i;
      while (i < end && !is_word_space(text[i])) ++i;
      if (i > first && !take(text.substr(first, i - first))) return false;
    }
    if (!take(line_end)) return false;  // also for a last line without a line feed
    i = end + 1;
  }
  return true;
}

using Places = std::unordered_map<std::string_view, std::int32_t>;

Result<WordTokens> by_vocabulary(std::string_view text, std::span<const std::string> vocabulary,
                                 const std::string& where) {
  Places places;
  for (std::size_t i = 0; i < vocabulary.size(); ++i) {
    places.emplace(vocabulary[i], static_cast<std::int32_t>(i));
  }
  const auto other = places.find(unknown);
  WordTokens result;
  std::string_view missing;
  const bool whole = for_each_word(text, [&](std::string_view word) {
    auto place = places.find(word);
    if (place == places.end()) place = other;
    if (place == places.end()) {
      missing = word;
      return false;
    }
    result.tokens.push_back(place->second);
    return true;
  });
  if (!whole) {
    return bad_input(fmt::format("the word '{}' is not among the vocabulary's {}",
                                 missing.substr(0, 80), vocabulary.size()),
                     where, "it has no <unk> for unknown words");
  }
  result.words.assign(vocabulary.begin(), vocabulary.end());
  return result;
}

}  // namespace

Result<WordTokens> split_words(std::string_view text, std::span<const std::string> vocabulary,
                               const std::string& where) {
  if (const std::size_t valid = utf8_prefix(text); valid < text.size()) {
    return bad_input(
        fmt::format("is not UTF-8 at byte {} ({})", valid, escaped(text.substr(valid, 4))), where,
        "words need UTF-8: convert it with iconv, or use --tokens bytes");
  }
  if (vocabulary.size() > max_words) {
    return bad_input(fmt::format("a vocabulary of {} words; at most {} are supported",
                                 vocabulary.size(), max_words),
                     where);
  }
  if (!vocabulary.empty()) return by_vocabulary(text, vocabulary, where);

  Places places;
  std::vector<std::string_view> found;
  std::vector<std::int64_t> counts;
  WordTokens result;
  // A word that no file of words can hold could not be kept beside the network.
  std::size_t listed = 0, longest = 0;
  const bool whole = for_each_word(text, [&](std::string_view word) {
    const auto [place, fresh] = places.emplace(word, static_cast<std::int32_t>(found.size()));
    if (fresh) {
      listed += word.size() + 1;
      longest = std::max(longest, word.size());
      if (found.size() == max_words || longest > max_word_bytes || listed > max_word_list_bytes) {
        return false;
      }
      found.push_back(word);
      counts.push_back(0);
    }
    ++counts[static_cast<std::size_t>(place->second)];
    result.tokens.push_back(place->second);
    return true;
  });
  if (!whole) {
    return bad_input(
        longest > max_word_bytes ? fmt::format("has a word of {} bytes; the longest allowed is {}",
                                               longest, max_word_bytes)
        : found.size() == max_words
            ? fmt::format("has more than {} different words", max_words)
            : fmt::format("has different words of more than {} bytes", max_word_list_bytes),
        where, "if it is text, give --tokens bytes");
  }

  std::vector<std::int32_t> order(found.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : found[a] < found[b];
  });
  std::vector<std::int32_t> rank(found.size());
  result.words.reserve(found.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = static_cast<std::int32_t>(i);
    result.words.emplace_back(found[order[i]]);
  }
  for (auto& token : result.tokens) token = rank[token];
  return result;
}

}  // namespace plumbline
