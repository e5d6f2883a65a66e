#include "widgets/page/picked_items.h"

namespace plumbline {

void PickedItems::set(std::vector<ItemRef> items) {
  if (items == items_) return;
  items_ = std::move(items);
  Q_EMIT changed();
}

}  // namespace plumbline
