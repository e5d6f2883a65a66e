#pragma once
#include <QList>
#include <QPointer>

#include "widgets/bars/bar.h"
#include "widgets/decision/run_review.h"

class QComboBox;
class QDoubleSpinBox;
class QPushButton;

namespace plumbline {

class DropButton;
class ParameterSlider;
class VoterMatrix;
class WrapLayout;

/// Policy, its voters and one slider with its number per parameter: whatever policy_kinds() has.
class PolicyBar : public Bar {
  Q_OBJECT
 public:
  explicit PolicyBar(QWidget* parent = nullptr);

  /// Not owned; null clears the bar.
  void set_review(RunReview* review);

 private:
  struct ParameterControls {
    QWidget* group = nullptr;
    ParameterSlider* slider = nullptr;
    QDoubleSpinBox* number = nullptr;
  };
  void refresh();
  void rebuild_parameters();
  ParameterControls make_controls(std::size_t parameter);
  void open_matrix();

  QPointer<RunReview> review_;
  WrapLayout* row_;
  QComboBox* kinds_;
  DropButton* voters_;
  QPushButton* reset_;
  QPointer<VoterMatrix> matrix_;
  QList<ParameterControls> parameters_;
  const PolicyKind* shown_kind_ = nullptr;
  std::size_t shown_voters_ = 0;
};

}  // namespace plumbline
