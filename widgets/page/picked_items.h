#pragma once
#include <QObject>

#include <vector>

#include "core/types/item_ref.h"

namespace plumbline {

/// What is selected among the items of the run that is open: set by the page that shows them, read
/// by whoever takes them further.
class PickedItems : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  const std::vector<ItemRef>& items() const { return items_; }
  void set(std::vector<ItemRef> items);

 Q_SIGNALS:
  void changed();

 private:
  std::vector<ItemRef> items_;
};

}  // namespace plumbline
