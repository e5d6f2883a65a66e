// The frame: what it is made of, and which page it shows.
#include "widgets/window/main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QTreeView>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/page/picked_items.h"
#include "widgets/page/settings.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/spacing.h"
#include "widgets/style/theme.h"
#include "widgets/text/text_of.h"
#include "widgets/window/dock.h"
#include "widgets/window/imports.h"
#include "widgets/window/jobs_dock.h"
#include "widgets/window/status_line.h"
#include "widgets/window/study_session.h"

namespace plumbline {

namespace {

constexpr int tabs_left = 56;  // between menus and pages
constexpr int least_tree_width = 140, least_inspector_width = 260;

}  // namespace

MainWindow::MainWindow(std::unique_ptr<Settings> settings, std::span<const PageEntry> pages,
                       QWidget* parent)
    : QMainWindow(parent),
      settings_(std::move(settings)),
      session_(std::make_unique<StudySession>()),
      tree_(new StudyTree),
      study_dock_(new Dock(tr("Study"), QStringLiteral("study"), spacing::study_width, this)),
      inspector_dock_(
          new Dock(tr("Inspector"), QStringLiteral("inspector"), spacing::inspector_width, this)),
      menus_(new QMenuBar),
      tabs_(new QTabBar),
      stack_(new QStackedWidget(this)),
      inspectors_(new QStackedWidget),
      status_(new StatusLine(this)),
      jobs_(new JobCenter(this)),
      jobs_dock_(new JobsDock(jobs_, this)),
      context_{.jobs = jobs_,
               .devices = new DeviceList(jobs_, this),
               .remarks = session_->remarks(),
               .picked = new PickedItems(this),
               .undo = session_->undo(),
               .settings = settings_.get(),
               .study_to_work_on = [this] { return study_to_work_on(); }},
      imports_(new Imports(context_, this)) {
  setAcceptDrops(true);
  make_frame();
  setStatusBar(status_);
  for (const PageEntry& entry : pages) add_page(entry.make(context_));
  make_menus();
  set_up_docks();
  make_palette();
  connect(session_.get(), &StudySession::review_closing, this, [this] {
    for (Page* page : pages_) page->show_run(nullptr);
  });
  connect(session_.get(), &StudySession::run_reading, this, [this](const QString& name) {
    show_notice(tr("Reading the votes of %1…").arg(name.toHtmlEscaped()));
  });
  connect(session_.get(), &StudySession::review_opened, this, &MainWindow::show_review);
  connect(session_.get(), &StudySession::run_opened, this, [this] {
    if (awaited_) go_or_say(*std::exchange(awaited_, std::nullopt));
    Q_EMIT run_opened();
  });
  connect(session_.get(), &StudySession::run_failed, this, [this](const Error& error) {
    show_error(error);
    Q_EMIT run_failed(error);
  });
  connect(session_.get(), &StudySession::review_failed, this, [this](const Error& error) {
    say(text_of(to_string(error)));
    Q_EMIT run_failed(error);
  });
  connect(session_.get(), &StudySession::failed, this, &MainWindow::say);
  connect(imports_, &Imports::failed, this, &MainWindow::say);
  connect(jobs_, &JobCenter::job_over, this, &MainWindow::take_finished_job);
  Page* first = settings_ == nullptr ? nullptr : page(settings_->page());
  if (first == nullptr) first = page(QString::fromLatin1(first_page));
  show_page(first == nullptr ? pages_.front() : first);
  show_notice(tr("%1 (Ctrl+O) or %2 (Ctrl+N) to begin.<br>Dropping a folder of images or a model "
                 "here imports it.")
                  .arg(anchor(CommandName{QStringLiteral("open")}, tr("Open a study")),
                       anchor(CommandName{QStringLiteral("new")}, tr("make a new one"))));
  say_what_is_open();
}

MainWindow::~MainWindow() {
  for (Page* page : pages_) page->show_run(nullptr);
}

/// Menus and pages in one row.
void MainWindow::make_frame() {
  auto* row = new Bar(this);
  row->setFixedHeight(spacing::menu_height);
  auto* items = new QHBoxLayout(row);
  items->setContentsMargins(0, 0, spacing::page_margin, 0);
  items->setSpacing(0);
  menus_->setParent(row);
  menus_->setObjectName(QStringLiteral("menus"));
  menus_->setNativeMenuBar(false);
  menus_->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  menus_->setFixedHeight(spacing::menu_height - 1);
  tabs_->setParent(row);
  tabs_->setExpanding(false);
  tabs_->setDrawBase(false);
  tabs_->setFocusPolicy(Qt::StrongFocus);
  tabs_->setFixedHeight(spacing::menu_height);
  tabs_->setAccessibleName(tr("Pages"));
  items->addWidget(menus_);
  items->addSpacing(tabs_left);
  items->addWidget(tabs_);
  items->addStretch(1);
  row->setObjectName(QStringLiteral("frame_row"));
  setMenuWidget(row);
  setCentralWidget(stack_);
  connect(tabs_, &QTabBar::currentChanged, this, [this](int index) {
    if (index >= 0 && index < static_cast<int>(pages_.size()) &&
        stack_->currentWidget() != pages_[static_cast<std::size_t>(index)])
      show_page(pages_[static_cast<std::size_t>(index)]);
  });
}

void MainWindow::add_page(Page* page) {
  pages_.push_back(page);
  stack_->addWidget(page);
  tabs_->addTab(page->title());
  if (QWidget* inspector = page->inspector()) inspectors_->addWidget(inspector);
  connect(page, &Page::inspector_fact_changed, this, [this, page] {
    if (stack_->currentWidget() == page) inspector_dock_->set_fact(page->inspector_fact());
  });
  connect(page, &Page::places_changed, this, [this] {
    if (palette_->hasFocus()) palette_->refresh();
  });
  connect(page, &Page::link_followed, this, &MainWindow::follow);
  connect(page, &Page::reload_wanted, this, [this] { reload_study(); });
  connect(page, &Page::said, this, &MainWindow::say);
  connect(page, &Page::failed, this, &MainWindow::say);
}

void MainWindow::set_up_docks() {
  setDockOptions(QMainWindow::DockOptions{});
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  study_dock_->setWidget(tree_);
  inspector_dock_->setWidget(inspectors_);
  tree_->setMinimumWidth(least_tree_width);
  inspectors_->setMinimumWidth(least_inspector_width);
  addDockWidget(Qt::LeftDockWidgetArea, study_dock_);
  addDockWidget(Qt::RightDockWidgetArea, inspector_dock_);
  resizeDocks({study_dock_, inspector_dock_}, {spacing::study_width, spacing::inspector_width},
              Qt::Horizontal);
  addDockWidget(Qt::BottomDockWidgetArea, jobs_dock_);
  resizeDocks({jobs_dock_}, {spacing::jobs_height}, Qt::Vertical);
  connect(jobs_dock_, &JobsDock::folded_by_hand, this,
          [this](bool folded) { jobs_folded_[current_page()->key()] = folded; });
  connect(jobs_dock_, &JobsDock::failed, this, &MainWindow::say);
  connect(jobs_dock_, &JobsDock::open_run, this,
          [this](const QString& name) { go_or_say({.run = name}); });
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
  resize(1600, 1000);
  if (settings_ != nullptr) restoreGeometry(settings_->geometry());
}

Page* MainWindow::current_page() const { return qobject_cast<Page*>(stack_->currentWidget()); }

Page* MainWindow::page(const QString& key) const {
  const auto found = std::ranges::find_if(pages_, [&](const Page* p) { return p->key() == key; });
  return found == pages_.end() ? nullptr : *found;
}

void MainWindow::show_page(Page* page) {
  const auto place = std::ranges::find(pages_, page);
  if (place == pages_.end()) return;
  const Page* before = current_page();
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
  // The jobs are folded as the page wants it, until the user says otherwise.
  const auto folded = jobs_folded_.find(page->key());
  jobs_dock_->set_folded(folded == jobs_folded_.end() ? page->wants_jobs_folded() : folded->second);
  page->main_view()->setFocus();
}

void MainWindow::next_region(bool backwards) {
  Page* page = current_page();
  std::vector<QWidget*> regions{tree_->view(), page->main_view()};
  if (page->inspector() != nullptr && inspector_dock_->isVisible()) {
    QWidget* inside = page->inspector();
    if (auto* tabs = inside->findChild<QTabBar*>()) inside = tabs;
    regions.push_back(inside);
  }
  QWidget* jobs = jobs_dock_->list()->view();
  if (!jobs_dock_->is_folded() && jobs->isVisible()) regions.push_back(jobs);
  std::size_t now = 1;
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (regions[i]->hasFocus() || regions[i]->isAncestorOf(focusWidget())) now = i;
  const std::size_t step = backwards ? regions.size() - 1 : 1;
  regions[(now + step) % regions.size()]->setFocus(Qt::TabFocusReason);
}

bool MainWindow::settled() const { return !session_->is_reading() && current_page()->settled(); }

void MainWindow::set_theme(Theme theme) {
  apply_theme(theme);
  for (QAction* action : themes_->actions())
    action->setChecked(action->data().toInt() == static_cast<int>(theme));
  // Figures in rich text have their colours written into them.
  for (Page* page : pages_) page->theme_changed();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (settings_ != nullptr) {
    settings_->set_geometry(saveGeometry());
    settings_->set_layout(current_page()->key(), saveState());
    settings_->set_page(to_text(Route{.page = current_page()->key()}));
    for (const Page* page : pages_) page->keep(*settings_);
  }
  QMainWindow::closeEvent(event);
}

}  // namespace plumbline
