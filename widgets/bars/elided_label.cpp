#include "widgets/bars/elided_label.h"

#include <QPainter>

#include "widgets/style/fonts.h"

namespace plumbline {

ElidedLabel::ElidedLabel(QWidget* parent) : SecondaryLabel({}, parent) {
  setFont(ui_font(TextSize::small));
  setTextFormat(Qt::PlainText);
}

void ElidedLabel::setText(const QString& text) {
  QLabel::setText(text);
  setToolTip(text);
}

QSize ElidedLabel::minimumSizeHint() const { return {24, QLabel::minimumSizeHint().height()}; }

QString ElidedLabel::shown_text() const {
  const bool says_nothing = is_note_ && 2 * width() < fontMetrics().horizontalAdvance(text());
  return says_nothing ? QString() : fontMetrics().elidedText(text(), mode_, width());
}

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setFont(font());
  painter.setPen(palette().color(foregroundRole()));
  painter.drawText(rect(), static_cast<int>(alignment()), shown_text());
}

}  // namespace plumbline
