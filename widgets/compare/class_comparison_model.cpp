#include "widgets/compare/class_comparison_model.h"

#include <cmath>
#include <utility>

#include "core/metrics/proportion.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// "83.2 ± 0.7": the half width of the interval.
QString accuracy_text(double share, const Interval& interval) {
  if (std::isnan(share)) return QStringLiteral("–");
  return QStringLiteral("%1 ± %2").arg(decimal(100 * share, 1),
                                       decimal(50 * (interval.high - interval.low), 1));
}

}  // namespace

QString difference_text(const ClassComparison& entry) {
  if (entry.items == 0) return QStringLiteral("–");
  const ComparedShares shares = shares_of(entry);
  const double difference = shares.difference;
  const Interval& interval = shares.difference_interval;
  return QStringLiteral("%1%2 ± %3")
      .arg(difference < 0 ? QStringLiteral("−") : QStringLiteral("+"),
           decimal(100 * std::abs(difference), 1), decimal(50 * (interval.high - interval.low), 1));
}

void ClassComparisonModel::show(const Comparison* comparison, std::vector<std::string> class_names,
                                JudgedItem item) {
  beginResetModel();
  rows_.clear();
  names_ = std::move(class_names);
  if (comparison != nullptr) {
    rows_.push_back(comparison->all);
    rows_.insert(rows_.end(), comparison->classes.begin(), comparison->classes.end());
  }
  const bool other_words = item != std::exchange(item_, item);
  endResetModel();
  if (other_words) Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

const ClassComparison& ClassComparisonModel::entry(int row) const {
  return rows_[static_cast<std::size_t>(row)];
}

ClassIndex ClassComparisonModel::truth(int row) const { return entry(row).truth; }

int ClassComparisonModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ClassComparisonModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant ClassComparisonModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const ClassComparison& row = entry(index.row());
  const auto column = static_cast<Column>(index.column());
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment((column == name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
  const bool sorting = role == Qt::UserRole;
  if (!sorting && role != Qt::DisplayRole) return {};
  const auto number = [&](std::int64_t value) {
    return sorting ? QVariant(static_cast<qlonglong>(value)) : QVariant(with_thousands(value));
  };
  const auto shares = [&] { return shares_of(row); };
  switch (column) {
    case name: {
      if (row.truth == no_class) return tr("all");
      return row.truth < names_.size() ? text_of(names_[row.truth]) : QString::number(row.truth);
    }
    case samples: return number(row.items);
    case accuracy_first:
      return sorting ? QVariant(shares().first)
                     : QVariant(accuracy_text(shares().first, shares().first_interval));
    case accuracy_second:
      return sorting ? QVariant(shares().second)
                     : QVariant(accuracy_text(shares().second, shares().second_interval));
    case difference:
      return sorting ? QVariant(shares().difference) : QVariant(difference_text(row));
    case undetected_first: return number(row.undetected_first);
    case undetected_second: return number(row.undetected_second);
    case gained: return number(row.gained);
    case lost: return number(row.lost);
    case columns: break;
  }
  return {};
}

QVariant ClassComparisonModel::headerData(int section, Qt::Orientation orientation,
                                          int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment((section == name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
  if (role == Qt::ToolTipRole && section == difference)
    return tr(
        "second − first in percentage points, with the 95 % interval of paired proportions "
        "(Bonett and Price 2012)");
  const bool of_objects = item_ == JudgedItem::object;
  if (role == Qt::ToolTipRole && (section == accuracy_first || section == accuracy_second))
    return of_objects ? tr("objects that are found, with half of Wilson's 95 % interval")
                      : tr("labels that are right, with half of Wilson's 95 % interval");
  if (role == Qt::ToolTipRole && (section == undetected_first || section == undetected_second))
    return of_objects ? tr("undetected objects of the first and of the second")
                      : tr("undetected mispredictions of the first and of the second");
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case name: return tr("class");
    case samples: return of_objects ? tr("objects") : tr("images");
    case accuracy_first: return tr("first (%)");
    case accuracy_second: return tr("second (%)");
    case difference: return tr("difference");
    case undetected_first: return tr("undet. 1");
    case undetected_second: return tr("undet. 2");
    case gained: return tr("gained");
    case lost: return tr("lost");
    default: return {};
  }
}

}  // namespace plumbline
