#pragma once
#include <QWidget>

#include "core/jobs/job_log.h"

class QCustomPlot;

namespace plumbline {

/// A training as it goes: loss at the left, accuracy in percent at the right, over epochs. Redraws
/// at most twenty times a second.
class TrainingPlot : public QWidget {
  Q_OBJECT
 public:
  explicit TrainingPlot(QWidget* parent = nullptr);
  /// `epochs`: that the training has in all; the log's total says how many images they are.
  void show_training(int epochs, const JobLog& log);
  void clear();
  QCustomPlot* plot() const { return plot_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void rebuild();
  double epoch_of(std::int64_t images) const;

  QCustomPlot* plot_;
  std::vector<JobMetricPoint> loss_, validation_loss_, accuracy_, validation_accuracy_;
  int epochs_ = 1;
  std::int64_t images_ = 0;  ///< in all epochs
};

}  // namespace plumbline
