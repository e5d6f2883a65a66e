#include "widgets/runs/live_voter_model.h"

#include <algorithm>
#include <cmath>

#include "widgets/figures/figure_tips.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

QString signed_points(double difference) {
  const QString text = decimal(std::abs(100 * difference), 1);
  return (difference < 0 ? QStringLiteral("−") : QStringLiteral("+")) + text;
}

}  // namespace

void LiveVoterModel::show_run(const LiveRun& run) {
  const bool same =
      std::ranges::equal(run.voters, run_.voters, {}, &LiveVoter::voter, &LiveVoter::voter);
  if (!same) beginResetModel();
  run_ = run;
  double low = 1, high = 0;
  for (const LiveVoter& voter : run_.voters) {
    if (!voter.accuracy) continue;
    low = std::min(low, *voter.accuracy - voter.half_width.value_or(0));
    high = std::max(high, *voter.accuracy + voter.half_width.value_or(0));
  }
  if (low <= high)
    range_ = {std::max(0.0, std::floor(100 * low) / 100),
              std::min(1.0, std::ceil(100 * high) / 100)};
  if (!same)
    endResetModel();
  else if (rowCount() > 0)
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
  Q_EMIT headerDataChanged(Qt::Horizontal, accuracy, strip);
}

int LiveVoterModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(run_.voters.size());
}

int LiveVoterModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant LiveVoterModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const LiveVoter& voter = run_.voters[static_cast<std::size_t>(index.row())];
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (index.column() < samples || index.column() == interval ? Qt::AlignLeft : Qt::AlignRight) |
        Qt::AlignVCenter));
  if (role == figure_source_role)
    return QVariant::fromValue(
        FigureSource{{QStringLiteral("VOTER"), {text_of(to_string(voter.voter))}}});
  if (role == Qt::UserRole && index.column() == progress)
    return run_.samples > 0 ? std::min(1.0, static_cast<double>(voter.samples) /
                                                static_cast<double>(run_.samples))
                            : 0.0;
  if (role == Qt::UserRole && index.column() == strip) {
    if (!voter.accuracy) return {};
    QVariantList values{*voter.accuracy, voter.half_width.value_or(0)};
    for (const LiveVoter& own : run_.voters)
      if (own.voter.model == voter.voter.model && own.voter.view == View() && own.accuracy)
        values << *own.accuracy;
    return values;
  }
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case model: {
      const bool first =
          index.row() == 0 ||
          run_.voters[static_cast<std::size_t>(index.row() - 1)].voter.model != voter.voter.model;
      return first ? text_of(voter.voter.model) : QString();
    }
    case view: return text_of(to_string(voter.voter.view));
    case samples: return with_thousands(voter.samples);
    case time: return voter.ms_per_image ? decimal(*voter.ms_per_image, 2) : QStringLiteral("–");
    case accuracy: return voter.accuracy ? decimal(100 * *voter.accuracy, 1) : QStringLiteral("–");
    case interval:
      return voter.half_width ? QStringLiteral("± ") + decimal(100 * *voter.half_width, 1)
                              : QString();
    case against:
      return voter.against_identity ? signed_points(*voter.against_identity) : QString();
    default: return {};
  }
}

QVariant LiveVoterModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment((section < samples || section == interval ? Qt::AlignLeft : Qt::AlignRight) |
                      Qt::AlignVCenter));
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case model: return tr("model");
    case view: return tr("view");
    case progress: return tr("progress");
    case samples: return tr("samples");
    case time: return tr("ms per image");
    case accuracy: return run_.of_objects ? tr("found (%)") : tr("accuracy (%)");
    case interval: return tr("95 %");
    case against: return tr("against identity");
    case strip:
      return tr("%1 – %2 %").arg(qRound(100 * range_.first)).arg(qRound(100 * range_.second));
    default: return {};
  }
}

}  // namespace plumbline
