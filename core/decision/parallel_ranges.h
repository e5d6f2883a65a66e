#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "core/types/threads.h"

namespace plumbline {

/// Splits [0, count) into one contiguous range a core, each a multiple of `grain` but the last, and
/// calls `body(begin, end)` for each. The calling thread takes part; it takes what is left where
/// the system gives fewer threads, and everything where the count is small. `threads` 0: one a
/// core. `body` must not throw. Two threads cost some 0.05 ms, so none are kept waiting between
/// calls.
template <class Body>
void parallel_ranges(std::size_t count, std::size_t grain, std::size_t threads, const Body& body) {
  constexpr std::size_t worth_a_thread = 32'768;
  if (count == 0) return;
  if (threads == 0) threads = core_count();
  threads = std::clamp<std::size_t>(count / worth_a_thread, 1, threads);
  const std::size_t share = ((count + threads - 1) / threads + grain - 1) / grain * grain;
  std::atomic<std::size_t> next = 0;
  const auto take_ranges = [&] {
    for (std::size_t begin = next.fetch_add(share); begin < count; begin = next.fetch_add(share))
      body(begin, std::min(begin + share, count));
  };
  const auto others = start_threads(threads - 1, take_ranges);
  take_ranges();
}

}  // namespace plumbline
