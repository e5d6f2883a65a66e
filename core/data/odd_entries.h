#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Counts what is odd in a file, a line a kind, in the order in which kinds were first met.
class OddEntries {
 public:
  /// `what` says how it was read, as in "boxes without an area; their own is taken". `first`:
  /// where. The line is "boxes without an area; their own is taken: 3 (first: annotations[7])".
  void count(std::string_view what, const std::string& first) {
    for (Kind& kind : kinds_)
      if (kind.what == what) {
        ++kind.count;
        return;
      }
    kinds_.push_back({std::string(what), first, 1});
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const Kind& kind : kinds_)
      lines.push_back(kind.what + ": " + std::to_string(kind.count) + " (first: " + kind.first +
                      ")");
    return lines;
  }

 private:
  struct Kind {
    std::string what, first;
    std::int64_t count = 0;
  };
  std::vector<Kind> kinds_;
};

}  // namespace plumbline
