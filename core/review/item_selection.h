#pragma once
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "core/types/item_ref.h"

namespace plumbline {

/// Which items are selected. A selection outlives an order of rows and a table; selecting a million
/// items takes milliseconds and a bit for a sample, or 8 bytes for one with objects.
class ItemSelection {
 public:
  bool contains(ItemRef item) const;
  void set(ItemRef item, bool selected);
  void toggle(ItemRef item) { set(item, !contains(item)); }
  void clear();
  std::size_t size() const { return size_; }

 private:
  std::vector<bool> whole_;              ///< by sample
  std::vector<std::uint64_t> objects_;   ///< by sample: a bit for each of its first objects
  std::unordered_set<ItemRef> further_;  ///< objects of samples that have more than there are bits
  std::size_t size_ = 0;
};

}  // namespace plumbline
