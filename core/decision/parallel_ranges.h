#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <system_error>
#include <thread>

#include "core/types/threads.h"

namespace plumbline {

/// Splits [0, count) into contiguous ranges, each a multiple of `grain` but the last, and calls
/// `body(begin, end)` for each. The calling thread takes part; it takes what is left where the
/// system gives fewer threads or lets them wait, and everything where the count is small. Nobody
/// waits for a thread that has not begun: on a busy machine that may take longer than all the work.
/// `threads` 0: one a core. `body` must not throw. Two threads cost some 0.05 ms, so none are kept
/// waiting between calls.
template <class Body>
void parallel_ranges(std::size_t count, std::size_t grain, std::size_t threads, const Body& body) {
  constexpr std::size_t worth_a_thread = 32'768, ranges_a_thread = 4;
  if (count == 0) return;
  if (threads == 0) threads = core_count();
  threads = std::clamp<std::size_t>(count / worth_a_thread, 1, threads);
  if (threads == 1) return body(std::size_t{0}, count);
  const std::size_t parts = threads * ranges_a_thread;
  const std::size_t share = ((count + parts - 1) / parts + grain - 1) / grain * grain;
  // What a thread that begins late still sees when the caller has gone.
  struct Progress {
    std::atomic<std::size_t> next = 0, done = 0;
  };
  const auto progress = std::make_shared<Progress>();
  const auto take_ranges = [progress, count, share, &body] {
    for (std::size_t begin = progress->next.fetch_add(share); begin < count;
         begin = progress->next.fetch_add(share)) {
      const std::size_t end = std::min(begin + share, count);
      body(begin, end);  // the caller is there as long as a range is not done
      progress->done.fetch_add(end - begin, std::memory_order_acq_rel);
      progress->done.notify_one();
    }
  };
  try {
    for (std::size_t i = 1; i < threads; ++i) std::thread(take_ranges).detach();
  } catch (const std::system_error&) {  // The system gives no more.
  }
  take_ranges();
  for (std::size_t done = progress->done.load(std::memory_order_acquire); done < count;
       done = progress->done.load(std::memory_order_acquire))
    progress->done.wait(done, std::memory_order_acquire);
}

}  // namespace plumbline
