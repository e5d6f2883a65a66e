#include "widgets/bars/title_bar.h"

#include <QHBoxLayout>
#include <QPainter>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

TitleBar::TitleBar(const QString& name, const QString& fact, QWidget* parent)
    : Bar(parent), name_(new QLabel(name, this)), fact_(new ElidedLabel(this)) {
  setFixedHeight(spacing::dock_title_height);
  auto* items = new QHBoxLayout(this);
  items->setContentsMargins(spacing::page_margin, 0, spacing::page_margin, 0);
  name_->setFont(ui_font(TextSize::normal, QFont::DemiBold));
  fact_->setFont(ui_font(TextSize::small));
  fact_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  fact_->setText(fact);
  fact_->set_note(true);
  items->addWidget(name_);
  items->addWidget(fact_, 1);
}

void TitleBar::set_fact(const QString& fact) {
  if (fact_->text() != fact) fact_->setText(fact);
}

void TitleBar::add_control(QWidget* control) { layout()->addWidget(control); }

void Ground::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
}

}  // namespace plumbline
