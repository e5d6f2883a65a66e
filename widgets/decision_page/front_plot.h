#pragma once
#include "widgets/decision_page/decision_plot.h"

namespace plumbline {

class DamageAnalysis;

/// Kept correct against undetected mispredictions over all settings of the policy: its exact front,
/// dominated settings as dots, the baseline, and what the policy gains over it at equal kept. A
/// click takes a point's parameters. With a voter damaged, the front and the policy's place then.
class FrontPlot : public DecisionPlot {
  Q_OBJECT
 public:
  FrontPlot(DecisionAnalysis* analysis, DamageAnalysis* damage, QWidget* parent = nullptr);
  PlotTable table() const override;
  QString gain_text() const;

 Q_SIGNALS:
  void point_chosen(const plumbline::OperatingPoint& point);

 protected:
  void draw() override;
  void make_marks() override;
  void place_marks() override;
  std::optional<Ranges> whole() const override;
  QString read_out(QPointF pixel, double x, double y) const override;
  void pressed(QPointF pixel) override;

 private:
  /// The nearest setting to a place, if it is near.
  const OperatingPoint* setting_at(QPointF pixel) const;
  QString words_of(const OperatingPoint& point) const;

  void draw_damaged();

  DamageAnalysis* damage_;
  QCPGraph *diamond_ = nullptr, *ring_ = nullptr;
  QCPItemLine* gain_ = nullptr;
  PlotLabel *here_ = nullptr, *baseline_ = nullptr, *gain_label_ = nullptr;
};

}  // namespace plumbline
