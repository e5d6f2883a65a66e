#pragma once
#include <QLabel>
#include <QToolButton>

#include "widgets/style/fonts.h"

namespace plumbline {

/// A small button in the title of a panel.
inline QToolButton* title_button(const QString& words, const char* name, bool checkable) {
  auto* button = new QToolButton;
  button->setText(words);
  button->setObjectName(QString::fromLatin1(name));
  button->setAutoRaise(true);
  button->setCheckable(checkable);
  button->setFont(ui_font(TextSize::small));
  return button;
}

/// Words in place of a panel's content: what to do first.
inline QLabel* notice_label(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  label->setTextFormat(Qt::RichText);
  label->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard |
                                 Qt::TextSelectableByMouse);
  return label;
}

}  // namespace plumbline
