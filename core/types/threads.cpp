#include "core/types/threads.h"

#include <sched.h>

#include <algorithm>

namespace plumbline {

std::size_t core_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  // It fails where the machine has more processors than the set has places.
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace plumbline
