#include "widgets/decision_page/harm_analysis.h"

#include <algorithm>

#include "core/decision/threshold_parameter.h"
#include "core/review/harm_of_run.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

HarmAnalysis::HarmAnalysis(DecisionAnalysis* analysis) : QObject(analysis), analysis_(analysis) {
  connect(analysis_, &DecisionAnalysis::moved, this, &HarmAnalysis::forget_figures);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &HarmAnalysis::follow);
}

void HarmAnalysis::set_axis(FrontAxis axis) {
  if (axis == axis_) return;
  axis_ = axis;
  Q_EMIT changed();
  follow();
}

void HarmAnalysis::forget_figures() {
  harm_known_ = false;
  if (analysis_->review() != review_) return follow();
  // Once: whoever draws this does so at the first step of a slider that bends it alone.
  if (axis_ == FrontAxis::undetected || !current_ || review_ == nullptr) return;
  if (front_of_ == subject()) return;
  current_ = false;
  Q_EMIT changed();
}

void HarmAnalysis::forget_costs() {
  current_ = false;
  Q_EMIT changed();
}

HarmAnalysis::Subject HarmAnalysis::subject() const {
  const BoundPolicy& policy = analysis_->review()->bound_policy();
  const auto threshold = threshold_parameter(policy);
  return {at_point(policy, threshold ? threshold->minimum : 0, 1),
          analysis_->review()->policy_voters(), analysis_->review()->costs()};
}

void HarmAnalysis::follow() {
  if (analysis_->review() != review_) {
    if (review_) review_->disconnect(this);
    review_ = analysis_->review();
    ++generation_;
    harm_known_ = curve_known_ = current_ = computing_ = false;
    unit_.reset();
    front_.reset();
    front_of_.reset();
    if (review_) connect(review_, &RunReview::costs_changed, this, &HarmAnalysis::forget_costs);
    Q_EMIT changed();
  }
  if (axis_ != FrontAxis::harm || review_ == nullptr || analysis_->is_held() || review_->busy())
    return;
  if (computing_ || (current_ && front_of_ == subject())) return;
  compute();
}

void HarmAnalysis::compute() {
  computing_ = true;
  current_ = false;
  run_in_background(
      this,
      [run = review_->run(), of = subject()] {
        return front_of_harm(run, of.voters, of.policy, of.costs.unit());
      },
      [this, of = subject(), mine = ++generation_](Result<HarmFront> front) {
        if (mine != generation_) return;
        computing_ = false;
        front_of_ = of;
        current_ = review_ != nullptr && of == subject();
        if (front)
          front_ = std::move(front->points);
        else
          front_.reset();
        Q_EMIT changed();
        if (!front) Q_EMIT failed(text_of(to_string(front.error())));
        // What was asked for meanwhile.
        if (!current_) follow();
      });
}

const HarmUnit* HarmAnalysis::unit() const {
  const RunReview* review = analysis_->review();
  if (review == nullptr) return nullptr;
  if (!unit_ || !(unit_of_ == review->costs())) {
    unit_of_ = review->costs();
    unit_ = unit_of_.unit();
    harm_known_ = curve_known_ = false;
  }
  return &*unit_;
}

std::optional<double> HarmAnalysis::harm() const {
  const HarmUnit* in = unit();
  if (in == nullptr) return std::nullopt;
  if (harm_known_) return harm_;
  harm_known_ = true;
  harm_.reset();
  const RunReview& review = *analysis_->review();
  const auto column = harm_column(*in, review.votes().labels, review.decisions());
  if (column.values.empty()) return harm_;
  double sum = 0;
  for (const double value : column.values) sum += value;
  harm_ = sum / static_cast<double>(column.values.size());
  return harm_;
}

const std::vector<double>& HarmAnalysis::baseline_curve() const {
  const HarmUnit* in = unit();
  if (in == nullptr) baseline_curve_.clear();
  if (in == nullptr || curve_known_) return baseline_curve_;
  curve_known_ = true;
  const RunReview& review = *analysis_->review();
  baseline_curve_ = harm_of_baseline(*in, review.votes(), review.run().baseline->points());
  return baseline_curve_;
}

std::optional<double> HarmAnalysis::baseline_harm() const {
  const auto& point = analysis_->baseline_point();
  if (!point || analysis_->review() == nullptr) return std::nullopt;
  const auto points = analysis_->review()->run().baseline->points();
  const auto found = std::ranges::lower_bound(points, point->kept, {}, &EqualKept::kept);
  if (found == points.end()) return std::nullopt;
  return baseline_curve()[static_cast<std::size_t>(found - points.begin())];
}

}  // namespace plumbline
