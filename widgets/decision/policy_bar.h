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
  explicit PolicyBar(QWidget* parent = nullptr);

  /// Not owned; null clears the bar.
  void set_review(RunReview* review);

 private:
  void take_parameters();
  void drop_parameters();

  WrapLayout* row_;
  PolicyControls* controls_;
  QList<QWidget*> groups_;  ///< of the parameters
};

}  // namespace plumbline
