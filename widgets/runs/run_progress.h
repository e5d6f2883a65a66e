#pragma once
#include <QWidget>

#include <set>
#include <string>
#include <vector>

#include "core/study/study_data.h"
#include "core/study/study_runs.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace plumbline {

class AccuracyPlot;
class JobCenter;
class LiveVoterModel;
class TrainingPlot;

/// The run or training at work, or the last one: one bar with its state, then the voters' table and
/// the live plot, or a training's loss and accuracy.
class RunProgress : public QWidget {
  Q_OBJECT
 public:
  explicit RunProgress(JobCenter* center, QWidget* parent = nullptr);

  /// Shows the newest job that runs or trains, and follows it.
  void follow();
  /// Shows the newest job of this run, until another one begins; nothing where it has none.
  void show_run(const std::string& name);
  /// What the study has of it now: a job may leave splits and voters to its run, and know a data
  /// set by the name that it had before.
  void set_study(std::vector<DatasetInfo> datasets, std::vector<RunInfo> runs);

  const std::string& job() const { return job_; }
  LiveVoterModel* voters() const { return model_; }
  AccuracyPlot* plot() const { return plot_; }
  TrainingPlot* training() const { return training_; }
  QString state_text() const;

 Q_SIGNALS:
  void open_run(const QString& name);
  void failed(const QString& message);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  void show_warnings();

  JobCenter* center_;
  std::string job_;
  std::string named_;            ///< the run that was asked for; empty: the newest job is shown
  std::set<std::string> begun_;  ///< jobs that had begun when it was asked for
  std::vector<DatasetInfo> datasets_;
  std::vector<RunInfo> runs_;
  LiveVoterModel* model_;
  QWidget *bar_, *content_;
  QLabel *name_, *what_, *figures_, *message_;
  QProgressBar* progress_;
  QPushButton *warnings_, *pause_, *cancel_, *open_;
  QTableView* table_;
  AccuracyPlot* plot_;
  QLabel *live_title_, *live_hint_;
  TrainingPlot* training_;
};

}  // namespace plumbline
