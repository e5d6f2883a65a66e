#pragma once
#include <QList>

#include "widgets/bars/bar.h"

namespace plumbline {

class PolicyControls;
class RunReview;
class WrapLayout;

/// Policy, its voters and its parameters in one row.
class PolicyBar : public Bar {
  Q_OBJECT
 public:
  /// `leading` stands before the policy; null: nothing does. `prefix`: of object names.
  explicit PolicyBar(QWidget* parent = nullptr, QWidget* leading = nullptr,
                     const QString& prefix = {});

  /// Not owned; null clears the bar.
  void set_review(RunReview* review);
  PolicyControls* controls() const { return controls_; }

 private:
  void take_parameters();
  void drop_parameters();

  WrapLayout* row_;
  PolicyControls* controls_;
  bool has_leading_ = false;
  QList<QWidget*> groups_;  ///< of the parameters
};

}  // namespace plumbline
