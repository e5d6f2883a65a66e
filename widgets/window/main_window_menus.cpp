#include <QAction>
#include <QActionGroup>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QTreeView>

#include "widgets/bars/bar.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/page/settings.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/spacing.h"
#include "widgets/style/theme.h"
#include "widgets/window/dock.h"
#include "widgets/window/main_window.h"

namespace plumbline {

namespace {

constexpr int thumbnail_step = 16;
constexpr int tabs_left = 56;  // between menus and pages

}  // namespace

/// Menus and pages in one row.
void MainWindow::make_frame() {
  auto* row = new Bar(this);
  row->setFixedHeight(spacing::menu_height);
  auto* items = new QHBoxLayout(row);
  items->setContentsMargins(0, 0, spacing::page_margin, 0);
  items->setSpacing(0);
  auto* menus = new QMenuBar(row);
  menus->setObjectName(QStringLiteral("menus"));
  menus->setNativeMenuBar(false);
  menus->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  menus->setFixedHeight(spacing::menu_height - 1);
  tabs_->setParent(row);
  tabs_->setExpanding(false);
  tabs_->setDrawBase(false);
  tabs_->setFocusPolicy(Qt::StrongFocus);
  tabs_->setFixedHeight(spacing::menu_height);
  tabs_->setAccessibleName(tr("Pages"));
  items->addWidget(menus);
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

void MainWindow::make_menus() {
  auto* menus = menuWidget()->findChild<QMenuBar*>(QStringLiteral("menus"));
  QMenu* file = menus->addMenu(tr("&File"));
  file->addAction(tr("&New study…"), QKeySequence(Qt::CTRL | Qt::Key_N), this,
                  &MainWindow::ask_for_new_study);
  file->addAction(tr("&Open study…"), QKeySequence(Qt::CTRL | Qt::Key_O), this,
                  &MainWindow::ask_for_study);
  QMenu* recent = file->addMenu(tr("Open &recent"));
  const auto fill_recent = [this, recent] {
    recent->clear();
    const QStringList folders = settings_ == nullptr ? QStringList() : settings_->recent_studies();
    for (const QString& folder : folders)
      recent->addAction(folder, this, [this, folder] { static_cast<void>(open_study(folder)); });
    if (folders.isEmpty()) recent->addAction(tr("No study was opened yet"))->setEnabled(false);
  };
  connect(recent, &QMenu::aboutToShow, this, fill_recent);
  fill_recent();
  file->addSeparator();
  file->addAction(tr("&Export selection…"), QKeySequence(Qt::CTRL | Qt::Key_E), this,
                  &MainWindow::export_selection);
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);

  make_edit_menu(menus->addMenu(tr("&Edit")));
  QMenu* view = menus->addMenu(tr("&View"));
  inspector_action_ = view->addAction(tr("&Inspector"));
  inspector_action_->setCheckable(true);
  inspector_action_->setChecked(true);
  inspector_action_->setShortcut(Qt::Key_F4);
  connect(inspector_action_, &QAction::toggled, inspector_dock_, &QWidget::setVisible);
  view->addSeparator();
  const auto zoom = [this](int steps) {
    GalleryView* gallery = failures_->gallery();
    gallery->set_thumbnail_side(gallery->thumbnail_side() + steps * thumbnail_step);
  };
  view->addAction(tr("&Larger thumbnails"), QKeySequence(Qt::CTRL | Qt::Key_Plus), this,
                  [zoom] { zoom(1); });
  view->addAction(tr("&Smaller thumbnails"), QKeySequence(Qt::CTRL | Qt::Key_Minus), this,
                  [zoom] { zoom(-1); });
  view->addSeparator();
  view->addAction(tr("&Next region"), QKeySequence(Qt::Key_F6), this,
                  [this] { next_region(false); });
  view->addAction(tr("&Previous region"), QKeySequence(Qt::SHIFT | Qt::Key_F6), this,
                  [this] { next_region(true); });
  view->addSeparator();
  themes_ = new QActionGroup(this);
  const auto add_theme = [&](const QString& name, Theme theme) {
    QAction* action = view->addAction(name);
    action->setCheckable(true);
    action->setChecked(current_theme() == theme);
    action->setData(static_cast<int>(theme));
    themes_->addAction(action);
    connect(action, &QAction::triggered, this, [this, theme] {
      set_theme(theme);
      if (settings_ != nullptr) settings_->set_theme(theme);
    });
  };
  add_theme(tr("Li&ght"), Theme::light);
  add_theme(tr("&Dark"), Theme::dark);

  make_study_menu(menus->addMenu(tr("&Study")));
  make_jobs_menu(menus->addMenu(tr("&Jobs")));
  menus->addMenu(tr("&Help"))->addAction(tr("&About Plumbline"), this, &MainWindow::about);

  auto* back = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  connect(back, &QShortcut::activated, this, [this] {
    if (auto* page = qobject_cast<Page*>(stack_->currentWidget()))
      page->main_view()->setFocus(Qt::ShortcutFocusReason);
  });
  for (int i = 0; i < 5; ++i) {
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this);
    connect(go, &QShortcut::activated, this, [this, i] {
      if (i < static_cast<int>(pages_.size())) show_page(pages_[static_cast<std::size_t>(i)]);
    });
  }
}

void MainWindow::set_theme(Theme theme) {
  apply_theme(theme);
  for (QAction* action : themes_->actions())
    action->setChecked(action->data().toInt() == static_cast<int>(theme));
  // Figures in rich text have their colours written into them.
  for (Page* page : pages_) page->theme_changed();
}

void MainWindow::ask_for_study() {
  const QString start =
      study_ ? QString::fromStdString(study_->folder().parent_path().string()) : QString();
  const QString folder =
      QFileDialog::getExistingDirectory(this, tr("Open a study (a folder NAME.plumb)"), start);
  if (!folder.isEmpty()) static_cast<void>(open_study(folder));
}

void MainWindow::next_region(bool backwards) {
  auto* page = qobject_cast<Page*>(stack_->currentWidget());
  std::vector<QWidget*> regions{tree_->view(), page->main_view()};
  if (page->inspector() != nullptr && inspector_dock_->isVisible()) {
    QWidget* inside = page->inspector();
    if (auto* tabs = inside->findChild<QTabBar*>()) inside = tabs;
    regions.push_back(inside);
  }
  if (!fold_jobs_->isChecked() && job_list_->view()->isVisible())
    regions.push_back(job_list_->view());
  std::size_t now = 1;
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (regions[i]->hasFocus() || regions[i]->isAncestorOf(focusWidget())) now = i;
  const std::size_t step = backwards ? regions.size() - 1 : 1;
  regions[(now + step) % regions.size()]->setFocus(Qt::TabFocusReason);
}

void MainWindow::follow_link(const QString& link) {
  if (link == QStringLiteral("open")) return ask_for_study();
  if (link == QStringLiteral("new")) return ask_for_new_study();
  if (link == QStringLiteral("runs")) return show_page(runs_page_);
  if (link == QStringLiteral("export")) return export_selection();
  if (link == QStringLiteral("import-dataset")) return import_by_dialog(Import::dataset, {});
  if (link == QStringLiteral("train")) return train_by_dialog();
  if (link == QStringLiteral("train-language-model")) return train_network_by_dialog();
  if (link == QStringLiteral("import-language-model")) return import_by_dialog(Import::network, {});
  if (link == QStringLiteral("import-model")) return import_by_dialog(Import::model, {});
  if (link.startsWith(QStringLiteral("run:"))) {
    open_run(link.mid(4));
    show_page(failures_);
  }
}

void MainWindow::about() {
  QMessageBox::about(this, tr("About Plumbline"),
                     tr("<b>Plumbline %1</b><br>A workbench for dependable and efficient deep "
                        "learning.<br><br>GPL-3.0-or-later")
                         .arg(QStringLiteral(PLUMBLINE_VERSION)));
}

}  // namespace plumbline
