#pragma once
#include <QPointer>
#include <QWidget>

#include <optional>
#include <vector>

#include "core/types/item_ref.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QTimer;

namespace plumbline {

class Remarks;

/// Tags and note of the current item. A tag that is added here is put on every selected item.
class RemarkPanel : public QWidget {
  Q_OBJECT
 public:
  explicit RemarkPanel(QWidget* parent = nullptr);

  void set_remarks(Remarks* remarks);
  /// The current item, and all that are selected with it.
  void show_items(std::optional<ItemRef> current, std::vector<ItemRef> selected);
  void begin_tag();
  void begin_note();
  void keep_note();  ///< writes what was typed

 Q_SIGNALS:
  void left();  ///< Enter or Esc: back to the gallery

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void refresh();
  void add_tag();

  QPointer<Remarks> remarks_;
  std::optional<ItemRef> item_;
  std::vector<ItemRef> selected_;
  QWidget* chips_;
  QLineEdit* add_;
  QPlainTextEdit* note_;
  QLabel* title_;
  bool edited_ = false, refreshing_ = false;
};

}  // namespace plumbline
