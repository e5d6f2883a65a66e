#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/policies/cost_matrix.h"
#include "core/decision/verdicts.h"
#include "core/decision/vote_sweep.h"
#include "core/metrics/metric_table.h"
#include "core/types/error.h"

namespace plumbline {

/// The unit in which harm is counted: what an accepted label costs by its true class, and what it
/// costs to reject. Plain costs, 1 for every error, and 0 for rejecting make it the number of
/// undetected mispredictions.
struct HarmUnit {
  std::vector<double> costs;  ///< classes × classes, row-major: true class, then what is decided
  std::size_t classes = 0;
  double reject = 0;

  /// Of one sample. Classes beyond the matrix cost 1 where they differ.
  double of(ClassIndex truth, ClassIndex decided, bool accepted) const;
  double largest() const;  ///< cost of an accepted label, at least 1
};

HarmUnit harm_unit(const CostMatrix& costs, double reject);

/// What somebody says that errors and rejections cost. Copied often, the matrix never.
struct HarmCosts {
  static constexpr double usual_reject = 0.1;  ///< a tenth of an error
  std::shared_ptr<const CostMatrix> matrix;    ///< not null once it is in use
  double reject = usual_reject;                ///< of one rejection

  bool is_plain() const { return reject == usual_reject && plumbline::is_plain(*matrix); }
  HarmUnit unit() const { return harm_unit(*matrix, reject); }
  friend bool operator==(const HarmCosts& a, const HarmCosts& b) {
    return a.reject == b.reject &&
           (a.matrix == b.matrix || (a.matrix && b.matrix && *a.matrix == *b.matrix));
  }
};

/// The harm of each judged sample, in their order: what the metric "harm" is the mean of.
MetricData::Column harm_column(const HarmUnit& unit, std::span<const ClassIndex> labels,
                               const Decisions& decisions);

/// What one setting of a policy comes to, which is `at_point` of value and counted.
struct HarmPoint : OperatingPoint {
  double harm = 0;  ///< mean over the judged samples, rejections included
};

/// A policy's decisions at another setting, on the split that is looked at.
using DecideSetting = std::function<const Decisions&(const BoundPolicy&)>;

/// The exact front of kept against harm over all distinct scores, of a policy that accepts by its
/// score; else over `threshold_grid` and every number of votes. By rising kept, harm rising with
/// it: settings for which no other one keeps as many with less harm.
std::vector<HarmPoint> harm_front(const HarmUnit& unit, const BoundPolicy& policy,
                                  std::span<const ClassIndex> labels, const DecideSetting& decide);

/// The setting of least harm of a front; of equal ones that which keeps most. Nothing for an empty
/// one.
std::optional<HarmPoint> least_harm(std::span<const HarmPoint> front);

/// What a setting has to fulfil in harm: the least there is, or the most kept with at most so much.
struct HarmRule {
  std::optional<double> most_harm;  ///< mean over the judged samples, rejections included
  friend bool operator==(const HarmRule&, const HarmRule&) = default;
};

/// Reads `least-harm` or `harm<=x`; nothing where a rule is not about harm. Errors (usage): x is no
/// number, or below 0.
Result<std::optional<HarmRule>> parse_harm_rule(std::string_view text);
std::string to_string(const HarmRule& rule);

/// The point of a front that a rule chooses; nothing where none fulfils it.
std::optional<HarmPoint> choose_by_harm(std::span<const HarmPoint> front, const HarmRule& rule);

/// What is to be promised of the harm of what is accepted; rejections are no part of it.
struct HarmTarget {
  double harm = 0.01, confidence = 0.95;
  bool generalized = false;  ///< over all samples; else over those that are accepted
};

/// Reads `harm=0.05,confidence=0.95[,kind=selective|generalized]`. Errors (usage) name the word.
Result<HarmTarget> parse_harm_target(std::string_view text);

/// A promise of harm, or none.
struct HarmCertificate {
  HarmTarget target;
  std::string split;
  std::int64_t samples = 0, accepted = 0;  ///< judged there; accepted by the setting that was found
  std::size_t families = 1;                ///< sequences among which δ was shared
  std::optional<BoundPolicy> policy;       ///< for which it is promised; nothing is, without
  double found_harm = 0;                   ///< its mean there
  double p_value = 1;
};

/// Whether a mean harm of `mean` over n independent samples, each from 0 to `largest`, shows that
/// the true one is at most `harm`: the Hoeffding–Bentkus p-value (S. Bates, A. Angelopoulos, L.
/// Lei, J. Malik, M. I. Jordan, "Distribution-free, risk-controlling prediction sets", 2021).
double harm_p_value(double mean, std::int64_t n, double harm, double largest);

/// The loosest threshold of `threshold_grid` for which the harm is promised, by fixed-sequence
/// testing as `certify` does it, with harm_p_value in place of the binomial's tail. Errors: those
/// of `certify`.
Result<HarmCertificate> certify_harm(const HarmUnit& unit, const BoundPolicy& policy,
                                     const HarmTarget& target, const std::string& split,
                                     std::span<const ClassIndex> labels,
                                     const DecideSetting& decide);

std::string words_of(const HarmCertificate& certificate);

}  // namespace plumbline
