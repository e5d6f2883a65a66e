#pragma once
#include <QWidget>

#include "core/review/training_course.h"

class QCustomPlot;

namespace plumbline {

/// A training as it goes: loss at the left, accuracy (of a detector the share of objects that it
/// finds) in percent at the right, over epochs. Redraws at most twenty times a second.
class TrainingPlot : public QWidget {
  Q_OBJECT
 public:
  explicit TrainingPlot(QWidget* parent = nullptr);
  void show_training(TrainingCourse course);
  void clear();
  QCustomPlot* plot() const { return plot_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void rebuild();

  QCustomPlot* plot_;
  TrainingCourse course_;
};

}  // namespace plumbline
