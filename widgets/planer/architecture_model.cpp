#include "widgets/planer/architecture_model.h"

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/planer/planer_words.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// Behind a cost of a sitting other than that of the baseline's.
constexpr QChar apart = u'*';

}  // namespace

ArchitectureModel::ArchitectureModel(PlanerReview* review, QObject* parent)
    : QAbstractTableModel(parent), review_(review), rows_(review->strips()) {
  connect(review_, &PlanerReview::strips_changed, this, &ArchitectureModel::take_strips);
  connect(review_, &PlanerReview::selection_changed, this, [this] {
    if (!rows_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
  });
}

void ArchitectureModel::take_strips() {
  const auto& strips = review_->strips();
  const bool same = std::ranges::equal(rows_, strips, {}, &PlanerEntry::key, &PlanerEntry::key);
  if (same) {
    rows_ = strips;
    if (!rows_.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
    return;
  }
  beginResetModel();
  rows_ = strips;
  endResetModel();
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

int ArchitectureModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ArchitectureModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

std::size_t ArchitectureModel::slots() const {
  return review_->curve() == nullptr ? 0
                                     : static_cast<std::size_t>(review_->curve()->config.slots());
}

const PlanerEntry* ArchitectureModel::compared_with(int row) const {
  const auto& keys = review_->selected();
  if (keys.size() < 2) return nullptr;
  const std::string key = entry(row).key();
  if (key == keys[0]) return review_->entry(keys[1]);
  if (key == keys[1]) return review_->entry(keys[0]);
  return nullptr;
}

void ArchitectureModel::toggle(int row) {
  if (row < 0 || row >= rowCount()) return;
  auto keys = review_->selected();
  const std::string key = entry(row).key();
  if (std::erase(keys, key) == 0) keys.push_back(key);
  review_->select(std::move(keys));
}

QVariant ArchitectureModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const PlanerEntry& row = entry(index.row());
  const SearchCurve* curve = review_->curve();
  const bool selected = std::ranges::count(review_->selected(), row.key()) > 0;
  if (role == selected_role) return selected;
  if (role == figure_source_role) return QVariant::fromValue(network_source(row.network));
  if (role == faded_role) return review_->selected().size() == 2 && !selected;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (index.column() < latency ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
  if (role == note_role) {
    const QString count = row.parameters ? parameters_text(row.parameters->all) : QString(no_value);
    switch (row.role) {
      case PlanerEntry::Role::baseline: {
        const QString backbone =
            curve->config.name.empty() ? backbone_text(curve->config) : text_of(curve->config.name);
        return tr("%1, %2").arg(backbone, count);
      }
      case PlanerEntry::Role::searching: return tr("most likely now");
      case PlanerEntry::Role::predicted: return tr("by the front, %1").arg(count);
      case PlanerEntry::Role::further: return text_of(row.network);
      default: return tr("retrained, %1").arg(count);
    }
  }
  switch (index.column()) {
    case name:
      if (role == Qt::DisplayRole) return entry_title(row);
      if (role == Qt::ToolTipRole && !row.network.empty())
        return tr("network %1").arg(text_of(row.network));
      return {};
    case strip:
      if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return role == Qt::DisplayRole ? text_of(strip_text(row.architecture))
                                       : architecture_words(row.architecture);
      return {};
    case latency:
      if (role == Qt::DisplayRole) {
        const auto cost = row.shown_cost();
        if (!cost) return QString(no_value);
        if (!row.measured()) {
          const QString estimate = tr("%1 est.").arg(ms_figure(*cost));
          return curve->is_estimated_apart() ? estimate + apart : estimate;
        }
        return curve->is_measured_apart(row) ? ms_figure(*cost) + apart : ms_figure(*cost);
      }
      if (const auto own = row.measured(); role == Qt::ToolTipRole && own) {
        QString words =
            tr("measured %1 times: median %2, quartiles %3 apart")
                .arg(own->repeats)
                .arg(cost_unit_text(row.cost, own->median), cost_unit_text(row.cost, own->spread));
        if (!curve->is_measured_apart(row)) return words;
        words += u'\n' + tr("not in the same sitting as the baseline's %1")
                             .arg(curve->text(*curve->baseline_cost()));
        if (const auto beside = row.beside())
          words += tr("; in its own the baseline's was %1").arg(curve->text(beside->median));
        return words;
      }
      if (role == Qt::ToolTipRole && row.estimate) {
        const QString words = row.cost == CostKind::latency ? tr("estimated from the latency table")
                                                            : tr("estimated from the energy table");
        if (!curve->is_estimated_apart()) return words;
        return words + u'\n' +
               tr("not in the same sitting as the baseline's %1; in its own the baseline's was %2")
                   .arg(curve->text(*curve->baseline_cost()), curve->text(curve->costs->baseline));
      }
      return {};
    case loss:
      if (role == Qt::DisplayRole) {
        if (row.loss) return curve->unit.text(*row.loss);
        return row.running_loss ? curve->unit.text(*row.running_loss) : QString(no_value);
      }
      if (role == Qt::ToolTipRole && row.loss)
        return tr("%1 on validation text, %2 tokens; ± is the 95 % interval")
            .arg(curve->unit.name(), with_thousands(row.loss->tokens));
      if (role == Qt::ToolTipRole && row.role == PlanerEntry::Role::predicted)
        return tr("predicted before retraining, from what each option costs");
      return {};
    default: return {};
  }
}

QVariant ArchitectureModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment((section < latency ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter));
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case strip: return tr("block 1");
    case latency:
      return review_->curve() != nullptr && review_->curve()->subject.cost == CostKind::energy
                 ? tr("energy, J")
                 : tr("latency, ms");
    case loss: return review_->curve() == nullptr ? QString() : review_->curve()->unit.name();
    default: return QString();
  }
}

}  // namespace plumbline
