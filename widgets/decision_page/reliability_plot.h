#pragma once
#include "widgets/decision_page/decision_plot.h"

namespace plumbline {

/// Accuracy over confidence in bins of equal width with Wilson's intervals, samples per bin as bars
/// at the foot; beside it the baseline. Of the policy under review where its score is a
/// probability, else of the mean or another policy of the same voters whose score is one.
class ReliabilityPlot : public DecisionPlot {
  Q_OBJECT
 public:
  explicit ReliabilityPlot(DecisionAnalysis* analysis, QWidget* parent = nullptr);
  PlotTable table() const override;

 protected:
  void draw() override;
  void make_marks() override {}
  void place_marks() override {}
  std::optional<Ranges> whole() const override;
  QString read_out(QPointF pixel, double x, double y) const override;

 private:
  void draw_bins(const std::vector<ReliabilityBin>& bins, bool main);
  void draw_samples(const std::vector<ReliabilityBin>& bins);
};

}  // namespace plumbline
