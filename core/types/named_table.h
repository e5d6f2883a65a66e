#pragma once
#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

namespace plumbline {

/// A table of kinds that are known by name (their member `name`, or `key`): those that are built
/// in, one line each, and those that a program adds to them. Entries belong to whoever made them
/// and outlive the table, so that pointers to them stay valid. Thread-safe: a table may be read
/// while another thread adds to it.
template <class Entry>
class NamedTable {
 public:
  NamedTable(std::initializer_list<const Entry*> built_in) {
    for (const Entry* entry : built_in) entries_[size_++] = entry;
  }
  explicit NamedTable(std::span<const Entry> built_in) {
    for (const Entry& entry : built_in) entries_[size_++] = &entry;
  }

  /// The entry of that name; null where there is none.
  const Entry* find(std::string_view name) const {
    const auto entries = all();
    const auto found = std::ranges::find(entries, name, name_of);
    return found == entries.end() ? nullptr : *found;
  }

  /// All of them, in the order of the table, those that were added last. Stays valid: what is added
  /// later is not in it.
  std::span<const Entry* const> all() const {
    return {entries_.get(), size_.load(std::memory_order_acquire)};
  }

  /// Adds an entry; one whose name is there already, or for which there is no room, is not added
  /// (false).
  bool add(const Entry& entry) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = size_.load(std::memory_order_relaxed);
    if (size == room || find(name_of(&entry)) != nullptr) return false;
    entries_[size] = &entry;
    size_.store(size + 1, std::memory_order_release);
    return true;
  }

 private:
  /// Entries never move, so that readers need no lock.
  static constexpr std::size_t room = 256;

  static std::string_view name_of(const Entry* entry) {
    if constexpr (requires { entry->name; })
      return entry->name;
    else
      return entry->key;
  }

  std::mutex mutex_;
  std::unique_ptr<const Entry*[]> entries_ = std::make_unique<const Entry*[]>(room);
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace plumbline
