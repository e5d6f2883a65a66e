#pragma once
#include <algorithm>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace plumbline {

/// How many threads compute at once on this machine; at least 1.
inline std::size_t core_count() { return std::max(1U, std::thread::hardware_concurrency()); }

/// Starts `count` threads that call `body`, or as many as the system gives: none too, so that the
/// caller takes part in the work or does it alone. `body` is shared by them, outlives them and must
/// not throw. They are joined where what is returned ends.
template <class Body>
[[nodiscard]] std::vector<std::jthread> start_threads(std::size_t count, const Body& body) {
  std::vector<std::jthread> threads;
  threads.reserve(count);
  try {
    while (threads.size() < count) threads.emplace_back([&body] { body(); });
  } catch (const std::system_error&) {  // no more of them
  }
  return threads;
}

}  // namespace plumbline
