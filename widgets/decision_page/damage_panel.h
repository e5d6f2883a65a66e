#pragma once
#include <QWidget>

#include "widgets/decision_page/damage_analysis.h"

class QComboBox;
class QLabel;
class QSpinBox;

namespace plumbline {

/// Which voter is damaged, how and how often, and what becomes of the verdicts. The front is drawn
/// by FrontPlot.
class DamagePanel : public QWidget {
  Q_OBJECT
 public:
  DamagePanel(DecisionAnalysis* analysis, DamageAnalysis* damage, QWidget* parent = nullptr);

  /// What stands below the controls: empty where no voter is damaged.
  QString outcome() const;
  bool is_faded() const;

 private:
  void offer();
  void take();
  void show_outcome();

  DecisionAnalysis* analysis_;
  DamageAnalysis* damage_;
  QComboBox *voter_, *kind_, *class_;
  QSpinBox* rate_;
  QLabel* outcome_;
};

}  // namespace plumbline
