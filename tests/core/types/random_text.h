#pragma once
#include <random>
#include <string>
#include <string_view>

namespace plumbline::test {

/// Up to `longest` characters: bytes of any value, or, every second time, of those that the grammar
/// knows and whole words of it, since plain noise never comes past a parser's first check.
inline std::string random_text(std::mt19937& random, std::size_t longest) {
  constexpr std::string_view grammar = "=(),:.-+0123456789e \t";
  constexpr std::string_view words[] = {"gamma", "flip_x", "identity", "gamma=",     "gamma(",
                                        "A:",    "crop=",  "tl",       "translate=", "hist"};
  std::string text;
  const std::size_t length = random() % (longest + 1);
  const bool plain = random() % 2 == 0;
  while (text.size() < length) {
    if (plain)
      text += static_cast<char>(random() % 256);
    else if (random() % 3 == 0)
      text += words[random() % std::size(words)];
    else
      text += grammar[random() % grammar.size()];
  }
  return text;
}

}  // namespace plumbline::test
