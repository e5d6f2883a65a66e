#pragma once
#include <QWidget>

#include <string>
#include <vector>

class QTableView;

namespace plumbline {

class JobCenter;
class JobTableModel;

/// The table of jobs with what can be done to each: pause, resume, cancel, run again, open, log.
class JobList : public QWidget {
  Q_OBJECT
 public:
  explicit JobList(JobCenter* center, QWidget* parent = nullptr);

  QTableView* view() const { return view_; }
  QString summary() const;  ///< "1 running, 2 queued"
  /// The job at work in one line: "PLANER search s3 · target 0.50, 37 %, 22 min 34 s left".
  QString line_at_work() const;
  std::string current() const;  ///< the selected job, else the newest; empty: none
  void show_log(const std::string& id);

 Q_SIGNALS:
  void summary_changed();
  void open_run(const QString& name);
  /// An import is to be asked for once more, with what was entered.
  void ask_again(const std::string& id);
  void failed(const QString& message);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  struct Action;
  std::vector<Action> actions_of(const std::string& id);
  void place_buttons();
  void place_buttons(int row);

  JobCenter* center_;
  JobTableModel* model_;
  QTableView* view_;
};

}  // namespace plumbline
