#include "widgets/bars/bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

namespace plumbline {

Bar::Bar(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void Bar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().window);
  painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

SecondaryLabel::SecondaryLabel(const QString& text, QWidget* parent) : QLabel(text, parent) {
  recolour();
}

void SecondaryLabel::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::ParentChange || event->type() == QEvent::ApplicationPaletteChange)
    recolour();
}

void SecondaryLabel::recolour() {
  QPalette own = palette();
  own.setColor(QPalette::WindowText, colours().secondary_text);
  setPalette(own);
}

QWidget* labelled(const QString& label, QWidget* control, QWidget* parent) {
  auto* group = new QWidget(parent);
  auto* row = new QHBoxLayout(group);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing::label_to_control);
  auto* words = new SecondaryLabel(label, group);
  words->setBuddy(control);
  row->addWidget(words);
  row->addWidget(control);
  if (control->accessibleName().isEmpty()) control->setAccessibleName(label);
  return group;
}

}  // namespace plumbline
