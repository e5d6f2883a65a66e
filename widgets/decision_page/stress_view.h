#pragma once
#include <QAbstractScrollArea>

#include <memory>
#include <vector>

#include "core/stress/severity_curve.h"
#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// What the policy does as conditions grow worse: one small plot a condition, with accuracy,
/// coverage and undetected mispredictions over severity, the baseline's dashed. Computed once the
/// view is seen and the policy rests; until then the last curves stand faded. A click on a severity
/// opens that condition's failures.
class StressView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit StressView(DecisionAnalysis* analysis, QWidget* parent = nullptr);
  ~StressView() override;

  const std::vector<SeverityCurve>& curves() const { return curves_; }
  bool is_current() const { return current_; }
  bool settled() const { return !computing_; }
  /// The column of one severity, in the viewport's pixels.
  QRect point_rect(std::size_t curve, std::size_t point) const;
  QString read_out(std::size_t curve, std::size_t point) const;

 Q_SIGNALS:
  void condition_chosen(const QString& condition);
  void failed(const QString& message);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  struct Place {
    std::size_t curve = 0, point = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  void fade();
  void compute();
  QRect plot_rect(std::size_t curve) const;
  std::optional<Place> place_at(QPoint at) const;
  void paint_curve(QPainter& painter, std::size_t index) const;
  void choose(Place place);

  DecisionAnalysis* analysis_;
  std::vector<SeverityCurve> curves_;
  QPointer<RunReview> review_;
  std::shared_ptr<std::atomic<std::uint64_t>> generation_;
  bool current_ = false, computing_ = false;
  Place current_place_{};
};

}  // namespace plumbline
