// What is open, as pages, tree and status say it, and what comes into the window from outside:
// dropped files and jobs that are over.
#include <QAction>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>

#include <algorithm>

#include "widgets/decision/run_review.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/jobs/job_words.h"
#include "widgets/page/settings.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/study/study_upkeep_dialogs.h"
#include "widgets/text/text_of.h"
#include "widgets/window/banner.h"
#include "widgets/window/dock.h"
#include "widgets/window/imports.h"
#include "widgets/window/jobs_dock.h"
#include "widgets/window/main_window.h"
#include "widgets/window/status_line.h"
#include "widgets/window/study_session.h"

namespace plumbline {

namespace {

QString error_notice(const Error& error) {
  QString text = QStringLiteral("<b>%1</b>").arg(text_of(error.message).toHtmlEscaped());
  if (!error.where.empty())
    text += QStringLiteral("<br>%1").arg(text_of(error.where).toHtmlEscaped());
  if (!error.hint.empty())
    text += QStringLiteral("<br>%1").arg(text_of(error.hint).toHtmlEscaped());
  return text;
}

}  // namespace

const std::vector<RunInfo>& MainWindow::runs() const { return session_->runs(); }
RunReview* MainWindow::review() const { return session_->review(); }
Remarks* MainWindow::remarks() const { return session_->remarks(); }
QUndoStack* MainWindow::undo_stack() const { return session_->undo(); }

Result<void> MainWindow::open_study(const QString& folder, Access access) {
  close_study();
  banner_->dismiss();
  auto opened = session_->open(folder, access);
  const bool writable = session_->writable();
  tree_->set_writable(writable);
  if (opened) jobs_->set_study(session_->study()->folder(), writable);
  if (opened) opened = show_study();
  if (!opened) close_study();
  const Study* study = session_->study();
  study_dock_->set_fact(study == nullptr ? QString()
                        : writable       ? text_of(study->name())
                                         : tr("%1 · read only").arg(text_of(study->name())));
  offer_writing(study == nullptr || writable);
  say_what_is_open();
  if (!opened) {
    show_error(opened.error());
    return opened;
  }
  upkeep_->set_study(study->folder());
  if (!writable)
    say(tr("This study can only be read: nothing can be imported, run, tagged or renamed in it."));
  if (settings_ != nullptr) settings_->add_recent_study(text_of(study->folder().string()));
  if (runs().empty())
    show_notice(tr("Run models on a data set first: %1.")
                    .arg(anchor(Route{.page = QLatin1String(planning_page)}, tr("go to Runs"))));
  else
    open_run(text_of(runs().back().name));
  return {};
}

void MainWindow::close_study() {
  session_->close();
  tree_->clear();
  jobs_->set_study({});
  awaited_.reset();
  // Without a study there is nothing that could not be read.
  for (Page* page : pages_) static_cast<void>(page->show_study(nullptr));
}

/// What SQLite says of the study, for tree and pages.
Result<void> MainWindow::show_study() {
  const Study& study = *session_->study();
  TRY(tree_->show_study(study));
  TRY(session_->read_runs());
  if (review() != nullptr &&
      std::ranges::find(runs(), review()->run().info.name, &RunInfo::name) == runs().end())
    session_->leave_run();
  for (Page* page : pages_) TRY(page->show_study(&study));
  if (review() != nullptr) tree_->show_run(review()->run(), false);
  return {};
}

void MainWindow::open_run(const QString& name, const std::string& policy,
                          const std::string& split) {
  awaited_.reset();
  session_->open_run(name, policy, split);
}

void MainWindow::show_review() {
  tree_->show_run(review()->run());
  const QString kind = text_of(review()->run().kind->name);
  for (Page* page : pages_) {
    const bool shows = page->shows_runs_of(review()->run().kind->name);
    page->show_run(shows ? review() : nullptr);
    if (!shows)
      page->show_notice(tr("The predictions of %1 are %2, which this page does not show.")
                            .arg(text_of(review()->run().info.name).toHtmlEscaped(), kind));
  }
  if (review()->run().samples() == 0) show_notice(tr("The split has no samples."));
  say_what_is_open();
}

void MainWindow::show_notice(const QString& text) {
  for (Page* page : pages_) page->show_notice(text);
}

void MainWindow::show_error(const Error& error) {
  show_notice(error_notice(error) + QStringLiteral("<br><br>") +
              anchor(CommandName{QStringLiteral("open")}, tr("Open another study")));
}

void MainWindow::say_what_is_open() {
  const Study* study = session_->study();
  status_->show_open(study, review());
  QString title = QStringLiteral("Plumbline");
  if (study != nullptr) title = text_of(study->name()) + QStringLiteral(" – ") + title;
  setWindowTitle(title);
}

void MainWindow::say(const QString& message) {
  // A failure stays until it is dismissed.
  if (!banner_->isHidden() && banner_->tone() == Banner::Tone::failed) return status_->say(message);
  banner_->show_message(Banner::Tone::said, message);
}

void MainWindow::complain(const QString& message) {
  banner_->show_message(Banner::Tone::failed, message);
}

void MainWindow::reload_study(const QString& run) {
  if (session_->study() == nullptr) return;
  if (auto read = show_study(); !read) return complain(text_of(to_string(read.error())));
  if (run.isEmpty()) return leave_removed_run();
  if (session_->is_under_review(run))
    open_run(run, to_string(review()->policy()), review()->run().split);
  else if (review() == nullptr && !session_->is_reading())
    open_run(run);
}

void MainWindow::take_finished_job(const std::string& id) {
  const JobFolder* job = jobs_->job(id);
  if (job == nullptr) return;
  const QString title = job_title(*job);
  const JobState state = job->state();
  const QString run = job_run(*job);
  // Also what broke off has committed something.
  reload_study(state == JobState::failed ? QString() : run);
  if (state == JobState::finished) return say(tr("%1: finished").arg(title));
  if (state == JobState::cancelled)
    return say(tr("%1: cancelled; what was finished is kept").arg(title));
  const QString why = job_end_words(*job);
  const bool imports = job->subject().as<ImportWork>() != nullptr;
  const bool resumes = job->subject().retry == JobRetry::resume;
  std::vector<Banner::Action> actions;
  if (jobs_->takes_jobs())
    actions.push_back({imports   ? tr("Again…")
                       : resumes ? tr("Resume")
                                 : tr("Again"),
                       [this, id] { try_again(id); }});
  actions.push_back({tr("Log"), [this, id] { jobs_dock_->list()->show_log(id); }});
  banner_->show_message(Banner::Tone::failed, tr("%1: %2").arg(title, why), std::move(actions));
}

void MainWindow::try_again(const std::string& id) {
  const JobFolder* job = jobs_->job(id);
  if (job == nullptr) return;
  banner_->dismiss();
  if (job->subject().as<ImportWork>() != nullptr) return imports_->ask_again(*job);
  if (const auto again = jobs_->run_again(id); !again) complain(text_of(to_string(again.error())));
}

/// What adds to a study is offered where it can be written to.
void MainWindow::offer_writing(bool writable) {
  for (QAction* action : writing_actions_) {
    action->setEnabled(writable);
    action->setToolTip(writable ? QString() : session_->remarks()->obstacle());
  }
}

const Study* MainWindow::study_to_work_on() {
  if (session_->study() == nullptr) ask_for_new_study();
  return session_->study();
}

void MainWindow::ask_for_study() {
  const Study* study = session_->study();
  const QString start =
      study != nullptr ? text_of(study->folder().parent_path().string()) : QString();
  const QString folder =
      QFileDialog::getExistingDirectory(this, tr("Open a study (a folder NAME.plumb)"), start);
  if (!folder.isEmpty()) static_cast<void>(open_study(folder));
}

void MainWindow::ask_for_new_study() {
  QString folder = QFileDialog::getSaveFileName(this, tr("Make a new study (a folder NAME.plumb)"),
                                                QStringLiteral("study.plumb"));
  if (folder.isEmpty()) return;
  if (!folder.endsWith(QStringLiteral(".plumb"))) folder += QStringLiteral(".plumb");
  if (const auto made = Study::open(folder.toStdString(), Access::create); !made)
    return show_error(made.error());
  static_cast<void>(open_study(folder));
  go_or_say({.page = QLatin1String(planning_page)});
}

void MainWindow::import_paths(const QStringList& paths) {
  QStringList others;
  for (const QString& path : paths) {
    if (QFileInfo(path).isDir() && QFileInfo::exists(path + QStringLiteral("/study.sqlite")))
      static_cast<void>(open_study(path));
    else
      others << path;
  }
  if (others.isEmpty()) return;
  if (session_->study() != nullptr && !session_->writable())
    return complain(tr("This study can only be read, so %1 cannot be imported into it.")
                        .arg(QFileInfo(others.front()).fileName()));
  imports_->ask_by_paths(others);
}

namespace {

/// The local files of what is dragged.
QStringList dragged_files(const QMimeData& data) {
  QStringList paths;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile()) paths << url.toLocalFile();
  return paths;
}

}  // namespace

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QStringList paths = dragged_files(*event->mimeData());
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  if (!banner_->isHidden() && banner_->tone() == Banner::Tone::failed) return;
  banner_->show_message(
      Banner::Tone::offer,
      paths.size() == 1
          ? tr("Drop %1 anywhere in the window to open or import it.")
                .arg(QFileInfo(paths.front()).fileName())
          : tr("Drop %1 files anywhere in the window to import them.").arg(paths.size()));
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
  if (banner_->tone() == Banner::Tone::offer) banner_->dismiss();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QStringList paths = dragged_files(*event->mimeData());
  if (banner_->tone() == Banner::Tone::offer) banner_->dismiss();
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  // After the drop has ended: a dialog would hold the other program's drag.
  QMetaObject::invokeMethod(this, [this, paths] { import_paths(paths); }, Qt::QueuedConnection);
}

}  // namespace plumbline
