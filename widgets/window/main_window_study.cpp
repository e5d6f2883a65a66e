#include <QFileDialog>
#include <QFileInfo>
#include <QStackedWidget>
#include <QStatusBar>
#include <QUndoStack>

#include "widgets/compare/compare_page.h"
#include "widgets/decision/policy_memory.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/page/background.h"
#include "widgets/page/settings.h"
#include "widgets/planer/planer_page.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/text/text_of.h"
#include "widgets/window/dock.h"
#include "widgets/window/main_window.h"

namespace plumbline {

namespace {}  // namespace

Result<void> MainWindow::open_study(const QString& folder) {
  ++opening_;
  for (Page* page : pages_) page->show_run(nullptr);
  review_.reset();
  study_.reset();
  runs_.clear();
  tree_->clear();
  jobs_->set_study({});
  remarks_->close();
  runs_page_->set_catalogue(std::nullopt, {});
  compare_->set_study({}, {});
  planer_->set_catalogue(std::nullopt, {});
  reading_ = false;
  const auto open = [&]() -> Result<void> {
    const std::string path = QFileInfo(folder).absoluteFilePath().toStdString();
    // Brings a study of an earlier version up to date where it may be written.
    static_cast<void>(Study::open(path, Access::read_write));
    auto study = Study::open(path, Access::read_only);
    TRY(study);
    study_ = std::move(*study);
    if (auto read = read_study(); !read) {
      study_.reset();
      return read;
    }
    return {};
  };
  auto opened = open();
  study_dock_->set_fact(study_ ? text_of(study_->name()) : QString());
  say_what_is_open();
  if (!opened) {
    tree_->clear();
    show_error(opened.error());
    return opened;
  }
  jobs_->set_study(study_->folder());
  if (settings_ != nullptr) settings_->add_recent_study(text_of(study_->folder().string()));
  if (runs_.empty()) {
    for (Page* page : pages_)
      page->show_notice(tr("Run models on a data set first: <a href='runs'>go to Runs</a>."));
    return {};
  }
  open_run(text_of(runs_.back().name));
  return {};
}

void MainWindow::open_run(const QString& name, const std::string& policy,
                          const std::string& split) {
  if (!study_) return;
  // Steps of another run are not this one's.
  if (review_ == nullptr || text_of(review_->run().info.name) != name) undo_->clear();
  const int opening = ++opening_;
  reading_ = true;
  for (Page* page : pages_) {
    page->show_run(nullptr);
    page->show_notice(tr("Reading the votes of %1…").arg(name.toHtmlEscaped()));
  }
  review_.reset();
  run_in_background(
      this,
      [folder = study_->folder(), run = name.toStdString(), split] {
        return plumbline::open_run(folder, run, split);
      },
      [this, opening, policy](Result<OpenedRun> run) {
        if (opening == opening_) take_run(std::move(run), policy);
      });
}

void MainWindow::take_run(Result<OpenedRun> run, const std::string& policy) {
  reading_ = false;
  if (!run) {
    show_error(run.error());
    Q_EMIT run_failed(run.error());
    return;
  }
  review_ = std::make_unique<RunReview>(std::move(*run));
  const OpenedRun& opened = review_->run();
  if (const auto read = remarks_->open(opened.folder, opened.dataset.id, opened.split); !read)
    say(text_of(to_string(read.error())));
  connect(review_.get(), &RunReview::failed, this, [this](const Error& error) {
    statusBar()->showMessage(text_of(to_string(error)), 15000);
    Q_EMIT run_failed(error);
  });
  tree_->show_run(review_->run());
  for (Page* page : pages_) {
    page->show_run(review_.get());
    if (review_->run().samples() == 0) page->show_notice(tr("The split has no samples."));
  }
  say_what_is_open();
  if (!policy.empty()) {
    const auto parsed = parse_policy(policy, review_->policy_voters().size());
    if (!parsed) {
      Q_EMIT run_failed(parsed.error());
      return;
    }
    review_->set_policy(*parsed);
  }
  policy_memory_->start(*review_);
  connect(review_.get(), &RunReview::decided, this, [this](bool settled) {
    if (settled) note_policy();
  });
  Q_EMIT run_opened();
}

/// What SQLite says of the study, for tree, runs and comparison.
Result<void> MainWindow::read_study() {
  if (auto shown = tree_->show_study(*study_); !shown) return shown;
  auto catalogue = read_catalogue(*study_);
  TRY(catalogue);
  runs_ = catalogue->runs;
  compare_->set_study(study_->folder(), runs_);
  runs_page_->set_catalogue(std::move(*catalogue), text_of(study_->folder().string()));
  auto searches = read_planer_catalogue(*study_);
  TRY(searches);
  planer_->set_catalogue(std::move(*searches), text_of(study_->folder().string()));
  if (review_ != nullptr) tree_->show_run(review_->run());
  return {};
}

void MainWindow::reload_study(const QString& run) {
  if (!study_) return;
  if (auto read = read_study(); !read) return say(text_of(to_string(read.error())));
  if (run.isEmpty()) return;
  const bool same = review_ != nullptr && text_of(review_->run().info.name) == run;
  if (same)
    open_run(run, to_string(review_->policy()), review_->run().split);
  else if (review_ == nullptr && !reading_)
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

void MainWindow::note_policy() {
  policy_memory_->note(*undo_, [this] { return review_.get(); });
}

}  // namespace plumbline
