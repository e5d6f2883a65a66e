#pragma once
#include <array>

#include "widgets/bars/title_bar.h"
#include "widgets/decision_page/decision_analysis.h"

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace plumbline {

class PolicyControls;
class StagePanel;

/// The policy's controls in a column, and below them what comes of it: verdicts beside the
/// baseline's at equal kept, and the expected latency.
class PolicyPanel : public Ground {
  Q_OBJECT
 public:
  explicit PolicyPanel(DecisionAnalysis* analysis, QWidget* parent = nullptr);

  void set_review(RunReview* review);
  PolicyControls* controls() const { return controls_; }
  StagePanel* stages() const { return stages_; }
  /// Goes below the verdicts.
  void add_section(QWidget* section);
  QString count_text(Verdict verdict) const;
  QString baseline_text(Verdict verdict) const;
  QString latency_text() const;

 private:
  /// A mark, a name, the policy's figure and the baseline's.
  struct Line {
    QLabel *mark = nullptr, *value = nullptr, *baseline = nullptr;
  };
  QWidget* make_verdicts();
  Line make_line(QGridLayout* grid, int row, const QString& words);
  void take_parameters();
  void drop_parameters();
  void show_counts();
  void show_marks();
  void changeEvent(QEvent* event) override;

  DecisionAnalysis* analysis_;
  PolicyControls* controls_;
  StagePanel* stages_;
  QGridLayout* parameters_;
  QList<QWidget*> labels_;  ///< of the parameters
  QLabel *split_, *reference_;
  std::array<Line, verdict_kinds> verdicts_;
  Line latency_;
  QVBoxLayout* rows_;
};

}  // namespace plumbline
