#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>

#include "core/types/threads.h"
#include "core/types/work_progress.h"

namespace plumbline {

/// Calls `work(item)` for every item below `count`, on all cores; each is begun in order by whoever
/// is free. `work` must not throw, and may write only to what belongs to its item. `progress`,
/// which may be null, advances by the items; once it is asked to stop, no further item is begun.
template <class Work>
void for_each_item(std::size_t count, const Work& work, WorkProgress* progress = nullptr) {
  std::atomic<std::size_t> next = 0;
  const auto body = [&] {
    for (std::size_t item; (item = next.fetch_add(1)) < count;) {
      if (progress != nullptr && progress->stopped()) return;
      work(item);
      if (progress != nullptr) progress->advance();
    }
  };
  const auto helpers = start_threads(std::min(core_count(), count) - (count > 0 ? 1 : 0), body);
  body();
}

/// Calls `work(begin, end)` for parts of all below `count`, on all cores.
template <class Work>
void for_each_part(std::size_t count, const Work& work) {
  constexpr std::size_t part_size = 1 << 16;
  for_each_item((count + part_size - 1) / part_size, [&](std::size_t part) {
    work(part * part_size, std::min(count, (part + 1) * part_size));
  });
}

/// Whether `holds(i)` for all below `count`, on all cores.
template <class Holds>
bool holds_for_all(std::size_t count, const Holds& holds) {
  std::atomic<bool> all = true;
  for_each_part(count, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end && all; ++i)
      if (!holds(i)) all = false;
  });
  return all;
}

}  // namespace plumbline
