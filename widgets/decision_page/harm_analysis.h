#pragma once
#include <QObject>
#include <QPointer>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/selection/harm.h"
#include "widgets/decision_page/decision_analysis.h"

namespace plumbline {

/// What the plot of what is kept has upright.
enum class FrontAxis { undetected, harm };

/// What the policy under review costs by what errors and rejections cost: its mean harm and the
/// baseline's, which follow a slider at once, and its front of kept against harm, computed on
/// another thread once the slider rests and once somebody looks at it.
class HarmAnalysis : public QObject {
  Q_OBJECT
 public:
  explicit HarmAnalysis(DecisionAnalysis* analysis);

  FrontAxis axis() const { return axis_; }
  void set_axis(FrontAxis axis);

  /// Mean of the judged samples, of the decisions as they stand; nothing where none is judged, or
  /// no run of classes is open.
  std::optional<double> harm() const;
  /// The baseline's where it keeps as many, on the same samples.
  std::optional<double> baseline_harm() const;
  /// By point of the run's baseline (OpenedRun::baseline).
  const std::vector<double>& baseline_curve() const;

  /// Null where it was not computed yet.
  const std::vector<HarmPoint>* front() const { return front_ ? &*front_ : nullptr; }
  bool front_is_current() const { return front_ && current_; }
  bool settled() const { return !computing_; }

 Q_SIGNALS:
  void changed();  ///< the axis is another, or the front is new or no longer current
  void failed(const QString& message);

 private:
  /// Of the costs as they stand; what was made of others is forgotten. Null without a run.
  const HarmUnit* unit() const;
  void forget_figures();
  void forget_costs();
  void follow();
  void compute();
  /// All that the front depends on; its threshold is no part of it.
  struct Subject {
    BoundPolicy policy;
    std::vector<std::size_t> voters;
    HarmCosts costs;
    friend bool operator==(const Subject&, const Subject&) = default;
  };
  Subject subject() const;

  DecisionAnalysis* analysis_;
  QPointer<RunReview> review_;
  FrontAxis axis_ = FrontAxis::undetected;
  mutable std::optional<HarmUnit> unit_;
  mutable HarmCosts unit_of_;
  mutable std::optional<double> harm_;
  mutable bool harm_known_ = false, curve_known_ = false;
  mutable std::vector<double> baseline_curve_;
  std::optional<std::vector<HarmPoint>> front_;
  std::optional<Subject> front_of_;
  std::uint64_t generation_ = 0;
  bool current_ = false, computing_ = false;
};

}  // namespace plumbline
