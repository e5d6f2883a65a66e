#pragma once
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace plumbline {

/// How many threads of this process compute at once: the processors that it may use, of which
/// taskset, a container or a batch system may leave it a part of the machine's. At least 1.
std::size_t core_count();

/// Starts `count` threads that call `body`, or as many as the system gives, which may be none: the
/// caller does its share, or everything. All threads share `body`, which must outlive them and must
/// not throw. They are joined when the returned vector is destroyed.
template <class Body>
[[nodiscard]] std::vector<std::jthread> start_threads(std::size_t count, const Body& body) {
  std::vector<std::jthread> threads;
  threads.reserve(count);
  try {
    while (threads.size() < count) threads.emplace_back([&body] { body(); });
  } catch (const std::system_error&) {  // The system gives no more.
  }
  return threads;
}

}  // namespace plumbline
