#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The file names of a split for the text filter: one block of lower-case bytes, so that a million
/// names cost what their letters cost.
class NameIndex {
 public:
  void add(std::string_view name);
  std::size_t size() const { return ends_.size(); }
  std::string_view name(std::size_t i) const {  ///< in lower case
    const auto begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

  /// Per name 1 where it contains `text`, whatever the case of its ASCII letters.
  std::vector<std::uint8_t> matches(std::string_view text) const;

 private:
  std::string bytes_;
  std::vector<std::uint64_t> ends_;
};

}  // namespace plumbline
