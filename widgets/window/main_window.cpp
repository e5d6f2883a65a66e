#include "widgets/window/main_window.h"

#include <QAction>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QToolButton>
#include <QUndoStack>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/compare/compare_page.h"
#include "widgets/decision/policy_memory.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/page/settings.h"
#include "widgets/planer/planer_page.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/style/theme.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/window/dock.h"

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

QString open_link() {
  return QStringLiteral(
      "<a href='open'>Open a study</a> (Ctrl+O) or <a href='new'>make a new one</a> (Ctrl+N) to "
      "begin.<br>Dropping a folder of images or a model here imports it.");
}

}  // namespace

MainWindow::MainWindow(std::unique_ptr<Settings> settings, QWidget* parent)
    : QMainWindow(parent),
      settings_(std::move(settings)),
      tree_(new StudyTree),
      study_dock_(new Dock(tr("Study"), QStringLiteral("study"), spacing::study_width, this)),
      inspector_dock_(
          new Dock(tr("Inspector"), QStringLiteral("inspector"), spacing::inspector_width, this)),
      tabs_(new QTabBar),
      stack_(new QStackedWidget(this)),
      inspectors_(new QStackedWidget),
      jobs_(new JobCenter(this)),
      devices_(new DeviceList(jobs_, this)),
      undo_(new QUndoStack(this)),
      remarks_(new Remarks(undo_, this)),
      job_list_(new JobList(jobs_)),
      jobs_dock_(new Dock(tr("Jobs"), QStringLiteral("jobs"), 400, this)) {
  policy_memory_ = std::make_unique<PolicyMemory>();
  setAcceptDrops(true);
  make_frame();
  make_menus();
  make_status_bar();

  runs_page_ = new RunsPage(jobs_, devices_);
  failures_ = new FailuresPage;
  compare_ = new ComparePage;
  planer_ = new PlanerPage(jobs_, devices_);
  add_page(runs_page_);
  add_page(failures_);
  add_page(compare_);
  add_page(planer_);
  failures_->set_remarks(remarks_);
  compare_->set_remarks(remarks_);
  if (settings_ != nullptr && settings_->thumbnail_side() > 0)
    failures_->gallery()->set_thumbnail_side(settings_->thumbnail_side());

  set_up_docks();
  make_palette();
  connect(runs_page_, &RunsPage::failed, this, &MainWindow::say);
  connect(planer_, &PlanerPage::failed, this, &MainWindow::say);
  connect(planer_, &PlanerPage::said, this, &MainWindow::say);
  connect(planer_, &PlanerPage::reload_wanted, this, [this] { reload_study(); });
  connect(runs_page_, &RunsPage::train, this, &MainWindow::train_by_dialog);
  connect(runs_page_, &RunsPage::import_model, this,
          [this] { import_by_dialog(Import::model, {}); });
  connect(remarks_, &Remarks::failed, this, &MainWindow::say);
  connect(jobs_, &JobCenter::job_over, this, &MainWindow::take_finished_job);
  Page* first = settings_ == nullptr ? nullptr : page(settings_->page());
  show_page(first == nullptr ? failures_ : first);
  for (Page* page : pages_) page->show_notice(open_link());
  say_what_is_open();
}

MainWindow::~MainWindow() {
  for (Page* page : pages_) page->show_run(nullptr);
}

void MainWindow::add_page(Page* page) {
  pages_.push_back(page);
  stack_->addWidget(page);
  tabs_->addTab(page->title());
  if (QWidget* inspector = page->inspector()) inspectors_->addWidget(inspector);
  connect(page, &Page::inspector_fact_changed, this, [this, page] {
    if (stack_->currentWidget() == page) inspector_dock_->set_fact(page->inspector_fact());
  });
  connect(page, &Page::link_activated, this, &MainWindow::follow_link);
}

void MainWindow::set_up_docks() {
  setDockOptions(QMainWindow::DockOptions{});
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  study_dock_->setWidget(tree_);
  inspector_dock_->setWidget(inspectors_);
  tree_->setMinimumWidth(140);
  inspectors_->setMinimumWidth(260);
  addDockWidget(Qt::LeftDockWidgetArea, study_dock_);
  addDockWidget(Qt::RightDockWidgetArea, inspector_dock_);
  resizeDocks({study_dock_, inspector_dock_}, {spacing::study_width, spacing::inspector_width},
              Qt::Horizontal);
  jobs_dock_->setWidget(job_list_);
  job_list_->setMinimumHeight(0);
  addDockWidget(Qt::BottomDockWidgetArea, jobs_dock_);
  resizeDocks({jobs_dock_}, {spacing::jobs_height}, Qt::Vertical);
  auto* clear = new QToolButton;
  clear->setText(tr("Clear finished"));
  clear->setAutoRaise(true);
  clear->setFont(ui_font(TextSize::small));
  connect(clear, &QToolButton::clicked, jobs_, &JobCenter::clear_finished);
  auto* fold = new QToolButton;
  fold->setObjectName(QStringLiteral("fold_jobs"));
  fold->setText(tr("Fold"));
  fold->setAutoRaise(true);
  fold->setCheckable(true);
  fold->setFont(ui_font(TextSize::small));
  connect(fold, &QToolButton::toggled, this, [this](bool folded) {
    fold_jobs(folded);
    if (const auto* page = qobject_cast<const Page*>(stack_->currentWidget()))
      jobs_folded_[page->key()] = folded;
  });
  fold_jobs_ = fold;
  jobs_dock_->add_control(clear);
  jobs_dock_->add_control(fold);
  connect(job_list_, &JobList::summary_changed, this, &MainWindow::say_jobs);
  connect(job_list_, &JobList::failed, this, &MainWindow::say);
  connect(job_list_, &JobList::open_run, this, [this](const QString& name) {
    open_run(name);
    show_page(failures_);
  });
  connect(tree_, &StudyTree::run_chosen, this, [this](const QString& name, const QString& split) {
    const bool open = review_ != nullptr && text_of(review_->run().info.name) == name &&
                      (split.isEmpty() || text_of(review_->run().split) == split);
    if (!open) open_run(name, {}, split.toStdString());
    if (stack_->currentWidget() == runs_page_ || stack_->currentWidget() == planer_)
      show_page(failures_);
  });
  connect(tree_, &StudyTree::search_chosen, this, [this](const QString& name) {
    planer_->open_search(name);
    show_page(planer_);
  });
  connect(tree_, &StudyTree::network_chosen, this, [this](const QString& name) {
    planer_->open_network(name);
    show_page(planer_);
  });
  resize(1600, 1000);
  if (settings_ != nullptr) restoreGeometry(settings_->geometry());
}

void MainWindow::make_status_bar() {
  QStatusBar* bar = statusBar();
  bar->setSizeGripEnabled(false);
  bar->setFixedHeight(spacing::status_bar_height);
  bar->setContentsMargins(spacing::grid, 0, spacing::grid, 0);
  const auto add = [&](const char* name, bool right) {
    auto* label = new SecondaryLabel({}, bar);
    label->setObjectName(QString::fromLatin1(name));
    label->setFont(ui_font(TextSize::small));
    label->setContentsMargins(0, 0, right ? 0 : 16, 0);
    if (right)
      bar->addPermanentWidget(label);
    else
      bar->addWidget(label);
    return label;
  };
  status_study_ = add("status_study", false);
  status_run_ = add("status_run", false);
  status_decoder_ = add("status_decoder", false);
  status_device_ = add("status_device", true);
}

Page* MainWindow::page(const QString& key) const {
  const auto found = std::ranges::find_if(pages_, [&](const Page* p) { return p->key() == key; });
  return found == pages_.end() ? nullptr : *found;
}

void MainWindow::show_page(Page* page) {
  const auto place = std::ranges::find(pages_, page);
  if (place == pages_.end()) return;
  auto* before = qobject_cast<Page*>(stack_->currentWidget());
  if (settings_ != nullptr && before != nullptr && isVisible())
    settings_->set_layout(before->key(), saveState());
  stack_->setCurrentWidget(page);
  tabs_->setCurrentIndex(static_cast<int>(place - pages_.begin()));
  if (QWidget* inspector = page->inspector()) inspectors_->setCurrentWidget(inspector);
  inspector_dock_->setVisible(page->inspector() != nullptr && inspector_action_->isChecked());
  inspector_dock_->set_fact(page->inspector_fact());
  if (settings_ != nullptr) {
    if (const QByteArray layout = settings_->layout(page->key()); !layout.isEmpty()) {
      restoreState(layout);
      inspector_action_->setChecked(!inspector_dock_->isHidden());
    }
  }
  // As the page wants it until someone says otherwise.
  const auto folded = jobs_folded_.find(page->key());
  const bool fold = folded == jobs_folded_.end() ? page->wants_jobs_folded() : folded->second;
  if (fold_jobs_ != nullptr && fold_jobs_->isChecked() != fold) {
    const QSignalBlocker blocker(fold_jobs_);
    fold_jobs_->setChecked(fold);
    fold_jobs(fold);
  }
  page->main_view()->setFocus();
}

void MainWindow::show_error(const Error& error) {
  for (Page* page : pages_)
    page->show_notice(error_notice(error) + QStringLiteral("<br><br>") +
                      QStringLiteral("<a href='open'>Open another study</a>"));
}

void MainWindow::say_what_is_open() {
  QString run, decoder, device, title = QStringLiteral("Plumbline");
  if (review_ != nullptr) {
    const OpenedRun& open = review_->run();
    const QString name = open.info.splits.size() > 1 ? text_of(open.info.name + " " + open.split)
                                                     : text_of(open.info.name);
    run = tr("%1 · %2 samples × %3 voters")
              .arg(name, with_thousands(static_cast<qint64>(open.samples())))
              .arg(open.info.voters.size());
    if (open.committed < static_cast<std::int64_t>(open.samples()))
      run += tr(" · %1 are there").arg(with_thousands(open.committed));
    if (!open.info.decoder.empty()) decoder = tr("decoder %1").arg(text_of(open.info.decoder));
    if (!open.info.device_kind.empty())
      device = QStringLiteral("%1 · %2").arg(text_of(open.info.device_kind),
                                             text_of(open.info.precision));
  }
  const QString study =
      study_ ? text_of(study_->folder().filename().string()) : tr("No study is open");
  if (study_) title = text_of(study_->name()) + QStringLiteral(" – ") + title;
  setWindowTitle(title);
  const auto say = [](QLabel* label, const QString& text) {
    label->setText(text);
    label->setVisible(!text.isEmpty());
  };
  say(status_study_, study);
  say(status_run_, run);
  say(status_decoder_, decoder);
  say(status_device_, device);
}

bool MainWindow::settled() const {
  const auto* page = qobject_cast<const Page*>(stack_->currentWidget());
  return !reading_ && (page == nullptr || page->settled());
}

void MainWindow::say(const QString& message) { statusBar()->showMessage(message, 15000); }

void MainWindow::fold_jobs(bool folded) {
  // Not hidden: a dock without a visible widget is no wider than its title.
  job_list_->setMaximumHeight(folded ? 0 : QWIDGETSIZE_MAX);
  jobs_dock_->setMaximumHeight(folded ? spacing::dock_title_height : QWIDGETSIZE_MAX);
  if (!folded) resizeDocks({jobs_dock_}, {spacing::jobs_height}, Qt::Vertical);
  say_jobs();
}

/// Folded, the one line also says what is at work.
void MainWindow::say_jobs() {
  QString fact = job_list_->summary();
  if (jobs_dock_->maximumHeight() == spacing::dock_title_height)
    if (const QString line = job_list_->line_at_work(); !line.isEmpty())
      fact += QStringLiteral("  ·  ") + line;
  jobs_dock_->set_fact(fact);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (settings_ != nullptr) {
    settings_->set_geometry(saveGeometry());
    settings_->set_thumbnail_side(failures_->gallery()->thumbnail_side());
    if (const auto* page = qobject_cast<const Page*>(stack_->currentWidget()))
      settings_->set_layout(page->key(), saveState());
    if (const auto* page = qobject_cast<const Page*>(stack_->currentWidget()))
      settings_->set_page(page->key());
  }
  QMainWindow::closeEvent(event);
}

}  // namespace plumbline
