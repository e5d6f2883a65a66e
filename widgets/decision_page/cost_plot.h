#pragma once
#include "widgets/decision_page/decision_plot.h"

class QComboBox;
class QPushButton;

namespace plumbline {

class VoterSearcher;
struct VoterChoice;

/// Cost against undetected mispredictions: the choices of voters that a search has found, staged
/// where they can be, their frontier as steps, the policy under review as a filled diamond, the
/// same with all of its voters asked as an open one, and the single model. A click takes a choice.
class CostPlot : public DecisionPlot {
  Q_OBJECT
 public:
  CostPlot(DecisionAnalysis* analysis, VoterSearcher* searcher, QWidget* parent = nullptr);
  PlotTable table() const override;
  QPushButton* search_button() const { return button_; }
  QComboBox* axis_box() const { return axis_; }
  /// Cost of the policy under review as it is drawn; nothing where it is not known.
  std::optional<double> cost() const;

 Q_SIGNALS:
  void search_wanted();

 protected:
  void draw() override;
  void make_marks() override;
  void place_marks() override;
  std::optional<Ranges> whole() const override;
  QString read_out(QPointF pixel, double x, double y) const override;
  void pressed(QPointF pixel) override;

 private:
  void name_axis();
  void show_search();
  /// The choice of what costs are counted in, energy with its reason where it cannot be chosen.
  void show_axis();
  /// Whether costs are multiples of the single model's latency or energy; else voters a sample.
  bool is_timed() const;
  std::optional<double> cost_of_shares(const std::vector<double>& shares) const;
  QString cost_text(double cost) const;
  QString words_of(const VoterChoice& choice) const;
  const VoterChoice* choice_at(QPointF pixel) const;

  VoterSearcher* searcher_;
  QPushButton* button_;
  QComboBox* axis_;
  QCPGraph *diamond_ = nullptr, *open_ = nullptr, *ring_ = nullptr, *gain_ = nullptr;
  PlotLabel *here_ = nullptr, *all_ = nullptr, *baseline_ = nullptr;
};

}  // namespace plumbline
