#pragma once
#include <QPointer>

#include <filesystem>

#include "widgets/page/context.h"
#include "widgets/page/page.h"

class QLabel;
class QStackedWidget;
class QTabBar;
class QTableView;

namespace plumbline {

class ConfusionView;
class CostPlot;
class CostsView;
class DamageAnalysis;
class DamagePanel;
class DecisionAnalysis;
class DecisionPlot;
class DetectionView;
class FigureModel;
class FrontPlot;
class HarmAnalysis;
class PolicyPanel;
class ReliabilityPlot;
class RiskPlot;
class SelectPanel;
class StressView;
class ViewEffectsView;
class VoterPairsView;
class VoterSearcher;

/// A decision policy in all its figures: what it keeps and misses wherever its threshold stands,
/// how sure it is, what it costs, whether it holds on data that nobody tuned on. Everything follows
/// the slider.
class DecisionPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "decision";
  explicit DecisionPage(const PageContext& context, QWidget* parent = nullptr);
  ~DecisionPage() override;

  QString title() const override { return tr("Decision"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  bool shows_runs_of(std::string_view predictions) const override;
  void show_run(RunReview* review) override;
  Result<void> show_study(const Study* study) override;
  bool shows_decisions() const override { return true; }
  void show_notice(const QString& text) override;
  bool shows(const Route& /*route*/) const override { return false; }
  QWidget* main_view() override;
  bool wants_jobs_folded() const override { return true; }
  bool settled() const override;

  DecisionAnalysis* analysis() const { return analysis_; }
  PolicyPanel* panel() const { return panel_; }
  FrontPlot* front() const { return front_; }
  RiskPlot* risk() const { return risk_; }
  ReliabilityPlot* reliability() const { return reliability_; }
  CostPlot* cost() const { return cost_; }
  VoterSearcher* searcher() const { return searcher_; }
  VoterPairsView* pairs() const { return pairs_; }
  StressView* stress() const { return stress_; }
  DamageAnalysis* damage() const { return damage_; }
  DamagePanel* damage_panel() const { return damage_panel_; }
  ViewEffectsView* effects() const { return effects_; }
  CostsView* costs() const { return costs_; }
  HarmAnalysis* harm() const { return harm_; }
  ConfusionView* confusion() const { return confusion_; }
  FigureModel* figures() const { return figures_; }
  SelectPanel* selection() const { return select_; }
  /// Of runs of boxes; null where none was open yet.
  DetectionView* detection() const { return detection_; }

 private:
  void make_detection();
  QWidget* make_plots();
  QWidget* make_figures();
  QWidget* make_matrices();
  void show_facts();

  DecisionAnalysis* analysis_;
  HarmAnalysis* harm_;
  PolicyPanel* panel_;
  SelectPanel* select_;
  DamageAnalysis* damage_;
  FrontPlot* front_;
  RiskPlot* risk_;
  ReliabilityPlot* reliability_;
  VoterSearcher* searcher_;
  CostPlot* cost_;
  ConfusionView* confusion_;
  VoterPairsView* pairs_;
  ViewEffectsView* effects_;
  StressView* stress_;
  CostsView* costs_;
  DamagePanel* damage_panel_;
  FigureModel* figures_;
  QTableView* table_;
  QLabel *lack_, *notice_;
  DetectionView* detection_ = nullptr;  ///< made when the first run of boxes is opened
  QStackedWidget* stack_;
  QPointer<RunReview> review_;
  std::filesystem::path study_;
};

}  // namespace plumbline
