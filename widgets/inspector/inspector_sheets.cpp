#include "widgets/inspector/inspector_sheets.h"

#include <QFormLayout>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>

#include "widgets/style/spacing.h"

namespace plumbline {

void add_sheets(QTabBar* tabs, QStackedWidget* sheets, const QString& name,
                const std::vector<std::pair<QString, QWidget*>>& titled) {
  tabs->setExpanding(false);
  tabs->setDrawBase(false);
  tabs->setFocusPolicy(Qt::StrongFocus);
  tabs->setAccessibleName(name);
  for (const auto& [title, sheet] : titled) {
    tabs->addTab(title);
    sheets->addWidget(sheet);
  }
  QObject::connect(tabs, &QTabBar::currentChanged, sheets, &QStackedWidget::setCurrentIndex);
}

QScrollArea* scrolled_sheet(QWidget* sheet) {
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(sheet);
  // Whoever gives a sheet to a scroll area has it filled.
  scroll->viewport()->setAutoFillBackground(false);
  sheet->setAutoFillBackground(false);
  return scroll;
}

QFormLayout* make_fact_rows(QWidget* sheet) {
  auto* rows = new QFormLayout(sheet);
  rows->setContentsMargins(spacing::page_margin, spacing::page_margin, spacing::page_margin, 0);
  rows->setHorizontalSpacing(16);
  rows->setVerticalSpacing(6);
  rows->setLabelAlignment(Qt::AlignLeft);
  return rows;
}

}  // namespace plumbline
