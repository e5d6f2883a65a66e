#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "core/types/threads.h"
#include "core/types/work_progress.h"

namespace plumbline {

/// Calls `work(item)` for every item below `count`, on all cores; each is begun in order by whoever
/// is free. `work` must not throw, and may write only to what belongs to its item. `progress`, which
/// may be null, advances by the items.
template <class Work>
void for_each_item(std::size_t count, const Work& work, WorkProgress* progress = nullptr) {
  std::atomic<std::size_t> next = 0;
  const auto body = [&] {
    for (std::size_t item; (item = next.fetch_add(1)) < count;) {
      work(item);
      if (progress != nullptr) progress->advance();
    }
  };
  const auto helpers = start_threads(std::min(core_count(), count) - (count > 0 ? 1 : 0), body);
  body();
}

}  // namespace plumbline
