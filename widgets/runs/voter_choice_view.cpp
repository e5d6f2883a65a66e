#include "widgets/runs/voter_choice_view.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <vector>

#include "widgets/runs/voter_choice_model.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int widest_name = 260, most_slack = 64;
constexpr int choice_row_height = 33, box_side = 14;
constexpr int comfortable_column = 84, least_column = 60;

struct ColumnWidth {
  int column, wide, least;
};

void draw_box(const QWidget* widget, QPainter& painter, const QRect& box, Qt::CheckState state,
              bool enabled) {
  QStyleOptionButton option;
  option.rect = box;
  option.state = enabled ? QStyle::State_Enabled : QStyle::State_None;
  option.state |= state == Qt::Checked     ? QStyle::State_On
                  : state == Qt::Unchecked ? QStyle::State_Off
                                           : QStyle::State_NoChange;
  widget->style()->drawPrimitive(QStyle::PE_IndicatorCheckBox, &option, &painter, widget);
}

class CellDelegate : public QStyledItemDelegate {
 public:
  CellDelegate(const VoterChoiceModel* model, QTableView* view)
      : QStyledItemDelegate(view), model_(model), view_(view) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    const QRect cell = option.rect;
    const bool enabled = index.flags() & Qt::ItemIsEnabled;
    const QVariant check = index.data(Qt::CheckStateRole);
    const auto state = static_cast<Qt::CheckState>(check.toInt());
    const bool voter =
        model_->is_view_column(index.column()) && index.row() < model_->rowCount() - 1;
    painter->save();
    painter->fillRect(cell, voter && state == Qt::Checked ? c.accent_tint : c.base);
    painter->setPen(c.faint_line);
    painter->drawLine(cell.bottomLeft(), cell.bottomRight());
    painter->drawLine(cell.topRight(), cell.bottomRight());
    const QRect inner = cell.adjusted(10, 0, -10, 0);
    if (voter) {
      QRect box(0, 0, box_side, box_side);
      box.moveCenter(cell.center());
      draw_box(view_, *painter, box, state, enabled);
      paint_share(*painter, cell, index.data(VoterChoiceModel::there_role).toDouble());
    } else {
      QRect words = inner;
      if (index.column() == VoterChoiceModel::model_column && check.isValid()) {
        QRect box(inner.left(), 0, box_side, box_side);
        box.moveTop(cell.center().y() - box_side / 2);
        draw_box(view_, *painter, box, state, enabled);
        words.setLeft(box.right() + 8);
      }
      const bool sum =
          index.row() == model_->rowCount() - 1 && index.column() == model_->columnCount() - 1;
      painter->setFont(ui_font(TextSize::normal, sum ? QFont::DemiBold : QFont::Normal));
      painter->setPen(index.column() == VoterChoiceModel::model_column && check.isValid() ? c.text
                      : sum                                                               ? c.text
                            : c.secondary_text);
      painter->drawText(words,
                        static_cast<int>(index.data(Qt::TextAlignmentRole).value<Qt::Alignment>()),
                        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle,
                                                          words.width()));
    }
    if (option.state & QStyle::State_HasFocus && view_->hasFocus()) {
      painter->setPen(QPen(c.accent, 2));
      painter->setBrush(Qt::NoBrush);
      painter->drawRect(cell.adjusted(1, 1, -2, -2));
    }
    painter->restore();
  }

 private:
  /// What is there already: a thin bar at the cell's foot.
  static void paint_share(QPainter& painter, const QRect& cell, double share) {
    if (share <= 0) return;
    QRect bar(cell.left() + 10, cell.bottom() - 4, cell.width() - 20, 2);
    painter.fillRect(bar, colours().groove);
    bar.setWidth(std::max(1, qRound(bar.width() * share)));
    painter.fillRect(bar, colours().dissent);
  }

  const VoterChoiceModel* model_;
  QTableView* view_;
};

/// View names with a box that ticks the column.
class TickHeader : public QHeaderView {
 public:
  TickHeader(VoterChoiceModel* model, QWidget* parent)
      : QHeaderView(Qt::Horizontal, parent), model_(model) {
    setSectionsClickable(true);
    setHighlightSections(false);
    setFixedHeight(choice_row_height - 5);
    connect(this, &QHeaderView::sectionClicked, this, [this](int section) {
      if (model_->is_view_column(section)) model_->toggle_column(section);
    });
  }

 protected:
  void paintSection(QPainter* painter, const QRect& rect, int section) const override {
    const Colours& c = colours();
    painter->save();
    painter->fillRect(rect, c.window);
    painter->setPen(c.line);
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    painter->setFont(ui_font(TextSize::small));
    const QString text = model_->headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
    if (model_->is_view_column(section)) {
      const int wide = std::min(painter->fontMetrics().horizontalAdvance(text) + 1,
                                rect.width() - box_side - 14);
      QRect box(rect.center().x() - (wide + box_side + 6) / 2, 0, box_side, box_side);
      box.moveTop(rect.center().y() - box_side / 2);
      draw_box(this, *painter, box, model_->column_state(section), true);
      painter->setPen(c.text);
      painter->drawText(QRect(box.right() + 7, rect.top(), wide, rect.height()), Qt::AlignVCenter,
                        painter->fontMetrics().elidedText(text, Qt::ElideRight, wide));
    } else {
      painter->setPen(c.secondary_text);
      const auto alignment =
          model_->headerData(section, Qt::Horizontal, Qt::TextAlignmentRole).value<Qt::Alignment>();
      painter->drawText(rect.adjusted(10, 0, -10, 0), static_cast<int>(alignment), text);
    }
    painter->restore();
  }

 private:
  VoterChoiceModel* model_;
};

}  // namespace

VoterChoiceView::VoterChoiceView(VoterChoiceModel* model, QWidget* parent)
    : QTableView(parent), choice_(model) {
  setObjectName(QStringLiteral("voter_choice"));
  setAccessibleName(tr("Voters: models and views"));
  setModel(model);
  setItemDelegate(new CellDelegate(model, this));
  setHorizontalHeader(new TickHeader(model, this));
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(choice_row_height);
  setShowGrid(false);
  setFrameShape(QFrame::NoFrame);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setTabKeyNavigation(false);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  connect(model, &QAbstractItemModel::modelReset, this, &VoterChoiceView::lay_out);
  connect(model, &QAbstractItemModel::columnsInserted, this, &VoterChoiceView::lay_out);
  connect(model, &QAbstractItemModel::headerDataChanged, this, &VoterChoiceView::lay_out);
  lay_out();
}

QSize VoterChoiceView::sizeHint() const {
  return {600, choice_row_height * std::max(2, choice_->rowCount()) + choice_row_height};
}

void VoterChoiceView::lay_out() {
  auto* header = horizontalHeader();
  for (int column = 0; column < choice_->columnCount(); ++column)
    header->setSectionResizeMode(column, QHeaderView::Interactive);
  header->setMinimumSectionSize(least_column);
  fit_columns();
  updateGeometry();
}

/// The models' names take what the views leave, within reason, and never less than they need. Where
/// many views leave too little, these come closer, as far as their own names allow; then they
/// scroll.
void VoterChoiceView::fit_columns() {
  if (choice_->columnCount() == 0) return;
  const QFontMetrics metrics(ui_font(TextSize::normal));
  int needed = 100;
  for (int row = 0; row < choice_->rowCount(); ++row)
    needed = std::max(needed,
                      metrics.horizontalAdvance(
                          choice_->index(row, VoterChoiceModel::model_column).data().toString()) +
                          box_side + 34);
  needed = std::min(needed, widest_name);
  const QFontMetrics header_metrics(ui_font(TextSize::small));
  std::vector<ColumnWidth> columns;
  int wanted = needed, slack = 0;
  for (int column = 0; column < choice_->columnCount(); ++column) {
    if (column == VoterChoiceModel::model_column) continue;
    const int name = header_metrics.horizontalAdvance(
        choice_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    const bool view = choice_->is_view_column(column);
    const int wide = view ? std::max(comfortable_column, name + 44) : name + 34;
    const int least = view ? std::max(least_column, name + box_side + 18) : wide;
    columns.push_back({column, wide, least});
    wanted += wide;
    slack += wide - least;
  }
  const int missing = std::clamp(wanted - viewport()->width(), 0, slack);
  int others = 0;
  for (const auto& [column, wide, least] : columns) {
    // Rounded up, so that nothing is left beyond the edge.
    const int closer = slack > 0 ? ((wide - least) * missing + slack - 1) / slack : 0;
    setColumnWidth(column, wide - closer);
    others += wide - closer;
  }
  // Not so wide that a row cannot be followed from its name to its ticks.
  setColumnWidth(VoterChoiceModel::model_column,
                 std::clamp(viewport()->width() - others, needed, needed + most_slack));
}

void VoterChoiceView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  fit_columns();
}

void VoterChoiceView::toggle(const QModelIndex& index, bool fill) {
  if (!(index.flags() & Qt::ItemIsUserCheckable)) return;
  if (fill && last_.isValid()) {
    choice_->fill(last_, index);
  } else {
    const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
    choice_->setData(index, on ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
    last_ = index;
  }
}

void VoterChoiceView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && currentIndex().isValid())
    return toggle(currentIndex(), event->modifiers() & Qt::ShiftModifier);
  QTableView::keyPressEvent(event);
}

void VoterChoiceView::mousePressEvent(QMouseEvent* event) {
  QTableView::mousePressEvent(event);
  const QModelIndex index = indexAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && index.isValid())
    toggle(index, event->modifiers() & Qt::ShiftModifier);
}

/// A fast second click ticks again.
void VoterChoiceView::mouseDoubleClickEvent(QMouseEvent* event) { mousePressEvent(event); }

}  // namespace plumbline
