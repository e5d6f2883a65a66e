// The frame: what it is made of, and which page it shows.
#include "widgets/window/main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QScreen>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/decision/review_command.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/page/picked_items.h"
#include "widgets/page/settings.h"
#include "widgets/study/study_tree.h"
#include "widgets/study/study_upkeep_dialogs.h"
#include "widgets/style/focus_ring.h"
#include "widgets/style/spacing.h"
#include "widgets/style/theme.h"
#include "widgets/text/text_of.h"
#include "widgets/window/banner.h"
#include "widgets/window/button_keys.h"
#include "widgets/window/dock.h"
#include "widgets/window/imports.h"
#include "widgets/window/jobs_dock.h"
#include "widgets/window/status_line.h"
#include "widgets/window/study_session.h"

namespace plumbline {

namespace {

constexpr int tabs_left = 56;  // between menus and pages
/// The first one within a part that Tab would come to.
QWidget* first_control(const QWidget& part) {
  // As it is read, not as it was made: controls of one row differ a little in height.
  constexpr int same_row = 12;
  const auto middle = [&](const QWidget* widget) {
    return widget->mapTo(&part, widget->rect().center());
  };
  QWidget* first = nullptr;
  for (QWidget* widget : part.findChildren<QWidget*>()) {
    if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isEnabled() || !widget->isVisible())
      continue;
    const int below = first == nullptr ? 0 : middle(widget).y() - middle(first).y();
    if (first == nullptr || below < -same_row ||
        (below <= same_row && middle(widget).x() < middle(first).x()))
      first = widget;
  }
  return first;
}

constexpr int low_window = 760, narrow_window = 1200;

/// Narrower where the page needs the room, and wider where names in it would be elided for nothing.
int first_inspector_width(int window) {
  constexpr int narrow = 300, widest = 520;
  return window < narrow_window ? narrow : std::clamp(window / 5, spacing::inspector_width, widest);
}

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
      banner_(new Banner),
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
      imports_(new Imports(context_, this)),
      upkeep_(new StudyUpkeepDialogs(this)) {
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
    complain(text_of(to_string(error)));
    Q_EMIT run_failed(error);
  });
  connect(session_.get(), &StudySession::failed, this, &MainWindow::complain);
  connect(session_.get(), &StudySession::noted, this, &MainWindow::say);
  connect(session_.get(), &StudySession::working, status_, &StatusLine::say);
  connect(session_.get(), &StudySession::contents_changed, this, [this] { reload_study(); });
  connect(imports_, &Imports::failed, this, &MainWindow::complain);
  connect(jobs_, &JobCenter::job_over, this, &MainWindow::take_finished_job);
  Page* first = settings_ == nullptr ? nullptr : page(settings_->page());
  if (first == nullptr) first = page(QString::fromLatin1(first_page));
  show_page(first == nullptr ? pages_.front() : first);
  show_notice(tr("%1 (Ctrl+O) or %2 (Ctrl+N) to begin.<br>Dropping a folder of images or a model "
                 "here imports it.")
                  .arg(anchor(CommandName{QStringLiteral("open")}, tr("Open a study")),
                       anchor(CommandName{QStringLiteral("new")}, tr("make a new one"))));
  say_what_is_open();
  new FocusRing(this);
  new FigureTips(this);
  new ButtonKeys(this);
  set_figure_source(this, [this] {
    if (review() != nullptr) return figure_source_of(*review());
    const Study* study = session_->study();
    return study == nullptr
               ? FigureSource()
               : FigureSource{{QStringLiteral("STUDY"), {text_of(study->folder().string())}}};
  });
}

MainWindow::~MainWindow() {
  for (Page* page : pages_) {
    page->show_run(nullptr);
    // What a page says when it goes finds no banner any more.
    page->disconnect(this);
  }
  // A page asks the session also when it goes. As a child it would go after the session.
  for (Page* page : pages_) delete page;
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
  // Where there is little room, this goes first.
  items->addItem(new QSpacerItem(tabs_left, 0, QSizePolicy::Maximum));
  items->addWidget(tabs_);
  items->addStretch(1);
  row->setObjectName(QStringLiteral("frame_row"));
  setMenuWidget(row);
  auto* middle = new QWidget(this);
  auto* in_middle = new QVBoxLayout(middle);
  in_middle->setContentsMargins(0, 0, 0, 0);
  in_middle->setSpacing(0);
  in_middle->addWidget(banner_);
  in_middle->addWidget(stack_, 1);
  setCentralWidget(middle);
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
  connect(page, &Page::failed, this, &MainWindow::complain);
}

void MainWindow::set_up_docks() {
  setDockOptions(QMainWindow::DockOptions{});
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  study_dock_->setWidget(tree_);
  inspector_dock_->setWidget(inspectors_);
  inspector_dock_->explain_fact("inspector.place");
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
  connect(jobs_dock_, &JobsDock::failed, this, &MainWindow::complain);
  connect(jobs_dock_, &JobsDock::ask_again, this, [this](const std::string& id) {
    if (const JobFolder* job = jobs_->job(id)) imports_->ask_again(*job);
  });
  connect(jobs_dock_, &JobsDock::open_run, this,
          [this](const QString& name) { go_or_say({.run = name}); });
  connect_tree();
  // No larger than the screen; a further screen may be another one.
  const QScreen* screen = QGuiApplication::primaryScreen();
  resize(
      QSize(1600, 1000).boundedTo(screen == nullptr ? QSize(1600, 1000) : screen->availableSize()));
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
  // A page that is not shown does not keep the window wide.
  for (Page* other : pages_) {
    const auto policy = other == page ? QSizePolicy::Preferred : QSizePolicy::Ignored;
    other->setSizePolicy(policy, policy);
  }
  // A page without an inspector does not stand beside one for a moment: the layout is made when the
  // page appears, and the window would grow, or the study's tree shrink, to hold both.
  const bool wants_inspector = page->inspector() != nullptr && inspector_action_->isChecked();
  if (!wants_inspector) inspector_dock_->hide();
  stack_->setCurrentWidget(page);
  tabs_->setCurrentIndex(static_cast<int>(place - pages_.begin()));
  if (QWidget* inspector = page->inspector()) inspectors_->setCurrentWidget(inspector);
  inspector_dock_->setVisible(wants_inspector);
  inspector_dock_->set_fact(page->inspector_fact());
  if (settings_ != nullptr) {
    if (const QByteArray layout = settings_->layout(page->key()); layout.isEmpty()) {
      // Seen for the first time: not as narrow as the page before had squeezed them.
      resizeDocks({study_dock_, inspector_dock_},
                  {spacing::study_width, first_inspector_width(width())}, Qt::Horizontal);
    } else {
      restoreState(layout);
      // What the user wants is kept for the pages that have one.
      if (page->inspector() != nullptr)
        inspector_action_->setChecked(!inspector_dock_->isHidden());
      else
        inspector_dock_->hide();
    }
  }
  // The jobs are folded as the page wants it, and where the page would have too little room beside
  // them, until the user says otherwise.
  const auto folded = jobs_folded_.find(page->key());
  const bool as_wanted = page->wants_jobs_folded() || height() < low_window;
  jobs_dock_->set_folded(folded == jobs_folded_.end() ? as_wanted : folded->second);
  page->main_view()->setFocus();
}

void MainWindow::next_region(bool backwards) {
  const std::vector<FocusRegion> regions = focus_regions();
  const QWidget* innermost = nullptr;
  std::size_t now = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const QWidget* area = regions[i].area;
    const bool has_focus = area == focusWidget() || area->isAncestorOf(focusWidget());
    // A bar within what is around it is nearer. Where nothing has the focus, the page does.
    const bool is_start = innermost == nullptr && area == current_page()->main_view();
    if (has_focus && (innermost == nullptr || !area->isAncestorOf(innermost))) innermost = area;
    if (innermost == area || is_start) now = i;
  }
  const std::size_t step = backwards ? regions.size() - 1 : 1;
  regions[(now + step) % regions.size()].first->setFocus(Qt::ShortcutFocusReason);
}

/// What F6 goes through: tabs, the study, the page's bars and its main part from top to bottom, the
/// inspector, the jobs.
std::vector<MainWindow::FocusRegion> MainWindow::focus_regions() const {
  Page* page = current_page();
  std::vector<FocusRegion> regions{{menuWidget(), tabs_}, {tree_, tree_->view()}};
  std::vector<FocusRegion> parts{{page->main_view(), page->main_view()}};
  for (Bar* bar : page->findChildren<Bar*>())
    if (QWidget* first = first_control(*bar);
        first != nullptr && bar->isVisible() && !page->main_view()->isAncestorOf(bar))
      parts.push_back({bar, first});
  std::ranges::stable_sort(parts, {}, [&](const FocusRegion& part) {
    const QPoint at = part.area->mapTo(page, QPoint());
    return std::pair(at.y(), at.x());
  });
  regions.insert(regions.end(), parts.begin(), parts.end());
  if (QWidget* inspector = page->inspector(); inspector != nullptr && inspector->isVisible()) {
    QWidget* inside = inspector->findChild<QTabBar*>();
    if (inside == nullptr) inside = first_control(*inspector);
    if (inside != nullptr) regions.push_back({inspector, inside});
  }
  QWidget* jobs = jobs_dock_->list()->view();
  if (!jobs_dock_->is_folded() && jobs->isVisible())
    regions.push_back({jobs_dock_, jobs});
  else
    regions.push_back({jobs_dock_, first_control(*jobs_dock_->titleBarWidget())});
  std::erase_if(regions, [](const FocusRegion& region) { return region.first == nullptr; });
  return regions;
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
