#pragma once
#include <QPointF>

#include "widgets/bars/title_bar.h"
#include "widgets/detection/detection_analysis.h"
#include "widgets/plot/qcustomplot.h"

namespace plumbline {

/// What the plots of a run of boxes have in common: title, look, redrawing.
class DetectionPlot : public Ground {
  Q_OBJECT
 public:
  DetectionPlot(DetectionAnalysis* analysis, const QString& title, const QString& fact,
                const QString& x_axis, const QString& y_axis, QWidget* parent);
  QCustomPlot* plot() const { return plot_; }

 protected:
  virtual void draw() = 0;
  DetectionAnalysis* analysis() const { return analysis_; }
  int room() const;  ///< width of the axes' rectangle, in pixels
  void set_fact(const QString& fact) { title_->set_fact(fact); }
  QCPGraph* add_curve(const QColor& colour, double width, bool dashed = false);
  QCPGraph* add_diamond(QPointF at);
  /// `taken`: pixels of the plot's width that something else needs.
  void add_words(QPointF at, const QString& words, const QColor& colour, Qt::Alignment side,
                 int taken = 0);
  void redraw();
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  DetectionAnalysis* analysis_;
  TitleBar* title_;
  QCustomPlot* plot_;
  QString x_axis_, y_axis_;
};

/// Precision against recall of the chosen fusion over all thresholds. The threshold is dragged
/// along the curve.
class PrecisionPlot : public DetectionPlot {
  Q_OBJECT
 public:
  explicit PrecisionPlot(DetectionAnalysis* analysis, QWidget* parent = nullptr);
  /// Where a threshold lies on the curve.
  QPointF at_score(double score) const;

 protected:
  void draw() override;

 private:
  void drag(QPointF pixel, bool settled);
  bool held_ = false;
};

/// Undetected objects against false detections of every way to use the detectors. A click on a line
/// goes there.
class PricePlot : public DetectionPlot {
  Q_OBJECT
 public:
  explicit PricePlot(DetectionAnalysis* analysis, QWidget* parent = nullptr);

 protected:
  void draw() override;

 private:
  void take_nearest(QPointF pixel);
};

/// What mending all errors of a kind would gain, and how many there are: of all boxes, whatever the
/// threshold (tide_words.h).
class TidePlot : public DetectionPlot {
  Q_OBJECT
 public:
  explicit TidePlot(DetectionAnalysis* analysis, QWidget* parent = nullptr);

 protected:
  void draw() override;
};

/// Objects by how many of the run's voters find them, and which of them the fusion finds.
class FinderPlot : public DetectionPlot {
  Q_OBJECT
 public:
  explicit FinderPlot(DetectionAnalysis* analysis, QWidget* parent = nullptr);

 protected:
  void draw() override;
};

}  // namespace plumbline
