#pragma once
#include "widgets/bars/bar.h"

namespace plumbline {

/// One line in the secondary colour, elided in the middle unless another place is wanted; the tool
/// tip has all of it.
class ElidedLabel : public SecondaryLabel {
  Q_OBJECT
 public:
  explicit ElidedLabel(QWidget* parent = nullptr);
  void setText(const QString& text);
  void set_elide_mode(Qt::TextElideMode mode) { mode_ = mode; }
  /// A note that says nothing in a few letters: it is left out where less than half of it fits.
  void set_note(bool note) { is_note_ = note; }
  /// What is painted in the present width.
  QString shown_text() const;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Qt::TextElideMode mode_ = Qt::ElideMiddle;
  bool is_note_ = false;
};

}  // namespace plumbline
