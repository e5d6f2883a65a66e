#include "widgets/bars/name_column.h"

#include <QAbstractItemModel>
#include <QEvent>
#include <QHeaderView>
#include <QTableView>

#include <algorithm>

namespace plumbline {

namespace {

constexpr int cell_margins = 16;

}  // namespace

NameColumn::NameColumn(QTableView* table, std::span<const int> widths)
    : QObject(table), table_(table), widths_(widths.begin(), widths.end()) {
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table->horizontalHeader()->setTextElideMode(Qt::ElideRight);
  table->viewport()->installEventFilter(this);
  connect(table->model(), &QAbstractItemModel::modelReset, this, &NameColumn::fit);
  connect(table->model(), &QAbstractItemModel::headerDataChanged, this, &NameColumn::fit);
  fit();
}

/// The width that a column's head and its cells take.
int NameColumn::needed(int column) const {
  const QAbstractItemModel* model = table_->model();
  const QFontMetrics head(table_->horizontalHeader()->font()), cells(table_->font());
  int widest =
      head.horizontalAdvance(model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
  for (int row = 0; row < model->rowCount(); ++row)
    widest =
        std::max(widest, cells.horizontalAdvance(model->index(row, column).data().toString()) + 1);
  return widest + cell_margins;
}

void NameColumn::fit() {
  const int room = table_->viewport()->width();
  const int names = std::min(needed(0), widest_name);
  int wanted = 0, slack = 0;
  std::vector<int> least;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    least.push_back(std::min(widths_[i], needed(static_cast<int>(i) + 1)));
    wanted += widths_[i];
    slack += widths_[i] - least.back();
  }
  const int missing = std::clamp(names + wanted - room, 0, slack);
  int others = 0;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    // Rounded up, so that nothing is left beyond the edge.
    const int closer = slack > 0 ? ((widths_[i] - least[i]) * missing + slack - 1) / slack : 0;
    table_->setColumnWidth(static_cast<int>(i) + 1, widths_[i] - closer);
    others += widths_[i] - closer;
  }
  table_->setColumnWidth(0, std::clamp(room - others, names, names + most_slack));
}

bool NameColumn::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::Resize) fit();
  return QObject::eventFilter(object, event);
}

}  // namespace plumbline
