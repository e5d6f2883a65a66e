#include "widgets/planer/target_model.h"

#include <QMimeData>

#include <algorithm>

#include "core/planer/front/target_verdict.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/planer/planer_words.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

const QString row_mime = QStringLiteral("application/x-plumbline-target");

TargetRow::State working_state(const SearchProgress& progress, double target) {
  const std::string said = progress.state_of(target);
  if (said == "retraining") return TargetRow::State::retraining;
  return said == "done" ? TargetRow::State::done : TargetRow::State::searching;
}

}  // namespace

std::vector<TargetRow> target_rows(const PlanerReview& review) {
  std::vector<TargetRow> rows;
  const SearchCurve* curve = review.curve();
  if (curve == nullptr) return rows;
  const auto baseline = curve->baseline_cost();
  const auto add = [&](TargetRow row) {
    for (const TargetRow& there : rows)
      if (same_target(there.target, row.target)) return;
    // A limit is a share of the cost that the baseline had in the same sitting: beside an estimate
    // it is the table's.
    if (row.cost && row.estimated && curve->is_estimated_apart())
      if (const auto of_one = curve->estimated_fraction(1)) row.baseline = 1 / *of_one;
    if (!row.baseline) row.baseline = baseline;
    if (row.baseline) row.limit = row.target * *row.baseline;
    rows.push_back(std::move(row));
  };
  for (const PlanerEntry& entry : curve->entries) {
    // What another kind of target is a fraction of is not in this table.
    if (entry.role != PlanerEntry::Role::found || entry.target_cost != entry.cost) continue;
    TargetRow row;
    row.target = entry.target;
    row.cost = entry.shown_cost();
    row.estimated = !entry.measured();
    if (const auto beside = entry.beside()) row.baseline = beside->median;
    row.beside_baseline = entry.fraction().has_value();
    row.target_met = entry.target_met();
    row.noisy = entry.is_noisy();
    row.loss = entry.loss;
    row.state = TargetRow::State::done;
    row.network = entry.network;
    add(std::move(row));
  }
  if (const auto& progress = review.progress(); progress && progress->cost == curve->subject.cost) {
    const bool at_work = review.is_searching();
    for (const double target : progress->targets) {
      TargetRow row;
      row.target = target;
      const bool current = same_target(target, progress->target);
      const std::string said = progress->state_of(target);
      if (current || !said.empty()) {
        row.state = working_state(*progress, target);
        row.share = progress->share();
        if (current && !progress->path.empty()) row.cost = progress->path.back().cost;
        row.estimated = true;
        // What the engine said when it was done, until the study names the network.
        for (const JobArchitecture& event : progress->architectures)
          if (same_target(event.target, target) && event.state == "done") {
            const bool of_time = curve->subject.cost == CostKind::latency;
            row.cost = of_time ? event.latency_ms : event.joules;
            row.estimated = false;
            row.baseline = of_time ? event.baseline_latency_ms : event.baseline_joules;
            row.beside_baseline = row.baseline.value_or(0) > 0;
            if (row.beside_baseline && row.cost)
              row.target_met = meets_target(*row.cost / *row.baseline, target);
            if (event.validation_loss)
              row.loss =
                  MeasuredLoss{*event.validation_loss, event.validation_error.value_or(0), 0};
          }
      }
      if (!at_work && row.state != TargetRow::State::done) {
        if (progress->state == JobState::finished) continue;
        row.state = TargetRow::State::stopped;
        row.job_state = progress->state;
      }
      add(std::move(row));
    }
  }
  for (const JobFolder& job : review.jobs()->jobs()) {
    const SearchWork* search = search_of(job);
    if (search == nullptr || job.state() != JobState::queued) continue;
    if (cost_of_search(*search) != curve->subject.cost) continue;
    if (!curve->subject.search.empty() && search->search != curve->subject.search) continue;
    for (const double target : search->targets) {
      TargetRow row;
      row.target = target;
      row.job = job.id();
      add(std::move(row));
    }
  }
  return rows;
}

TargetModel::TargetModel(PlanerReview* review, QObject* parent)
    : QAbstractTableModel(parent), review_(review) {
  connect(review_, &PlanerReview::subject_changed, this, &TargetModel::refresh);
  connect(review_, &PlanerReview::progress_changed, this, &TargetModel::refresh);
  connect(review_->jobs(), &JobCenter::jobs_changed, this, &TargetModel::refresh);
  refresh();
}

void TargetModel::refresh() {
  auto rows = target_rows(*review_);
  const bool same = std::ranges::equal(rows, rows_, {}, &TargetRow::target, &TargetRow::target);
  if (!same) beginResetModel();
  rows_ = std::move(rows);
  if (!same)
    endResetModel();
  else if (!rows_.empty())
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columns - 1));
  Q_EMIT headerDataChanged(Qt::Horizontal, limit, loss);
}

int TargetModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int TargetModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant TargetModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const TargetRow& line = row(index.row());
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (index.column() == target || index.column() == state ? Qt::AlignLeft : Qt::AlignRight) |
        Qt::AlignVCenter));
  if (role == figure_source_role) return QVariant::fromValue(network_source(line.network));
  if (role == Qt::UserRole)  // at work: the row that stands out
    return line.state == TargetRow::State::searching || line.state == TargetRow::State::retraining;
  if (role == Qt::ToolTipRole) {
    const SearchCurve* curve = review_->curve();
    if (curve == nullptr) return {};
    if (index.column() == latency && line.estimated && line.cost)
      return curve->subject.cost == CostKind::latency
                 ? tr("estimated from the latency table, not measured yet")
                 : tr("estimated from the energy table, not measured yet");
    if (index.column() == limit && line.limit)
      return line.beside_baseline
                 ? tr("%1 of the baseline's %2, measured in turns with this network")
                       .arg(target_text(line.target), curve->text(*line.baseline))
                 : tr("%1 of the baseline's %2")
                       .arg(target_text(line.target), curve->text(*line.baseline));
    if (index.column() == speed_up && line.cost && !line.estimated)
      return line.beside_baseline ? tr("%1 / %2, measured in turns")
                                        .arg(curve->text(*line.baseline), curve->text(*line.cost))
                                  : tr("not measured in the same sitting as the baseline, so the "
                                       "two cannot be compared");
    if (line.state == TargetRow::State::queued)
      return tr("drag, or Alt with an arrow, moves it in the queue; Delete removes it");
    if (index.column() != state) return {};
    // The column may be too narrow for its words.
    const QString words = index.data().toString();
    if (!line.noisy) return words;
    return words + u'\n' +
           (curve->subject.cost == CostKind::latency
                ? tr("the machine was not quiet: latencies spread by more than %1")
                : tr("the machine was not quiet: energies spread by more than %1"))
               .arg(percent(noisy_share, 0));
  }
  if (role != Qt::DisplayRole) return {};
  const auto figure = [](const std::optional<double>& value) {
    return value ? ms_figure(*value) : QString(no_value);
  };
  switch (index.column()) {
    case target: return target_text(line.target);
    case limit: return figure(line.limit);
    case latency:
      return line.cost && line.estimated ? tr("%1 est.").arg(figure(line.cost)) : figure(line.cost);
    case speed_up:
      return line.cost && !line.estimated && line.beside_baseline
                 ? target_text(*line.baseline / *line.cost)
                 : QString(no_value);
    case loss: return line.loss ? review_->curve()->unit.text(*line.loss) : QString(no_value);
    case state:
      switch (line.state) {
        case TargetRow::State::queued: return tr("queued");
        case TargetRow::State::searching: return tr("searching, %1").arg(percent(line.share, 0));
        case TargetRow::State::retraining: return tr("retraining, %1").arg(percent(line.share, 0));
        case TargetRow::State::done:
          if (line.target_met == false)
            return line.noisy ? tr("above the limit, noisy") : tr("above the limit");
          return line.noisy ? tr("done, noisy") : tr("done");
        case TargetRow::State::stopped: return job_state_name(line.job_state);
      }
      return {};
    default: return {};
  }
}

QVariant TargetModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(
        Qt::Alignment((section == target || section == state ? Qt::AlignLeft : Qt::AlignRight) |
                      Qt::AlignVCenter));
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const SearchCurve* curve = review_->curve();
  const bool of_energy = curve != nullptr && curve->subject.cost == CostKind::energy;
  switch (section) {
    case target: return tr("target");
    case limit: return of_energy ? tr("limit, J") : tr("limit, ms");
    case latency: return of_energy ? cost_unit(CostKind::energy) : tr("latency, ms");
    case speed_up: return of_energy ? tr("saving") : tr("speed-up");
    case loss: return review_->curve() == nullptr ? QString() : review_->curve()->unit.name();
    case state: return tr("state");
    default: return {};
  }
}

Qt::ItemFlags TargetModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  if (!index.isValid()) return flags | Qt::ItemIsDropEnabled;
  if (row(index.row()).state == TargetRow::State::queued) flags |= Qt::ItemIsDragEnabled;
  return flags;
}

QStringList TargetModel::mimeTypes() const { return {row_mime}; }

QMimeData* TargetModel::mimeData(const QModelIndexList& indexes) const {
  auto* data = new QMimeData;
  if (!indexes.empty()) data->setData(row_mime, QByteArray::number(indexes.first().row()));
  return data;
}

bool TargetModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int before, int,
                               const QModelIndex& parent) {
  if (action != Qt::MoveAction || !data->hasFormat(row_mime)) return false;
  bool read = false;
  const int from = data->data(row_mime).toInt(&read);
  if (!read) return false;
  if (before < 0) before = parent.isValid() ? parent.row() : rowCount();
  place(from, before);
  // The rows come back from the queue itself; the view has none to remove.
  return false;
}

void TargetModel::move(int from, int by) {
  if (by != 0) place(from, by > 0 ? from + by + 1 : from + by);
}

void TargetModel::place(int from, int before) {
  const auto queued = [&](int at) {
    return at >= 0 && at < rowCount() && row(at).state == TargetRow::State::queued;
  };
  if (!queued(from)) return;
  std::vector<std::string> others;
  std::size_t at = 0;
  for (int i = 0; i < rowCount(); ++i) {
    if (!queued(i) || i == from || row(i).job == row(from).job) continue;
    if (std::ranges::count(others, row(i).job) > 0) continue;
    others.push_back(row(i).job);
    if (i < before) at = others.size();
  }
  auto order = others;
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), row(from).job);
  std::vector<std::string> now;
  for (const TargetRow& line : rows_)
    if (line.state == TargetRow::State::queued && std::ranges::count(now, line.job) == 0)
      now.push_back(line.job);
  if (order != now) Q_EMIT reordered(order);
}

QString TargetModel::summary() const {
  int done = 0, working = 0, queued = 0;
  for (const TargetRow& line : rows_) {
    done += line.state == TargetRow::State::done;
    working +=
        line.state == TargetRow::State::searching || line.state == TargetRow::State::retraining;
    queued += line.state == TargetRow::State::queued;
  }
  QStringList parts;
  if (done > 0) parts << tr("%1 done").arg(done);
  if (working > 0) parts << tr("%1 running").arg(working);
  if (queued > 0) parts << tr("%1 queued").arg(queued);
  return parts.join(QStringLiteral(", "));
}

}  // namespace plumbline
