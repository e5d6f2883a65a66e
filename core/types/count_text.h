#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace plumbline {

/// A number of things in words: "1 box", "2 boxes", "0 images". `many` is given where it is not
/// `one` with an s behind it.
inline std::string count_text(std::int64_t count, std::string_view one,
                              std::string_view many = {}) {
  std::string text = std::to_string(count) + ' ';
  if (count != 1 && !many.empty()) return text.append(many);
  text.append(one);
  return count == 1 ? text : text + 's';
}

}  // namespace plumbline
