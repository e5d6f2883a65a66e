#pragma once
#include <QMainWindow>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/study/study.h"
#include "widgets/page/context.h"
#include "widgets/page/page.h"
#include "widgets/style/colours.h"
#include "widgets/window/command_palette.h"
#include "widgets/window/pages.h"

class QActionGroup;
class QMenu;
class QMenuBar;
class QStackedWidget;
class QTabBar;
class QUndoStack;

namespace plumbline {

class Banner;
class CommandPalette;
class DeviceList;
class Dock;
class Imports;
class JobCenter;
class JobsDock;
class Remarks;
class RunReview;
class Settings;
class StatusLine;
class StudySession;
class StudyTree;
class StudyUpkeepDialogs;
struct ShortcutEntry;
struct StudyItem;
enum class StudyTask;

/// The frame of the workbench: menu and pages in one row, the study at the left, the page's
/// inspector at the right, jobs and status below. It tells the pages what is open and leads from
/// place to place; what a page is about is the page's affair.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  /// `settings` null: nothing is remembered and nothing is read, so that a picture is the same
  /// everywhere.
  explicit MainWindow(std::unique_ptr<Settings> settings,
                      std::span<const PageEntry> pages = page_table(), QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Closes what is open and opens this study with its last run. An error leaves an empty window.
  /// `access`: read_only offers nothing that writes; else it is written to where it can be.
  Result<void> open_study(const QString& folder, Access access = Access::read_write);
  /// Reads the run on another thread and shows it. `policy` is parsed for its default voters; an
  /// error is reported by run_failed().
  void open_run(const QString& name, const std::string& policy = {}, const std::string& split = {});
  const std::vector<RunInfo>& runs() const;

  /// Reads what the study holds once more; the open run stays, or is read again where `run` names
  /// it and it has grown.
  void reload_study(const QString& run = {});

  /// Imports by what the paths are: a study is opened, folders and data files become data sets,
  /// model files models, an .npy predictions. Asks in dialogs; the engine does it.
  void import_paths(const QStringList& paths);

  /// Leads to a place. A run that is named is read, and what the route names in it is shown once it
  /// is there. An error says what there is not.
  Result<void> go(const Route& route);
  /// Goes to a place or does what a menu's command does.
  void follow(const Link& link);
  void show_page(Page* page);
  Page* current_page() const;
  Page* page(const QString& key) const;  ///< null: there is none
  /// The first page that shows what the route names; null: none does.
  Page* page_showing(const Route& route) const;
  /// The page of a class, where the caller knows more of it than the window does.
  template <class P>
  P* page() const;

  JobCenter* jobs() const { return jobs_; }
  Remarks* remarks() const;
  QUndoStack* undo_stack() const;
  CommandPalette* palette_line() const { return palette_; }
  Banner* banner() const { return banner_; }
  RunReview* review() const;
  /// Nothing is under way that the picture of the window would still change with.
  bool settled() const;
  void set_theme(Theme theme);

 Q_SIGNALS:
  void run_opened();
  void run_failed(const plumbline::Error& error);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  // The frame.
  void make_frame();
  void add_page(Page* page);
  void set_up_docks();
  struct FocusRegion {
    QWidget *area, *first;  ///< `first`: what gets the focus
  };
  std::vector<FocusRegion> focus_regions() const;
  void next_region(bool backwards);
  // Menus and keys.
  void make_menus();
  void make_file_menu(QMenu* menu);
  void make_edit_menu(QMenu* menu);
  void make_view_menu(QMenu* menu);
  void make_study_menu(QMenu* menu);
  void make_shortcuts();
  void add_page_commands(QMenu* menu, MenuPart part);
  void about();
  void show_shortcuts();
  std::vector<ShortcutEntry> shortcuts() const;
  // What is open.
  const Study* study_to_work_on();
  void ask_for_study();
  void ask_for_new_study();
  void close_study();
  Result<void> show_study();
  void show_review();
  void show_notice(const QString& text);
  void show_error(const Error& error);
  void say_what_is_open();
  void take_finished_job(const std::string& id);
  void try_again(const std::string& id);
  void offer_writing(bool writable);
  void say(const QString& message);
  void complain(const QString& message);
  // What is done with the study's rows.
  void connect_tree();
  void do_task(StudyTask task, const StudyItem& item);
  void take_renamed(const StudyItem& item, const QString& to);
  void take_removed(const StudyItem& item, const QStringList& runs);
  void leave_removed_run();
  // Places.
  void make_palette();
  std::vector<PaletteEntry> palette_entries(const QString& text);
  void add_controls(std::vector<PaletteEntry>& entries);
  PaletteEntry entry_of(const Place& place);
  void go_or_say(const Route& route);
  Result<void> go_to_decision(const Route& route);

  std::unique_ptr<Settings> settings_;
  std::unique_ptr<StudySession> session_;
  StudyTree* tree_;
  Dock *study_dock_, *inspector_dock_;
  QMenuBar* menus_;
  QTabBar* tabs_;
  QStackedWidget *stack_, *inspectors_;
  Banner* banner_;
  StatusLine* status_;
  JobCenter* jobs_;
  JobsDock* jobs_dock_;
  PageContext context_;
  Imports* imports_;
  StudyUpkeepDialogs* upkeep_;
  std::vector<Page*> pages_;
  std::map<QString, bool> jobs_folded_;  ///< by page
  CommandPalette* palette_ = nullptr;
  QAction* inspector_action_ = nullptr;
  QActionGroup* themes_ = nullptr;
  std::vector<QAction*> writing_actions_;  ///< of the menus, that add to the study
  std::optional<Route> awaited_;           ///< shown once its run is there
};

template <class P>
P* MainWindow::page() const {
  for (Page* page : pages_)
    if (auto* found = qobject_cast<P*>(page)) return found;
  return nullptr;
}

}  // namespace plumbline
