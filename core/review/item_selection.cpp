#include "core/review/item_selection.h"

#include <algorithm>

namespace plumbline {

namespace {

constexpr std::uint32_t objects_with_a_bit = 64;

}  // namespace

bool ItemSelection::contains(ItemRef item) const {
  const std::size_t sample = item.sample();
  const auto object = item.object();
  if (!object) return sample < whole_.size() && whole_[sample];
  if (*object >= objects_with_a_bit) return further_.contains(item);
  return sample < objects_.size() && (objects_[sample] >> *object & 1) != 0;
}

void ItemSelection::set(ItemRef item, bool selected) {
  if (contains(item) == selected) return;
  const std::size_t sample = item.sample();
  const auto object = item.object();
  if (!object) {
    if (sample >= whole_.size()) whole_.resize(sample + 1);
    whole_[sample] = selected;
  } else if (*object >= objects_with_a_bit) {
    if (selected)
      further_.insert(item);
    else
      further_.erase(item);
  } else {
    if (sample >= objects_.size()) objects_.resize(sample + 1);
    objects_[sample] ^= std::uint64_t{1} << *object;
  }
  size_ = selected ? size_ + 1 : size_ - 1;
}

void ItemSelection::clear() {
  // What was large stays: the next selection is of the same split.
  std::fill(whole_.begin(), whole_.end(), false);
  std::fill(objects_.begin(), objects_.end(), 0);
  further_.clear();
  size_ = 0;
}

}  // namespace plumbline
