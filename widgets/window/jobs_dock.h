#pragma once
#include <string>
#include <vector>

#include "core/types/error.h"
#include "widgets/window/dock.h"

class QMainWindow;
class QMenu;
class QToolButton;

namespace plumbline {

class JobCenter;
class JobList;

/// The queue of engines below the pages. Folded it is one line that says what is at work.
class JobsDock : public Dock {
  Q_OBJECT
 public:
  /// `window`: where the dock stands; it keeps the dock's height.
  JobsDock(JobCenter* jobs, QMainWindow* window);

  JobList* list() const { return list_; }
  bool is_folded() const;
  /// Not a choice of the user's: folded_by_hand() is silent.
  void set_folded(bool folded);
  /// The menu's commands on the current job.
  /// Returns the commands that change the study.
  std::vector<QAction*> fill(QMenu* menu);

 Q_SIGNALS:
  void folded_by_hand(bool folded);
  void open_run(const QString& name);
  void ask_again(const std::string& id);
  void failed(const QString& message);

 private:
  void fold(bool folded);
  void say_what_is_at_work();
  Result<void> pause_or_resume(const std::string& id);

  JobCenter* jobs_;
  QMainWindow* window_;
  JobList* list_;
  QToolButton* fold_;
};

}  // namespace plumbline
