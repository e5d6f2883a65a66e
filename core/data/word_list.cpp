#include "core/data/word_list.h"

#include <fmt/format.h>
#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>

#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/utf8.h"

namespace plumbline {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_shown = 80;

/// What is wrong with a line by itself; empty where nothing is.
std::string mistake_in(std::string_view word) {
  if (word.empty()) return "is empty";
  if (word.size() > max_word_bytes) {
    return fmt::format("has {} bytes; a word has at most {}", word.size(), max_word_bytes);
  }
  if (const std::size_t valid = utf8_prefix(word); valid < word.size()) {
    return fmt::format("is not UTF-8 at byte {} ({})", valid, escaped(word.substr(valid, 4)));
  }
  if (std::ranges::any_of(word, is_word_space)) {
    return fmt::format("contains white space: '{}'", escaped(word.substr(0, longest_shown)));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_word_list(std::string_view text, const std::string& where) {
  constexpr const char* form = "one word per line, in the order of their numbers";
  if (text.starts_with(byte_order_mark)) {
    return bad_input("begins with a byte order mark, which would be part of the first word", where,
                     "save it as UTF-8 without one");
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return bad_input("has no words", where, form);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  if (lines > max_words) {
    return bad_input(
        fmt::format("has {} lines; a vocabulary has at most {} words", lines, max_words), where);
  }
  std::vector<std::string> words;
  words.reserve(lines);
  std::unordered_map<std::string_view, std::size_t> line_of;
  line_of.reserve(lines);
  for (std::size_t line = 1, begin = 0; line <= lines; ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.ends_with('\r')) word.remove_suffix(1);
    if (const std::string mistake = mistake_in(word); !mistake.empty()) {
      return bad_input(fmt::format("line {} {}", line, mistake), where, form);
    }
    if (const auto [first, fresh] = line_of.emplace(word, line); !fresh) {
      return bad_input(fmt::format("line {} repeats the word '{}' of line {}", line,
                                   escaped(word.substr(0, longest_shown)), first->second),
                       where, "a word has one number");
    }
    words.emplace_back(word);
  }
  return words;
}

Result<std::vector<std::string>> read_word_list(const std::filesystem::path& file) try {
  const auto bytes = read_whole_file(file, max_word_list_bytes);
  TRY(bytes);
  return parse_word_list({reinterpret_cast<const char*>(bytes->data()), bytes->size()},
                         file.string());
} catch (const std::bad_alloc&) {
  return fail(ErrorKind::device, "cannot be read: out of memory", file.string());
}

std::string word_list_text(std::span<const std::string> words) {
  std::size_t bytes = 0;
  for (const std::string& word : words) bytes += word.size() + 1;
  std::string text;
  text.reserve(bytes);
  for (const std::string& word : words) {
    text += word;
    text += '\n';
  }
  return text;
}

std::string word_list_hash(std::span<const std::string> words) {
  const std::string text = word_list_text(words);
  return hash_bytes(std::as_bytes(std::span(text)));
}

}  // namespace plumbline
