#pragma once
#include <cmath>
#include <optional>

#include "core/metrics/selective.h"

namespace plumbline {

/// The definitions of `SelectiveMetrics`, fed with one point after another: for samples as they are
/// and for resamples alike, so that a figure and its interval cannot differ in a convention.
class SelectiveSums {
 public:
  /// `rights` and `wrongs`: how many there are altogether. Whole numbers, exact in double.
  SelectiveSums(double rights, double wrongs) : rights_(rights), wrongs_(wrongs) {}

  /// How many are right and wrong down to the next lower distinct score.
  void add(double right, double wrong) {
    const double accepted = right + wrong, before = right_ + wrong_;
    const double risk = wrong / accepted, width = accepted - before;
    // Flat from the first point down to coverage 0.
    aurc_ += width * (before > 0 ? risk + risk_ : 2 * risk);
    augrc_ += width * (wrong + wrong_);
    auroc_ += (wrong - wrong_) * (right + right_);
    const double n = rights_ + wrongs_;
    if (risk <= 0.05) accepted_at_risk_5_ = accepted;
    if (risk_at_80_ < 0 && accepted / n >= 0.8) risk_at_80_ = risk;
    // In whole numbers: 0.95 and its product are rounded.
    if (wrong_at_95_ < 0 && 20 * right >= 19 * rights_) wrong_at_95_ = wrong;
    right_ = right;
    wrong_ = wrong;
    risk_ = risk;
  }

  SelectiveMetrics metrics() const {
    SelectiveMetrics result;
    const double n = rights_ + wrongs_;
    if (!(n > 0)) return result;
    const double e = wrongs_ / n;
    result.aurc = aurc_ / (2 * n);
    result.e_aurc = *result.aurc - (e < 1 ? e + (1 - e) * std::log(1 - e) : 1);
    result.augrc = augrc_ / (2 * n * n);
    result.coverage_at_risk_5 = accepted_at_risk_5_ / n;
    if (risk_at_80_ >= 0) result.risk_at_coverage_80 = risk_at_80_;
    if (rights_ > 0 && wrongs_ > 0) {
      result.auroc = auroc_ / (2 * rights_ * wrongs_);
      result.fpr95 = wrong_at_95_ / wrongs_;
    }
    return result;
  }

 private:
  double rights_, wrongs_;
  double right_ = 0, wrong_ = 0, risk_ = 0;
  double aurc_ = 0, augrc_ = 0, auroc_ = 0, accepted_at_risk_5_ = 0;
  double risk_at_80_ = -1, wrong_at_95_ = -1;  ///< negative: not yet there
};

}  // namespace plumbline
