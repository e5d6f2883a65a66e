#include "core/types/list_text.h"

#include <algorithm>

#include "core/types/number.h"

namespace plumbline {

std::vector<std::string_view> parts_between(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.push_back(trimmed(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string_view part : parts_between(text, ','))
    if (!part.empty()) parts.emplace_back(part);
  return parts;
}

}  // namespace plumbline
