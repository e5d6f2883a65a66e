#pragma once
#include "widgets/decision_page/decision_plot.h"
#include "widgets/plot/plot_label.h"

class QComboBox;

namespace plumbline {

class DamageAnalysis;
class HarmAnalysis;

/// Kept correct against undetected mispredictions, or against harm, over all settings of the
/// policy: its exact front, dominated settings as dots, the baseline, and what the policy gains
/// over it at equal kept. A click takes a point's parameters. With a voter damaged, the front and
/// the policy's place then, in undetected mispredictions.
class FrontPlot : public DecisionPlot {
  Q_OBJECT
 public:
  FrontPlot(DecisionAnalysis* analysis, DamageAnalysis* damage, HarmAnalysis* harm,
            QWidget* parent = nullptr);
  PlotTable table() const override;
  QString gain_text() const;
  QComboBox* axis_box() const { return axis_; }
  /// Where the words of the decision's mark and of the baseline's may stand, the best first; the
  /// baseline's have a place above the decision's, however near the marks are to each other.
  static std::vector<PlotLabel::Side> sides_of_decision();
  static std::vector<PlotLabel::Side> sides_of_baseline();

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
  /// A setting as it is drawn.
  struct Setting {
    OperatingPoint point;
    double y = 0;
    bool on_front = true;
  };
  bool in_harm() const;
  /// Calls `use` with every setting that is drawn, those of the front first, by rising kept.
  template <class Use>
  void each_setting(const Use& use) const;
  bool settings_are_current() const;
  double y_of_decision() const;
  std::optional<double> y_of_baseline() const;
  /// Of a point of the run's baseline, by its place.
  double y_of_baseline(std::size_t place) const;
  QString y_text(double y) const;

  /// The nearest setting to a place, if it is near.
  std::optional<Setting> setting_at(QPointF pixel) const;
  QString words_of(const Setting& setting) const;

  void show_axis();
  void draw_damaged();

  DamageAnalysis* damage_;
  HarmAnalysis* harm_;
  QComboBox* axis_;
  QCPGraph *diamond_ = nullptr, *ring_ = nullptr;
  QCPItemLine* gain_ = nullptr;
  PlotLabel *here_ = nullptr, *baseline_ = nullptr, *gain_label_ = nullptr;
};

}  // namespace plumbline
