#pragma once
#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <vector>

namespace plumbline {

/// A table of kinds that are known by name: those that are built in, one line each, and those that
/// a program adds to them. Entries belong to whoever made them and outlive the table, so that
/// pointers to them stay valid. Thread-safe: a table may be read while another thread adds to it.
template <class Entry>
class NamedTable {
 public:
  NamedTable(std::initializer_list<const Entry*> built_in) : entries_(built_in) {}

  /// The entry of that name (its member `name`); null where there is none.
  const Entry* find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = std::ranges::find(entries_, name, [](const Entry* e) { return e->name; });
    return found == entries_.end() ? nullptr : *found;
  }

  /// All of them, in the order of the table, those that were added last.
  std::vector<const Entry*> all() const {
    const std::shared_lock lock(mutex_);
    return entries_;
  }

  /// Adds an entry; one whose name is there already is not added (false).
  bool add(const Entry& entry) {
    const std::unique_lock lock(mutex_);
    if (std::ranges::any_of(entries_, [&](const Entry* e) { return e->name == entry.name; }))
      return false;
    entries_.push_back(&entry);
    return true;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::vector<const Entry*> entries_;
};

}  // namespace plumbline
