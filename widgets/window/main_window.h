#pragma once
#include <QMainWindow>
#include <QPointer>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/study/study.h"
#include "widgets/style/colours.h"
#include "widgets/window/page.h"

class QAction;
class QActionGroup;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace plumbline {

class Dock;
class FailuresPage;
struct OpenedRun;
class RunReview;
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
  void open_run(const QString& name, const std::string& policy = {});
  const std::vector<RunInfo>& runs() const { return runs_; }

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

 private:
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
  StudyTree* tree_;
  Dock *study_dock_, *inspector_dock_;
  QTabBar* tabs_;
  QStackedWidget *stack_, *inspectors_;
  QLabel *status_study_, *status_run_, *status_decoder_, *status_device_;
  QAction* inspector_action_ = nullptr;
  QActionGroup* themes_ = nullptr;
  int opening_ = 0;  ///< drops runs that were read too late
  bool reading_ = false;
};

}  // namespace plumbline
