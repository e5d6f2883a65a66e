#pragma once
#include <QDialog>
#include <QString>

#include <vector>

namespace plumbline {

/// A key and what it does, under the heading of where it does so.
struct ShortcutEntry {
  QString place, keys, words;
};

/// Every key of the window in one list, which a part of a word narrows.
class ShortcutList : public QDialog {
  Q_OBJECT
 public:
  ShortcutList(const std::vector<ShortcutEntry>& entries, QWidget* parent);
};

}  // namespace plumbline
