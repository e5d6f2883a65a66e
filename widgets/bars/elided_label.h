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
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Qt::TextElideMode mode_ = Qt::ElideMiddle;
};

}  // namespace plumbline
