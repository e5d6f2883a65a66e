#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string_view>

namespace plumbline {

/// What takes long now, for whoever watches from another thread: a stage, and how much of it is
/// done. Written by one piece of work at a time, on all of its threads.
class WorkProgress {
 public:
  /// `what` outlives the progress; `total` 0: how much there is to do is not known.
  void begin(const char* what, std::size_t total = 0) {
    done_ = 0;
    total_ = total;
    what_ = what;
  }
  void advance(std::size_t done = 1) { done_.fetch_add(done, std::memory_order_relaxed); }
  void end() { what_ = nullptr; }

  /// "fusing boxes"; nothing where nothing takes long.
  std::optional<std::string_view> what() const {
    const char* words = what_;
    return words == nullptr ? std::nullopt : std::optional<std::string_view>(words);
  }
  /// 0 to 1; nothing where it is not known.
  std::optional<double> share() const {
    const std::size_t total = total_;
    if (total == 0) return std::nullopt;
    return static_cast<double>(std::min(done_.load(), total)) / static_cast<double>(total);
  }

 private:
  std::atomic<const char*> what_ = nullptr;
  std::atomic<std::size_t> done_ = 0, total_ = 0;
};

}  // namespace plumbline
