#pragma once
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <vector>

#include "widgets/planer/planer_review.h"

class QCPGraph;
class QCPItemLine;
class QCPLayer;
class QCustomPlot;

namespace plumbline {

class PlotLabel;

/// Accuracy against latency: the surrogate front, what was found with its intervals, the baseline,
/// the running search's path, further searches. The target's line moves with the slider at once;
/// everything else is redrawn at most twenty times a second, however often the search speaks.
class TradeoffPlot : public QWidget {
  Q_OBJECT
 public:
  explicit TradeoffPlot(PlanerReview* review, QWidget* parent = nullptr);

  /// Latencies as fractions of their own baseline, so that devices can be compared; else ms.
  void set_fractions(bool fractions);
  bool fractions() const { return fractions_; }
  /// While the slider is dragged the ranges stand still.
  void set_dragging(bool dragging);
  void fit();

  /// PDF, SVG or PNG by the file's ending, in the light theme. False where it cannot be written.
  bool save(const QString& file);

  QCustomPlot* plot() const { return plot_; }
  /// Where the target's line is, in this widget's pixels.
  double target_x() const;
  QString predicted_text() const;
  /// What is asked for is drawn.
  bool settled() const { return !timer_.isActive() && drawn_; }

 Q_SIGNALS:
  /// The axis in this widget's pixels, and the fractions of the baseline at its ends.
  void axis_placed(double left, double right, double lower, double upper);
  void entry_clicked(const QString& key);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Mark {
    const PlanerEntry* entry;
    double x, y, half_width;
  };
  void connect_mouse();
  void request();
  void rebuild();
  void set_axes(const SearchCurve& curve, double baseline);
  void add_curve(const SearchCurve& curve, const QColor& colour, bool main);
  void add_baseline(const SearchCurve& curve, bool main);
  void add_path(const SearchCurve& curve);
  PlotLabel* add_label(double x, double y, QColor colour, const QString& text, bool strong = false);
  void add_target();
  void place_target();
  void after_layout();
  void show_read_out(QMouseEvent* event);
  double x_of(const SearchCurve& curve, double cost) const;
  double x_of(const SearchCurve& curve, const PlanerEntry& entry) const;
  double x_of_estimate(const SearchCurve& curve, double cost) const;
  double y_of(const SearchCurve& curve, double nats) const { return curve.unit.value(nats); }

  PlanerReview* review_;
  QCustomPlot* plot_;
  QTimer timer_;
  bool drawn_ = true;  ///< what was built last
  QElapsedTimer since_;
  bool fractions_ = false, dragging_ = false, zoomed_ = false, fits_ = false;
  std::vector<Mark> marks_;
  std::vector<PlotLabel*> labels_;
  PlotLabel* head_label_ = nullptr;  ///< of the path's last step
  double head_x_ = 0;                ///< where that step is
  std::vector<QRectF> taken_;
  std::vector<std::vector<QPointF>> lines_;  ///< fronts and path, in coordinates
  QCPLayer* target_layer_;
  QCPItemLine* target_line_ = nullptr;
  QCPGraph* diamond_ = nullptr;
  PlotLabel *target_label_ = nullptr, *predicted_label_ = nullptr;
};

}  // namespace plumbline
