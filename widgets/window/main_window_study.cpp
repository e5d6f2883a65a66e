// What is open, as pages, tree and status say it, and what comes into the window from outside:
// dropped files and jobs that are over.
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>

#include "widgets/decision/run_review.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/page/settings.h"
#include "widgets/study/study_tree.h"
#include "widgets/text/text_of.h"
#include "widgets/window/dock.h"
#include "widgets/window/imports.h"
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

Result<void> MainWindow::open_study(const QString& folder) {
  close_study();
  auto opened = session_->open(folder);
  if (opened) opened = show_study();
  if (!opened) close_study();
  const Study* study = session_->study();
  study_dock_->set_fact(study != nullptr ? text_of(study->name()) : QString());
  say_what_is_open();
  if (!opened) {
    show_error(opened.error());
    return opened;
  }
  jobs_->set_study(study->folder());
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
  for (Page* page : pages_) TRY(page->show_study(&study));
  if (review() != nullptr) tree_->show_run(review()->run());
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

void MainWindow::say(const QString& message) { status_->say(message); }

void MainWindow::reload_study(const QString& run) {
  if (session_->study() == nullptr) return;
  if (auto read = show_study(); !read) return say(text_of(to_string(read.error())));
  if (run.isEmpty()) return;
  if (session_->is_under_review(run))
    open_run(run, to_string(review()->policy()), review()->run().split);
  else if (review() == nullptr && !session_->is_reading())
    open_run(run);
}

void MainWindow::take_finished_job(const std::string& id) {
  const JobFolder* job = jobs_->job(id);
  if (job == nullptr) return;
  const QString title = job_title(*job);
  const JobLog& log = job->log();
  const JobState state = job->state();
  const QString run = job_run(*job);
  // Also what broke off has committed something.
  reload_study(state == JobState::failed ? QString() : run);
  if (state == JobState::finished)
    say(tr("%1: finished").arg(title));
  else if (log.failure && state == JobState::failed)
    say(tr("%1: %2").arg(title, text_of(log.failure->message)));
  else if (state == JobState::ended)
    say(tr("%1: the engine was killed or crashed; what it committed is kept. Resume goes on.")
            .arg(title));
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

void MainWindow::import_path(const QString& path) {
  if (QFileInfo(path).isDir() && QFileInfo::exists(path + QStringLiteral("/study.sqlite")))
    static_cast<void>(open_study(path));
  else
    imports_->ask_by_path(path);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls() && event->mimeData()->urls().first().isLocalFile())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty() || !urls.first().isLocalFile()) return;
  event->acceptProposedAction();
  const QString path = urls.first().toLocalFile();
  // After the drop has ended: a dialog would hold the other program's drag.
  QMetaObject::invokeMethod(this, [this, path] { import_path(path); }, Qt::QueuedConnection);
}

}  // namespace plumbline
