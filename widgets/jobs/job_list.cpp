#include "widgets/jobs/job_list.h"

#include <QContextMenuEvent>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QPlainTextEdit>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <array>
#include <functional>

#include "core/jobs/job_figures.h"
#include "widgets/bars/row_table.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_table_model.h"
#include "widgets/jobs/job_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int narrow_job_table = 1320;  // of the table, pixels

/// A bar: in accent while the job is at work, grey when it is over.
class ProgressDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const Colours& c = colours();
    QRect bar = option.rect.adjusted(4, 0, -12, 0);
    bar = QRect(bar.left(), bar.center().y() - 3, bar.width(), 8);
    painter->fillRect(bar, c.groove);
    const double fraction = index.data(Qt::UserRole).toDouble();
    bar.setWidth(qRound(bar.width() * fraction));
    painter->fillRect(bar, index.data(Qt::UserRole + 1).toBool() ? c.accent : c.dissent);
  }
};

}  // namespace

struct JobList::Action {
  QString name;
  std::function<void()> act;
};

JobList::JobList(JobCenter* center, QWidget* parent)
    : QWidget(parent),
      center_(center),
      model_(new JobTableModel(center, this)),
      view_(new QTableView(this)) {
  setObjectName(QStringLiteral("job_list"));
  view_->setModel(model_);
  explain_columns(view_, {"job.title", "job.phase", "job.done", "job.done", "job.rate", "job.time",
                          "job.phase", ""});
  view_->setObjectName(QStringLiteral("jobs_table"));
  view_->setAccessibleName(tr("Jobs"));
  show_as_rows(view_, spacing::row_height);
  view_->setWordWrap(false);
  view_->setItemDelegateForColumn(JobTableModel::progress, new ProgressDelegate(view_));
  auto* header = view_->horizontalHeader();
  header->setMinimumSectionSize(40);
  header->setSectionResizeMode(JobTableModel::phase, QHeaderView::Stretch);
  const auto set_widths = [this, header] {
    // The phase takes what is left, which has to be enough for its words.
    constexpr std::array wide = {320, 0, 220, 150, 80, 140, 90, 170},
                         narrow = {250, 0, 110, 110, 70, 132, 80, 170};
    const auto& widths = view_->viewport()->width() < narrow_job_table ? narrow : wide;
    for (int column = 0; column < JobTableModel::columns; ++column)
      if (const int width = widths[static_cast<std::size_t>(column)];
          width > 0 && header->sectionSize(column) != width)
        header->resizeSection(column, width);
  };
  connect(header, &QHeaderView::geometriesChanged, this, set_widths);
  set_widths();
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(view_);
  const auto take_rows = [this] {
    place_buttons();
    view_->setVisible(model_->rowCount() > 0);
    update();
    Q_EMIT summary_changed();
  };
  connect(model_, &QAbstractItemModel::modelReset, this, take_rows);
  connect(model_, &QAbstractItemModel::rowsInserted, this, take_rows);
  connect(center_, &JobCenter::job_advanced, this, [this](const std::string& id) {
    if (const int row = model_->row_of(id); row >= 0) place_buttons(row);
    Q_EMIT summary_changed();
  });
  connect(view_, &QTableView::doubleClicked, this,
          [this](const QModelIndex& index) { show_log(model_->id(index.row())); });
  place_buttons();
  view_->setVisible(model_->rowCount() > 0);
}

QString JobList::summary() const {
  if (center_->jobs().empty()) return {};
  QStringList parts;
  const int running = center_->running(), queued = center_->queued();
  const JobCounts counts = count_jobs(center_->jobs());
  if (running > 0) parts << tr("%1 running").arg(running);
  if (queued > 0) parts << tr("%1 queued").arg(queued);
  if (counts.finished > 0) parts << tr("%1 finished").arg(counts.finished);
  if (counts.failed > 0) parts << tr("%1 failed").arg(counts.failed);
  return parts.join(QStringLiteral(", "));
}

QString JobList::line_at_work() const {
  for (const JobFolder& job : center_->jobs()) {
    if (job.state() != JobState::running && job.state() != JobState::paused) continue;
    const JobFigures figures = figures_of(job);
    QStringList parts{job_title(job)};
    if (figures.amount) parts << percent(figures.share, 0);
    if (job.state() == JobState::paused)
      parts << job_state_name(job.state());
    else if (figures.seconds_left)
      parts << tr("%1 left").arg(duration_text(*figures.seconds_left));
    return parts.join(QStringLiteral(" · "));
  }
  return {};
}

std::string JobList::current() const {
  const QModelIndex index = view_->currentIndex();
  if (index.isValid()) return model_->id(index.row());
  return model_->rowCount() > 0 ? model_->id(0) : std::string();
}

std::vector<JobList::Action> JobList::actions_of(const std::string& id) {
  std::vector<Action> actions;
  const JobFolder* job = center_->job(id);
  if (job == nullptr) return actions;
  const auto report = [this](const Result<void>& result) {
    if (!result) Q_EMIT failed(text_of(to_string(result.error())));
  };
  const JobState state = job->state();
  // A study that can only be read has jobs to look at.
  const bool may = center_->takes_jobs();
  if (state == JobState::running && may)
    actions.push_back({tr("Pause"), [=, this] { report(center_->pause(id)); }});
  if (state == JobState::paused && may)
    actions.push_back({tr("Resume"), [=, this] { report(center_->resume(id)); }});
  if (!is_over(state) && may)
    actions.push_back({tr("Cancel"), [=, this] { report(center_->cancel(id)); }});
  if (state == JobState::finished && !job_run(*job).isEmpty())
    actions.push_back({tr("Open"), [this, name = job_run(*job)] { Q_EMIT open_run(name); }});
  const bool stopped =
      state == JobState::failed || state == JobState::cancelled || state == JobState::ended;
  if (stopped && job->subject().as<ImportWork>() != nullptr && may)
    actions.push_back({tr("Again…"), [=, this] { Q_EMIT ask_again(id); }});
  else if (stopped && may)
    actions.push_back(
        {job->subject().retry == JobRetry::resume ? tr("Resume") : tr("Again"), [=, this] {
           if (const auto again = center_->run_again(id); !again)
             Q_EMIT failed(text_of(to_string(again.error())));
         }});
  if (state != JobState::queued) actions.push_back({tr("Log"), [=, this] { show_log(id); }});
  return actions;
}

void JobList::place_buttons() {
  for (int row = 0; row < model_->rowCount(); ++row) place_buttons(row);
}

void JobList::place_buttons(int row) {
  const QModelIndex index = model_->index(row, JobTableModel::actions);
  const auto actions = actions_of(model_->id(row));
  QStringList names;
  for (const Action& action : actions) names << action.name;
  // Made anew only when they change, so that none vanishes under the pointer.
  if (QWidget* there = view_->indexWidget(index);
      there != nullptr && there->property("actions").toStringList() == names)
    return;
  auto* buttons = new QWidget;
  buttons->setProperty("actions", names);
  auto* items = new QHBoxLayout(buttons);
  items->setContentsMargins(4, 0, 4, 0);
  items->setSpacing(2);
  for (const Action& action : actions) {
    auto* button = new QToolButton(buttons);
    button->setText(action.name);
    button->setAutoRaise(true);
    button->setFont(ui_font(TextSize::small));
    QString word = action.name.toLower();
    button->setObjectName(QStringLiteral("job_%1").arg(word.remove(u'…')));
    button->setAccessibleName(
        tr("%1: %2").arg(action.name, model_->index(row, JobTableModel::title).data().toString()));
    connect(button, &QToolButton::clicked, this, action.act, Qt::QueuedConnection);
    items->addWidget(button);
  }
  items->addStretch(1);
  view_->setIndexWidget(index, buttons);
}

void JobList::contextMenuEvent(QContextMenuEvent* event) {
  const std::string id = current();
  if (id.empty()) return;
  QMenu menu(this);
  for (const Action& action : actions_of(id)) menu.addAction(action.name, this, action.act);
  menu.exec(event->globalPos());
}

void JobList::show_log(const std::string& id) {
  auto* dialog = new QDialog(window());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("job_log"));
  const JobFolder* job = center_->job(id);
  dialog->setWindowTitle(tr("Log of %1").arg(job == nullptr ? QString() : job_title(*job)));
  auto* text = new QPlainTextEdit(center_->log_text(id), dialog);
  text->setReadOnly(true);
  text->setTabChangesFocus(true);
  text->setAccessibleName(dialog->windowTitle());
  text->setFont(QFont(QStringLiteral("monospace")));
  auto* close = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  connect(close, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* rows = new QVBoxLayout(dialog);
  rows->addWidget(text);
  rows->addWidget(close);
  dialog->resize(760, 420);
  dialog->show();
}

void JobList::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().base);
  if (model_->rowCount() > 0) return;
  painter.setPen(colours().secondary_text);
  painter.drawText(rect(), Qt::AlignCenter, tr("No jobs. Start one on Runs or PLANER."));
}

}  // namespace plumbline
