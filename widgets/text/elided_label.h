#pragma once
#include "widgets/bars/bar.h"

namespace plumbline {

/// One line in the secondary colour, elided in the middle; the tool tip has all of it.
class ElidedLabel : public SecondaryLabel {
  Q_OBJECT
 public:
  explicit ElidedLabel(QWidget* parent = nullptr);
  void setText(const QString& text);
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace plumbline
