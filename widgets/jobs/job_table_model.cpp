#include "widgets/jobs/job_table_model.h"

#include <algorithm>

#include "core/jobs/job_figures.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

QString phase_text(const JobFolder& job) {
  const JobLog& log = job.log();
  if (const QString words = job_end_words(job); !words.isEmpty()) return words;
  if (job.state() == JobState::queued) return JobTableModel::tr("waiting");
  return text_of(log.phase);
}

/// 40,000, or 7.8 MB where bytes are counted.
QString amount_text(const JobLog& log, qint64 amount) {
  return log.unit == "bytes" ? bytes_text(static_cast<quint64>(amount)) : with_thousands(amount);
}

QString rate_text(const JobLog& log, const JobFigures& figures) {
  if (!figures.per_second) return {};
  const double rate = *figures.per_second;
  return QStringLiteral("%1 /s").arg(
      log.unit != "bytes" && rate < 10 ? decimal(rate, 1) : amount_text(log, qRound64(rate)));
}

QString time_text(const JobFigures& figures) {
  if (figures.seconds_taken)
    return JobTableModel::tr("took %1").arg(duration_text(*figures.seconds_taken));
  if (figures.seconds_left)
    return JobTableModel::tr("%1 left").arg(duration_text(*figures.seconds_left));
  return {};
}

}  // namespace

JobTableModel::JobTableModel(JobCenter* center, QObject* parent)
    : QAbstractTableModel(parent), center_(center) {
  connect(center, &JobCenter::jobs_changed, this, &JobTableModel::take_jobs);
  connect(center, &JobCenter::job_advanced, this, [this](const std::string& id) {
    const int row = row_of(id);
    if (row >= 0) Q_EMIT dataChanged(index(row, 0), index(row, columns - 1));
  });
  take_jobs();
}

void JobTableModel::take_jobs() {
  std::vector<std::string> ids;
  for (const JobFolder& job : center_->jobs()) ids.push_back(job.id());
  std::ranges::reverse(ids);
  if (ids == ids_) return;
  // New ones come first: those that stay keep selection and focus.
  if (!ids_.empty() && ids.size() > ids_.size() &&
      std::equal(ids_.rbegin(), ids_.rend(), ids.rbegin())) {
    beginInsertRows({}, 0, static_cast<int>(ids.size() - ids_.size()) - 1);
    ids_ = std::move(ids);
    endInsertRows();
    return;
  }
  beginResetModel();
  ids_ = std::move(ids);
  endResetModel();
}

int JobTableModel::row_of(const std::string& id) const {
  const auto found = std::ranges::find(ids_, id);
  return found == ids_.end() ? -1 : static_cast<int>(found - ids_.begin());
}

int JobTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(ids_.size());
}

int JobTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

QVariant JobTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const JobFolder* found = center_->job(id(index.row()));
  if (found == nullptr) return {};
  const JobLog& log = found->log();
  const JobFigures figures = figures_of(*found);
  if (role == Qt::UserRole && index.column() == progress) return figures.share;
  if (role == Qt::UserRole + 1)
    return found->state() == JobState::running || found->state() == JobState::paused;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (index.column() >= done && index.column() <= time ? Qt::AlignRight : Qt::AlignLeft) |
        Qt::AlignVCenter));
  const bool wrong = found->state() == JobState::failed || found->state() == JobState::ended;
  if (role == Qt::ForegroundRole && wrong && (index.column() == phase || index.column() == state))
    return colours().failure;
  if (role == Qt::ToolTipRole && (index.column() == title || index.column() == phase))
    return data(index, Qt::DisplayRole);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case title: return job_title(*found);
    case phase: return phase_text(*found);
    case done:
      return figures.amount ? QStringLiteral("%1 / %2").arg(amount_text(log, figures.amount->done),
                                                            amount_text(log, figures.amount->total))
                            : QString();
    case rate: return rate_text(log, figures);
    case time: return time_text(figures);
    case state: return job_state_name(found->state());
    default: return {};
  }
}

QVariant JobTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (section >= done && section <= time ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case title: return tr("Job");
    case phase: return tr("Phase");
    case progress: return tr("Progress");
    case done: return tr("Done");
    case rate: return tr("Rate");
    case time: return tr("Time");
    case state: return tr("State");
    default: return {};
  }
}

}  // namespace plumbline
