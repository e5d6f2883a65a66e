#include "widgets/window/jobs_dock.h"

#include <QMainWindow>
#include <QMenu>
#include <QToolButton>

#include <algorithm>

#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int jobs_width = 400;

QToolButton* jobs_button(const QString& words) {
  auto* button = new QToolButton;
  button->setText(words);
  button->setAutoRaise(true);
  button->setFont(ui_font(TextSize::small));
  return button;
}

}  // namespace

JobsDock::JobsDock(JobCenter* jobs, QMainWindow* window)
    : Dock(tr("Jobs"), QStringLiteral("jobs"), jobs_width, window),
      jobs_(jobs),
      window_(window),
      list_(new JobList(jobs)),
      fold_(jobs_button(tr("Fold"))) {
  setWidget(list_);
  explain_fact("job.summary");
  list_->setMinimumHeight(0);
  QToolButton* clear = jobs_button(tr("Clear finished"));
  connect(clear, &QToolButton::clicked, jobs_, &JobCenter::clear_finished);
  fold_->setObjectName(QStringLiteral("fold_jobs"));
  fold_->setCheckable(true);
  connect(fold_, &QToolButton::toggled, this, [this](bool folded) {
    fold(folded);
    Q_EMIT folded_by_hand(folded);
  });
  clear->setObjectName(QStringLiteral("clear_finished"));
  const auto offer_clearing = [this, clear] {
    const bool some = std::ranges::any_of(
        jobs_->jobs(), [](const JobFolder& job) { return is_over(job.state()); });
    clear->setEnabled(some && jobs_->takes_jobs());
  };
  connect(jobs_, &JobCenter::jobs_changed, clear, offer_clearing);
  connect(jobs_, &JobCenter::job_over, clear, offer_clearing);
  offer_clearing();
  add_control(clear);
  add_control(fold_);
  connect(list_, &JobList::summary_changed, this, &JobsDock::say_what_is_at_work);
  connect(list_, &JobList::failed, this, &JobsDock::failed);
  connect(list_, &JobList::open_run, this, &JobsDock::open_run);
  connect(list_, &JobList::ask_again, this, &JobsDock::ask_again);
}

bool JobsDock::is_folded() const { return fold_->isChecked(); }

void JobsDock::set_folded(bool folded) {
  if (folded == is_folded()) return;
  const QSignalBlocker blocker(fold_);
  fold_->setChecked(folded);
  fold(folded);
}

void JobsDock::fold(bool folded) {
  // Not hidden: a dock without a visible widget is no wider than its title.
  list_->setMaximumHeight(folded ? 0 : QWIDGETSIZE_MAX);
  // Tab does not go where nothing is seen.
  list_->setEnabled(!folded);
  setMaximumHeight(folded ? spacing::dock_title_height : QWIDGETSIZE_MAX);
  if (!folded) window_->resizeDocks({this}, {spacing::jobs_height}, Qt::Vertical);
  say_what_is_at_work();
}

void JobsDock::say_what_is_at_work() {
  QString fact = list_->summary();
  if (is_folded())
    if (const QString line = list_->line_at_work(); !line.isEmpty())
      fact += QStringLiteral("  ·  ") + line;
  set_fact(fact);
}

std::vector<QAction*> JobsDock::fill(QMenu* menu) {
  const auto on_current = [this](auto act) {
    return [this, act] {
      const std::string id = list_->current();
      if (id.empty()) return Q_EMIT failed(tr("There are no jobs."));
      if (const Result<void> done = act(id); !done) Q_EMIT failed(text_of(to_string(done.error())));
    };
  };
  const auto add = [&](const QString& words, const QKeySequence& keys, const char* name, auto act) {
    QAction* action = menu->addAction(words, keys, this, on_current(act));
    action->setObjectName(QString::fromLatin1(name));
    return action;
  };
  QAction* pause = add(tr("&Pause or resume"), Qt::CTRL | Qt::Key_P, "pause-job",
                       [this](const std::string& id) { return pause_or_resume(id); });
  QAction* cancel = add(tr("&Cancel"), Qt::CTRL | Qt::SHIFT | Qt::Key_X, "cancel-job",
                        [this](const std::string& id) { return jobs_->cancel(id); });
  add(tr("Show the &log"), Qt::CTRL | Qt::Key_L, "show-log",
      [this](const std::string& id) -> Result<void> {
        list_->show_log(id);
        return {};
      });
  menu->addSeparator();
  QAction* clear = menu->addAction(tr("Clear &finished jobs"), jobs_, &JobCenter::clear_finished);
  clear->setObjectName(QStringLiteral("clear-jobs"));
  return {pause, cancel, clear};
}

Result<void> JobsDock::pause_or_resume(const std::string& id) {
  const JobFolder* job = jobs_->job(id);
  if (job == nullptr) return {};
  if (job->state() == JobState::running) return jobs_->pause(id);
  if (job->state() == JobState::paused) return jobs_->resume(id);
  if (!is_over(job->state()) || job->state() == JobState::finished) return {};
  if (job->subject().as<ImportWork>() != nullptr)
    Q_EMIT ask_again(id);
  else
    TRY(jobs_->run_again(id));
  return {};
}

}  // namespace plumbline
