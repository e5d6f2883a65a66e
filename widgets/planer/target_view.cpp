#include "widgets/planer/target_view.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/target_model.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int margin = 10, narrow_margin = 4, narrow_width = 500, head_margins = 18;
/// Shares of the width: target, limit, latency, speed-up, loss, state.
constexpr int shares[] = {50, 64, 78, 68, 92, 87};

class TargetDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    const auto* view = static_cast<const QTableView*>(option.widget);
    const bool works = index.data(Qt::UserRole).toBool();
    const bool current = view->hasFocus() && view->currentIndex().row() == index.row();
    painter->save();
    painter->fillRect(option.rect, works ? c.accent_tint : c.base);
    painter->setPen(c.faint_line);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (current) {
      painter->setPen(QPen(c.accent, 2));
      painter->drawLine(option.rect.left(), option.rect.top() + 1, option.rect.right(),
                        option.rect.top() + 1);
      painter->drawLine(option.rect.left(), option.rect.bottom(), option.rect.right(),
                        option.rect.bottom());
    }
    painter->setFont(ui_font(TextSize::small));
    painter->setPen(works ? c.text_on_tint : c.text);
    const int side = view->viewport()->width() < narrow_width ? narrow_margin : margin;
    const QRect cell = option.rect.adjusted(side, 0, -side, 0);
    painter->drawText(cell,
                      static_cast<int>(index.data(Qt::TextAlignmentRole).value<Qt::Alignment>()),
                      painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight,
                                                        cell.width() + side - 2));
    painter->restore();
  }
};

}  // namespace

TargetView::TargetView(TargetModel* model, QWidget* parent) : QTableView(parent), model_(model) {
  setObjectName(QStringLiteral("targets"));
  setAccessibleName(tr("Targets"));
  const auto explain_them = [this] {
    explain_columns(this, {"target.share", "target.limit", cost_figure(model_->cost()),
                           "target.speed_up", "network.loss", "target.state"});
  };
  explain_them();
  connect(model, &QAbstractItemModel::headerDataChanged, this, explain_them);
  setModel(model);
  setItemDelegate(new TargetDelegate(this));
  setFrameShape(QFrame::NoFrame);
  setShowGrid(false);
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::SingleSelection);
  setTabKeyNavigation(false);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setDragEnabled(true);
  setAcceptDrops(true);
  setDragDropMode(QAbstractItemView::InternalMove);
  setDragDropOverwriteMode(false);
  setDropIndicatorShown(true);
  verticalHeader()->hide();
  verticalHeader()->setMinimumSectionSize(20);
  verticalHeader()->setDefaultSectionSize(spacing::row_height);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSectionsClickable(false);
  horizontalHeader()->setFixedHeight(spacing::row_height);
  horizontalHeader()->setMinimumSectionSize(20);
  horizontalHeader()->setTextElideMode(Qt::ElideRight);
  horizontalHeader()->setFont(ui_font(TextSize::caption));
  horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  connect(model, &QAbstractItemModel::modelReset, this, &QWidget::updateGeometry);
  connect(this, &QTableView::clicked, this,
          [this](const QModelIndex& index) { Q_EMIT row_chosen(index.row()); });
}

QSize TargetView::sizeHint() const {
  return {400, spacing::row_height * (1 + std::max(1, model_->rowCount())) + 2};
}

QSize TargetView::minimumSizeHint() const {
  return {300, spacing::row_height * (1 + std::clamp(model_->rowCount(), 1, 6)) + 2};
}

void TargetView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  // Heads first, where there is room for all of them; what is left goes by shares.
  const QFontMetrics metrics(horizontalHeader()->font());
  int least[TargetModel::columns] = {}, heads = 0, sum = 0;
  for (int column = 0; column < TargetModel::columns; ++column) {
    const QString head = model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    least[column] = metrics.horizontalAdvance(head) + head_margins;
    heads += least[column];
    sum += shares[column];
  }
  if (heads > viewport()->width()) heads = 0;
  int from = 0, left = 0;
  for (int column = 0; column < TargetModel::columns; ++column) {
    from += shares[column];
    const int right = (viewport()->width() - heads) * from / sum;
    horizontalHeader()->resizeSection(column, right - left + (heads > 0 ? least[column] : 0));
    left = right;
  }
}

void TargetView::keyPressEvent(QKeyEvent* event) {
  const int row = currentIndex().row();
  const bool moves = event->modifiers() & Qt::AltModifier;
  if (row >= 0 && moves && event->key() == Qt::Key_Up) return model_->move(row, -1);
  if (row >= 0 && moves && event->key() == Qt::Key_Down) return model_->move(row, 1);
  if (row >= 0 && event->key() == Qt::Key_Delete) return Q_EMIT removal_wanted(row);
  if (row >= 0 && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Space))
    return Q_EMIT row_chosen(row);
  QTableView::keyPressEvent(event);
  viewport()->update();
}

}  // namespace plumbline
