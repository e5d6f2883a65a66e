#include "widgets/bars/row_table.h"

#include <QHeaderView>
#include <QTableView>

#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

void show_as_rows(QTableView* table, int head_height) {
  constexpr int least_row_height = 20;
  table->setShowGrid(false);
  table->setFrameShape(QFrame::NoFrame);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setMinimumSectionSize(least_row_height);
  table->verticalHeader()->setDefaultSectionSize(spacing::row_height);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setFixedHeight(head_height);
  table->horizontalHeader()->setFont(ui_font(TextSize::small));
}

}  // namespace plumbline
