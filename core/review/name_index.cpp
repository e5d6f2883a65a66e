#include "core/review/name_index.h"

#include <algorithm>

namespace plumbline {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

void NameIndex::add(std::string_view name) {
  const std::size_t begin = bytes_.size();
  bytes_.resize(begin + name.size());
  std::ranges::transform(name, bytes_.begin() + static_cast<std::ptrdiff_t>(begin), lower);
  ends_.push_back(bytes_.size());
}

std::vector<std::uint8_t> NameIndex::matches(std::string_view text) const {
  std::string wanted(text);
  std::ranges::transform(wanted, wanted.begin(), lower);
  std::vector<std::uint8_t> result(ends_.size(), 0);
  std::uint64_t begin = 0;
  const std::string_view bytes = bytes_;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    result[i] = bytes.substr(begin, ends_[i] - begin).find(wanted) != std::string_view::npos;
    begin = ends_[i];
  }
  return result;
}

}  // namespace plumbline
