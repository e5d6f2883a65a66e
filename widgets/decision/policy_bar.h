#pragma once
#include <QList>
#include <QPointer>

#include "widgets/bars/bar.h"
#include "widgets/decision/run_review.h"

class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QPushButton;

namespace plumbline {

class DropButton;
class ParameterSlider;
class VoterMatrix;
class WrapLayout;

/// Policy, its voters and its parameters, whatever policy_kinds() has: a slider with its number for
/// each that is a number, a field with its text for any other.
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
    QLineEdit* text = nullptr;  ///< instead of the two
    QList<QWidget*> in_order() const;
  };
  void offer_kinds();
  void refresh();
  void rebuild_parameters();
  ParameterControls make_controls(std::size_t parameter);
  ParameterControls make_text_field(std::size_t parameter);
  void connect_number(const ParameterControls& controls, std::size_t parameter, double steps);
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
