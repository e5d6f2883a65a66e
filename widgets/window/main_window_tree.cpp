// What the study's tree asks for: places, and what is done with a row.
#include "widgets/decision/run_review.h"
#include "widgets/gallery/dataset_browser.h"
#include "widgets/study/study_tree.h"
#include "widgets/study/study_upkeep_dialogs.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"
#include "widgets/window/study_session.h"

#include <algorithm>

namespace plumbline {

void MainWindow::connect_tree() {
  connect(tree_, &StudyTree::run_chosen, this, [this](const QString& name, const QString& split) {
    if (!session_->is_under_review(name, split)) open_run(name, {}, split.toStdString());
    const Route route{.run = name, .split = split};
    if (current_page()->shows(route)) return;
    if (Page* page = page_showing(route)) show_page(page);
  });
  connect(tree_, &StudyTree::search_chosen, this,
          [this](const QString& name) { go_or_say({.search = name}); });
  connect(tree_, &StudyTree::decision_chosen, this,
          [this](const QString& name) { go_or_say({.decision = name}); });
  connect(tree_, &StudyTree::network_chosen, this,
          [this](const QString& name) { go_or_say({.network = name}); });
  connect(tree_, &StudyTree::task_wanted, this, &MainWindow::do_task);
  connect(upkeep_, &StudyUpkeepDialogs::failed, this, &MainWindow::complain);
  connect(upkeep_, &StudyUpkeepDialogs::renamed, this, &MainWindow::take_renamed);
  connect(upkeep_, &StudyUpkeepDialogs::removed, this, &MainWindow::take_removed);
}

void MainWindow::do_task(StudyTask task, const StudyItem& item) {
  const Study* study = session_->study();
  if (study == nullptr) return;
  switch (task) {
    case StudyTask::browse: {
      auto* browser = new DatasetBrowser(study->folder(), item.name.toStdString(),
                                         item.split.toStdString(), this);
      browser->setAttribute(Qt::WA_DeleteOnClose);
      browser->show();
      break;
    }
    case StudyTask::rename: upkeep_->ask_rename(item); break;
    case StudyTask::remove: upkeep_->ask_remove(item); break;
    case StudyTask::show_files: upkeep_->show_files(item); break;
    case StudyTask::show_card: upkeep_->show_card(item); break;
    case StudyTask::show_usage: upkeep_->show_usage(item); break;
  }
}

void MainWindow::take_renamed(const StudyItem& item, const QString& to) {
  QString run;
  if (review() != nullptr) {
    const OpenedRun& open = review()->run();
    const QString name = text_of(open.info.name);
    // Its name, or a name that it shows, is another one now.
    if (item.kind == StudyItemKind::run && item.name == name) run = to;
    if (item.kind == StudyItemKind::dataset && item.name == text_of(open.dataset.name)) run = name;
    if (item.kind == StudyItemKind::model &&
        std::ranges::any_of(open.info.voters,
                            [&](const Voter& voter) { return text_of(voter.model) == item.name; }))
      run = name;
  }
  if (!run.isEmpty()) open_run(run, to_string(review()->policy()), review()->run().split);
  reload_study();
  say(tr("Renamed %1: it is now called %2").arg(words_of(item), to));
}

void MainWindow::take_removed(const StudyItem& item, const QStringList& runs) {
  if (review() != nullptr && runs.contains(text_of(review()->run().info.name)))
    session_->leave_run();
  reload_study();
  say(tr("Removed %1").arg(words_of(item)));
}

/// Where the run under review is gone, from here or from elsewhere, the last one takes its place.
void MainWindow::leave_removed_run() {
  const auto& known = runs();
  if (review() != nullptr &&
      std::ranges::find(known, review()->run().info.name, &RunInfo::name) == known.end())
    session_->leave_run();
  if (review() != nullptr || session_->is_reading()) return;
  if (known.empty())
    show_notice(tr("Run models on a data set first: %1.")
                    .arg(anchor(Route{.page = QLatin1String(planning_page)}, tr("go to Runs"))));
  else
    open_run(text_of(known.back().name));
}

}  // namespace plumbline
