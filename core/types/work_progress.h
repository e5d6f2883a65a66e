#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string_view>

namespace plumbline {

/// What takes long now, for whoever watches from another thread: a stage, and how much of it is
/// done. Written by one piece of work at a time, on all of its threads. Whoever watches may ask the
/// work to stop.
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

  /// The work that asks `stopped` leaves off soon, and what it gives then is of no use.
  void ask_to_stop() { stopped_ = true; }
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

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
  /// Of the stage: how much there is to do, 0 where that is not known; and of it what is done.
  std::size_t total() const { return total_; }
  std::size_t done() const { return std::min(done_.load(), total_.load()); }

 private:
  std::atomic<const char*> what_ = nullptr;
  std::atomic<std::size_t> done_ = 0, total_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace plumbline
