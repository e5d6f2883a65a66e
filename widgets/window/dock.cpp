#include "widgets/window/dock.h"

#include <QHBoxLayout>

#include "widgets/bars/bar.h"
#include "widgets/bars/elided_label.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

/// Says how wide the dock wants to be when the window is first shown.
class DockTitle : public Bar {
 public:
  DockTitle(const QString& name, int width, QWidget* parent) : Bar(parent), width_(width) {
    setFixedHeight(spacing::dock_title_height);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 0, 10, 0);
    auto* title = new QLabel(name, this);
    title->setFont(ui_font(TextSize::normal, QFont::DemiBold));
    fact = new ElidedLabel(this);
    fact->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(title);
    row->addWidget(fact, 1);
  }
  QSize sizeHint() const override { return {width_, spacing::dock_title_height}; }
  ElidedLabel* fact;

 private:
  int width_;
};

}  // namespace

Dock::Dock(const QString& name, const QString& object_name, int width, QWidget* parent)
    : QDockWidget(name, parent) {
  setObjectName(object_name);
  setFeatures(QDockWidget::NoDockWidgetFeatures);
  setTitleBarWidget(new DockTitle(name, width, this));
}

void Dock::explain_fact(std::string_view figure) {
  explain(static_cast<DockTitle*>(titleBarWidget())->fact, figure);
}

void Dock::add_control(QWidget* control) { titleBarWidget()->layout()->addWidget(control); }

void Dock::set_fact(const QString& fact) {
  static_cast<DockTitle*>(titleBarWidget())->fact->setText(fact);
}

}  // namespace plumbline
