#pragma once
#include <QColor>
#include <QWidget>

#include <vector>

#include "core/jobs/job_log.h"
#include "core/review/run_course.h"
#include "core/types/voter.h"

class QCPItemText;
class QCustomPlot;

namespace plumbline {

/// Accuracy so far, or of detectors the share of objects found, against samples: the voters with
/// the identity view (all voters where none has it), the mean in accent, the baseline dashed with
/// the band of its 95 % interval. Redraws at most twenty times a second.
class AccuracyPlot : public QWidget {
  Q_OBJECT
 public:
  explicit AccuracyPlot(QWidget* parent = nullptr);
  void show_run(const std::vector<Voter>& voters, std::int64_t samples, const JobLog& log);
  void clear();
  QCustomPlot* plot() const { return plot_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Line {
    QString name;
    VoterCourse course;
  };
  struct End {
    double x, y;
    QString text;
    QColor colour;
  };
  void rebuild();
  void place_labels();

  QCustomPlot* plot_;
  std::vector<Line> lines_;  ///< the baseline first, where it has a figure
  std::vector<JobMetricPoint> mean_;
  std::vector<End> ends_;
  std::vector<QCPItemText*> labels_;
  std::size_t voters_ = 0;
  bool of_objects_ = false;
  std::int64_t samples_ = 0;
};

}  // namespace plumbline
