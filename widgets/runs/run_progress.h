#pragma once
#include <QWidget>

#include <set>
#include <string>

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace plumbline {

class AccuracyPlot;
class JobCenter;
class LiveVoterModel;
class TrainingPlot;
struct RunWork;

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
  /// How many samples each "data set/split" has.
  void set_sample_counts(std::vector<std::pair<std::string, std::int64_t>> counts);

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
  std::int64_t samples(const RunWork& run) const;

  JobCenter* center_;
  std::string job_;
  std::string named_;            ///< the run that was asked for; empty: the newest job is shown
  std::set<std::string> begun_;  ///< jobs that had begun when it was asked for
  std::vector<std::pair<std::string, std::int64_t>> counts_;  ///< "data set/split"
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
