#include "widgets/bars/bar.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVariant>

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

namespace plumbline {

Bar::Bar(QWidget* parent) : QWidget(parent) {
  // Not Fixed: a bar is as high as its width makes it.
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void Bar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().window);
  painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

SecondaryLabel::SecondaryLabel(const QString& text, QWidget* parent) : QLabel(text, parent) {
  // The palette's role for what is secondary: it follows the theme by itself.
  setForegroundRole(QPalette::PlaceholderText);
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

void offer(QWidget* control, const QString& obstacle) {
  constexpr char own_tip[] = "own_tip";
  const QVariant own = control->property(own_tip);
  if (obstacle.isEmpty()) {
    if (own.isValid()) control->setToolTip(own.toString());
    control->setProperty(own_tip, QVariant());
  } else {
    if (!own.isValid()) control->setProperty(own_tip, control->toolTip());
    control->setToolTip(obstacle);
  }
  control->setEnabled(obstacle.isEmpty());
}

}  // namespace plumbline
