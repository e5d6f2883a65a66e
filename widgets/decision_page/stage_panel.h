#pragma once
#include <QWidget>

#include "widgets/decision_page/decision_analysis.h"

class QCheckBox;
class QLabel;

namespace plumbline {

/// Whether voters are asked one after another, with the share of samples that reaches each of them;
/// and what the policy has learned, and where.
class StagePanel : public QWidget {
  Q_OBJECT
 public:
  explicit StagePanel(DecisionAnalysis* analysis, QWidget* parent = nullptr);

  QCheckBox* staged() const { return staged_; }
  QString learned_text() const;
  /// "strong 100.0 %", in the order in which they are asked.
  QStringList stage_texts() const;
  /// Of which batch sizes the cost of the stages is made.
  QString times_text() const;

 private:
  class Bars;
  void refresh();

  DecisionAnalysis* analysis_;
  QCheckBox* staged_;
  QLabel *order_, *foot_, *learned_;
  Bars* bars_;
};

}  // namespace plumbline
