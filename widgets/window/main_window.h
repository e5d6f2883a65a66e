#pragma once
#include <QMainWindow>
#include <QPointer>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/study/study.h"
#include "widgets/page/page.h"
#include "widgets/style/colours.h"
#include "widgets/window/command_palette.h"

class QAction;
class QActionGroup;
class QLabel;
class QMenu;
class QStackedWidget;
class QTabBar;
class QToolButton;
class QUndoStack;

namespace plumbline {

class CommandPalette;
class DeviceList;
class ComparePage;
class Dock;
class FailuresPage;
class JobCenter;
class JobList;
struct OpenedRun;
class PlanerPage;
class PolicyMemory;
class Remarks;
class RunReview;
class RunsPage;
class Settings;
class StudyTree;

/// The frame of the workbench: menu and pages in one row, the study at the left, the page's
/// inspector at the right, status below.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  /// `settings` null: nothing is remembered and nothing is read, so that a picture is the same
  /// everywhere.
  explicit MainWindow(std::unique_ptr<Settings> settings, QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Closes what is open and opens this study with its last run. An error leaves an empty window.
  Result<void> open_study(const QString& folder);
  /// Reads the run on another thread and shows it. `policy` is parsed for its default voters; an
  /// error is reported by run_failed().
  void open_run(const QString& name, const std::string& policy = {}, const std::string& split = {});
  const std::vector<RunInfo>& runs() const { return runs_; }

  /// Reads what the study holds once more; the open run stays, or is read again where `run` names
  /// it and it has grown.
  void reload_study(const QString& run = {});

  /// Imports by what the path is: a study is opened, a folder or a data file becomes a data set, a
  /// model file a model, an .npy predictions. Asks in a dialog; the engine does it.
  void import_path(const QString& path);
  JobCenter* jobs() const { return jobs_; }
  RunsPage* runs_page() const { return runs_page_; }
  PlanerPage* planer() const { return planer_; }
  Remarks* remarks() const { return remarks_; }
  QUndoStack* undo_stack() const { return undo_; }
  CommandPalette* palette_line() const { return palette_; }

  RunReview* review() const { return review_.get(); }
  Page* page(const QString& key) const;
  void show_page(Page* page);
  FailuresPage* failures() const { return failures_; }
  /// Nothing is under way that the picture of the window would still change with.
  bool settled() const;
  void set_theme(Theme theme);

 Q_SIGNALS:
  void run_opened();
  void run_failed(const plumbline::Error& error);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  enum class Import { dataset, model, predictions, network };
  void make_study_menu(QMenu* menu);
  void make_jobs_menu(QMenu* menu);
  void make_edit_menu(QMenu* menu);
  void make_palette();
  std::vector<PaletteEntry> palette_entries(const QString& text);
  void import_by_dialog(Import what, const QString& path);
  void train_by_dialog();
  void train_network_by_dialog();
  bool make_sure_of_a_study();
  void ask_for_new_study();
  void export_selection();
  void take_finished_job(const std::string& id);
  void fold_jobs(bool folded);
  void say_jobs();
  void say(const QString& message);
  void note_policy();
  Result<void> read_study();
  void add_page(Page* page);
  void make_frame();
  void make_menus();
  void make_status_bar();
  void set_up_docks();
  void ask_for_study();
  void take_run(Result<OpenedRun> run, const std::string& policy);
  void show_error(const Error& error);
  void say_what_is_open();
  void next_region(bool backwards);
  void follow_link(const QString& link);
  void about();

  std::unique_ptr<Settings> settings_;
  std::optional<Study> study_;
  std::vector<RunInfo> runs_;
  std::unique_ptr<RunReview> review_;
  std::vector<Page*> pages_;
  FailuresPage* failures_ = nullptr;
  RunsPage* runs_page_ = nullptr;
  ComparePage* compare_ = nullptr;
  PlanerPage* planer_ = nullptr;
  CommandPalette* palette_ = nullptr;
  StudyTree* tree_;
  Dock *study_dock_, *inspector_dock_;
  QTabBar* tabs_;
  QStackedWidget *stack_, *inspectors_;
  JobCenter* jobs_;
  DeviceList* devices_;
  QUndoStack* undo_;
  Remarks* remarks_;
  JobList* job_list_;
  Dock* jobs_dock_;
  QToolButton* fold_jobs_ = nullptr;
  std::map<QString, bool> jobs_folded_;  ///< by page
  QLabel *status_study_, *status_run_, *status_decoder_, *status_device_;
  QAction* inspector_action_ = nullptr;
  QActionGroup* themes_ = nullptr;
  std::unique_ptr<PolicyMemory> policy_memory_;
  int opening_ = 0;  ///< drops runs that were read too late
  bool reading_ = false;
};

}  // namespace plumbline
