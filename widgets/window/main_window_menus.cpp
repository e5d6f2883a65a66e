// Menus and keys: the frame's own commands, and between them those of the pages.
#include <QAction>
#include <QActionGroup>
#include <QMenuBar>
#include <QMessageBox>
#include <QShortcut>
#include <QUndoStack>
#include <QWhatsThis>

#include <algorithm>

#include "widgets/page/settings.h"
#include "widgets/style/theme.h"
#include "widgets/window/dock.h"
#include "widgets/window/imports.h"
#include "widgets/window/jobs_dock.h"
#include "widgets/window/main_window.h"
#include "widgets/window/shortcut_list.h"
#include "widgets/window/study_session.h"

namespace plumbline {

namespace {

constexpr int most_page_keys = 9;

void add_menu_shortcuts(const QMenu& menu, const QString& place,
                        std::vector<ShortcutEntry>& entries) {
  for (const QAction* action : menu.actions()) {
    if (action->menu() != nullptr) add_menu_shortcuts(*action->menu(), place, entries);
    if (action->shortcut().isEmpty()) continue;
    QString words = action->text();
    words.remove(u'&').remove(u'…');
    entries.push_back({place, action->shortcut().toString(QKeySequence::NativeText), words});
  }
}

}  // namespace

void MainWindow::make_menus() {
  make_file_menu(menus_->addMenu(tr("&File")));
  make_edit_menu(menus_->addMenu(tr("&Edit")));
  make_view_menu(menus_->addMenu(tr("&View")));
  make_study_menu(menus_->addMenu(tr("&Study")));
  for (QAction* action : jobs_dock_->fill(menus_->addMenu(tr("&Jobs"))))
    writing_actions_.push_back(action);
  QMenu* help = menus_->addMenu(tr("&Help"));
  help->addAction(tr("&Keyboard shortcuts"), QKeySequence(Qt::Key_F1), this,
                  &MainWindow::show_shortcuts);
  // Then a click on a number says what it is; whoever rests on it reads the same.
  QAction* what = QWhatsThis::createAction(this);
  what->setText(tr("&What is this number?"));
  help->addAction(what);
  help->addAction(tr("&About Plumbline"), this, &MainWindow::about);
  // A command that is not offered says there why.
  for (QMenu* menu : menus_->findChildren<QMenu*>()) menu->setToolTipsVisible(true);
  make_shortcuts();
}

void MainWindow::add_page_commands(QMenu* menu, MenuPart part) {
  for (Page* page : pages_)
    for (const MenuCommand& command : page->commands()) {
      if (command.part != part) continue;
      QAction* action = menu->addAction(command.words, command.keys, page, command.act);
      action->setObjectName(command.name);
      if (part == MenuPart::study_make || command.writes) writing_actions_.push_back(action);
    }
}

void MainWindow::make_file_menu(QMenu* menu) {
  menu->addAction(tr("&New study…"), QKeySequence(Qt::CTRL | Qt::Key_N), this,
                  &MainWindow::ask_for_new_study)
      ->setObjectName(QStringLiteral("new"));
  menu->addAction(tr("&Open study…"), QKeySequence(Qt::CTRL | Qt::Key_O), this,
                  &MainWindow::ask_for_study)
      ->setObjectName(QStringLiteral("open"));
  QMenu* recent = menu->addMenu(tr("Open &recent"));
  const auto fill_recent = [this, recent] {
    recent->clear();
    const QStringList folders = settings_ == nullptr ? QStringList() : settings_->recent_studies();
    for (const QString& folder : folders)
      recent->addAction(folder, this, [this, folder] { static_cast<void>(open_study(folder)); });
    if (folders.isEmpty()) recent->addAction(tr("No study has been opened yet"))->setEnabled(false);
  };
  connect(recent, &QMenu::aboutToShow, this, fill_recent);
  fill_recent();
  menu->addSeparator();
  add_page_commands(menu, MenuPart::file_export);
  menu->addSeparator();
  menu->addAction(tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);
}

void MainWindow::make_edit_menu(QMenu* menu) {
  QAction* undo = undo_stack()->createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = undo_stack()->createRedoAction(this, tr("&Redo"));
  redo->setShortcuts(
      {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
  menu->addAction(undo);
  menu->addAction(redo);
  menu->addSeparator();
  add_page_commands(menu, MenuPart::edit);
}

void MainWindow::make_view_menu(QMenu* menu) {
  inspector_action_ = menu->addAction(tr("&Inspector"));
  inspector_action_->setCheckable(true);
  inspector_action_->setChecked(true);
  inspector_action_->setShortcut(Qt::Key_F4);
  connect(inspector_action_, &QAction::toggled, this, [this](bool shown) {
    // Some pages have none: they do not show that of the page before.
    inspector_dock_->setVisible(shown && current_page()->inspector() != nullptr);
  });
  menu->addSeparator();
  add_page_commands(menu, MenuPart::view);
  menu->addSeparator();
  menu->addAction(tr("&Next region"), QKeySequence(Qt::Key_F6), this,
                  [this] { next_region(false); });
  menu->addAction(tr("&Previous region"), QKeySequence(Qt::SHIFT | Qt::Key_F6), this,
                  [this] { next_region(true); });
  menu->addSeparator();
  themes_ = new QActionGroup(this);
  const auto add_theme = [&](const QString& name, Theme theme) {
    QAction* action = menu->addAction(name);
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
}

void MainWindow::make_study_menu(QMenu* menu) {
  const auto import = [&](const QString& words, const QKeySequence& keys, Imports::What what,
                          const char* name) {
    QAction* action = menu->addAction(words, keys, this, [this, what] { imports_->ask(what); });
    action->setObjectName(QString::fromLatin1(name));
    writing_actions_.push_back(action);
  };
  import(tr("Import a &data set…"), Qt::CTRL | Qt::Key_I, Imports::What::dataset, "import-dataset");
  import(tr("Import a &model…"), Qt::CTRL | Qt::Key_M, Imports::What::model, "import-model");
  import(tr("Import &predictions…"), {}, Imports::What::predictions, "import-predictions");
  add_page_commands(menu, MenuPart::study_make);
  menu->addSeparator();
  add_page_commands(menu, MenuPart::study_run);
  menu->addAction(tr("&Reload"), QKeySequence(Qt::Key_F5), this, [this] { reload_study(); });
}

void MainWindow::make_shortcuts() {
  auto* back = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  back->setWhatsThis(tr("Window: back to the page"));
  connect(back, &QShortcut::activated, this,
          [this] { current_page()->main_view()->setFocus(Qt::ShortcutFocusReason); });
  // The last page of ten and more has no key.
  for (int i = 0; i < std::min(most_page_keys, static_cast<int>(pages_.size())); ++i) {
    Page* page = pages_[static_cast<std::size_t>(i)];
    auto* go = new QShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)), this);
    go->setWhatsThis(tr("Window: the page %1").arg(page->title()));
    connect(go, &QShortcut::activated, this, [this, page] { show_page(page); });
  }
  // With Shift too: not every platform takes away what the layout needs.
  auto* ask = new QShortcut(this);
  ask->setKeys({QKeySequence(Qt::Key_Question), QKeySequence(Qt::SHIFT | Qt::Key_Question)});
  ask->setWhatsThis(tr("Window: list of shortcuts"));
  connect(ask, &QShortcut::activated, this, &MainWindow::show_shortcuts);
  // Where both match, it is still one wish.
  connect(ask, &QShortcut::activatedAmbiguously, this, &MainWindow::show_shortcuts);
}

std::vector<ShortcutEntry> MainWindow::shortcuts() const {
  std::vector<ShortcutEntry> entries;
  for (const QAction* action : menus_->actions()) {
    QString place = action->text();
    if (action->menu() != nullptr) add_menu_shortcuts(*action->menu(), place.remove(u'&'), entries);
  }
  const auto add_action = [&](const QAction& action, const QString& place) {
    QString words = action.text();
    if (!action.shortcut().isEmpty())
      entries.push_back(
          {place, action.shortcut().toString(QKeySequence::NativeText), words.remove(u'…')});
  };
  for (const QAction* action : actions()) add_action(*action, tr("Window"));
  // "Gallery: write a note".
  for (const QShortcut* shortcut : findChildren<QShortcut*>()) {
    const QString words = shortcut->whatsThis();
    const auto mark = words.indexOf(QStringLiteral(": "));
    if (mark > 0)
      entries.push_back({words.left(mark), shortcut->key().toString(QKeySequence::NativeText),
                         words.mid(mark + 2)});
  }
  for (const Page* page : pages_) {
    for (const QAction* action : page->actions()) add_action(*action, page->title());
    for (const KeyHint& hint : page->key_hints())
      entries.push_back({page->title(), hint.keys, hint.words});
  }
  return entries;
}

void MainWindow::show_shortcuts() {
  // One that was closed is still a child until it is deleted.
  for (ShortcutList* open : findChildren<ShortcutList*>())
    if (open->isVisible()) return open->activateWindow();
  auto* list = new ShortcutList(shortcuts(), this);
  list->setAttribute(Qt::WA_DeleteOnClose);
  list->show();
}

void MainWindow::about() {
  QMessageBox::about(this, tr("About Plumbline"),
                     tr("<b>Plumbline %1</b><br>A workbench for dependable and efficient deep "
                        "learning.<br><br>GPL-3.0-or-later")
                         .arg(QStringLiteral(PLUMBLINE_VERSION)));
}

}  // namespace plumbline
