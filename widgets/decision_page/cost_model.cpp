#include "widgets/decision_page/cost_model.h"

#include <QFont>

#include <algorithm>
#include <cmath>

#include "core/types/number.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double plain_cost = 1;
constexpr float dear_tint = 0.62F, cheap_tint = 0.3F, least_tint = 0.12F;

/// Dearer than a plain error in the colour of what is undetected, the more the dearer; cheaper in
/// that of what is chosen.
QColor tint_of(double cost) {
  const bool dear = cost > plain_cost;
  QColor tint = dear ? verdict_fill(Verdict::undetected) : colours().accent;
  const double decades = dear ? std::min(std::log10(cost) / 2, 1.0) : 1 - cost;
  tint.setAlphaF(least_tint + (dear ? dear_tint - least_tint : cheap_tint - least_tint) *
                                  static_cast<float>(decades));
  return tint;
}

}  // namespace

void CostModel::set_review(RunReview* review) {
  if (review_) review_->disconnect(this);
  beginResetModel();
  review_ = review;
  classes_ = matrix() == nullptr ? 0 : static_cast<int>(matrix()->size());
  endResetModel();
  if (review_) connect(review_, &RunReview::costs_changed, this, &CostModel::refresh);
}

const CostMatrix* CostModel::matrix() const {
  return review_ ? review_->costs().matrix.get() : nullptr;
}

void CostModel::refresh() {
  if (classes_ > 0) Q_EMIT dataChanged(index(0, 0), index(classes_ - 1, classes_ - 1));
}

int CostModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : classes_; }
int CostModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : classes_;
}

QString CostModel::name_of(int place) const {
  return text_of(matrix()->classes[static_cast<std::size_t>(place)]);
}

QVariant CostModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || matrix() == nullptr) return {};
  const double cost =
      (*matrix())(static_cast<std::size_t>(index.row()), static_cast<std::size_t>(index.column()));
  const bool right = index.row() == index.column();
  const bool usual = cost == (right ? 0 : plain_cost);
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return text_of(shortest(cost));
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    case Qt::ForegroundRole:
      if (usual) return right ? colours().disabled_text : colours().secondary_text;
      return colours().text;
    case Qt::FontRole: return ui_font(TextSize::small, usual ? QFont::Normal : QFont::DemiBold);
    case Qt::BackgroundRole:
      if (!usual) return tint_of(cost);
      return right ? QVariant(colours().alternate_base) : QVariant();
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
      return right
                 ? tr("%1 taken for itself costs %2")
                       .arg(name_of(index.row()), text_of(shortest(cost)))
                 : tr("%1 taken for %2 costs %3")
                       .arg(name_of(index.row()), name_of(index.column()), text_of(shortest(cost)));
    default: return {};
  }
}

QVariant CostModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (matrix() == nullptr || section >= classes_) return {};
  if (role == Qt::DisplayRole) return name_of(section);
  if (role == Qt::ToolTipRole)
    return (orientation == Qt::Vertical ? tr("truly %1") : tr("decided as %1"))
        .arg(name_of(section));
  // A name that is too long is known by its beginning.
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter));
  return {};
}

Qt::ItemFlags CostModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags there = QAbstractTableModel::flags(index);
  return index.row() == index.column() ? there : there | Qt::ItemIsEditable;
}

bool CostModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::EditRole || !index.isValid()) return false;
  return set_cells(QItemSelection(index, index), value.toString());
}

bool CostModel::set_cells(const QItemSelection& cells, const QString& text) {
  const auto cost = parse_number(text.trimmed().toStdString());
  if (cost && *cost >= 0) return set_cells(cells, *cost);
  Q_EMIT refused(tr("“%1” is not a cost: a number of 0 or more is needed, for example 2.5. Nothing "
                    "was changed.")
                     .arg(text.trimmed()));
  return false;
}

bool CostModel::set_cells(const QItemSelection& cells, double cost) {
  if (matrix() == nullptr) return false;
  auto next = std::make_shared<CostMatrix>(*matrix());
  const std::size_t n = next->size();
  for (const QItemSelectionRange& range : cells)
    for (int row = range.top(); row <= range.bottom(); ++row)
      for (int column = range.left(); column <= range.right(); ++column) {
        if (row == column) continue;
        const auto truth = static_cast<std::size_t>(row);
        if (cost < (*next)(truth, truth)) {
          Q_EMIT refused(
              tr("%1 for %2 would cost less than the right class, which costs %3. Nothing was "
                 "changed.")
                  .arg(name_of(row), name_of(column), text_of(shortest((*next)(truth, truth)))));
          return false;
        }
        next->costs[truth * n + static_cast<std::size_t>(column)] = cost;
      }
  review_->set_costs({std::move(next), review_->costs().reject});
  return true;
}

}  // namespace plumbline
