#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/threshold_parameter.h"
#include "core/decision/verdicts.h"
#include "core/decision/vote_sweep.h"
#include "core/types/error.h"

namespace plumbline {

/// The verdicts of a policy on a split: what is asked where no faster way is known.
using CountVerdicts = std::function<VerdictCounts(const BoundPolicy&)>;

/// Visits what a policy keeps and misses at every setting of its threshold: every distinct score
/// where it accepts by its score (strictest first), every distinct confidence and number of votes
/// where it counts confident votes. Else, as for more than 64 voters, at the values of
/// `threshold_grid`; a policy without a threshold has one point. `decided`: its decisions at any
/// setting.
void visit_operating_points(const BoundPolicy& policy, const VoteTable& votes,
                            const Decisions& decided, const CountVerdicts& count,
                            const VisitPoint& visit);

/// Values of a threshold from `minimum` to `maximum`, rising, both ends included, that depend on
/// nothing else: dense towards both ends of [0, 1], else in equal steps of the logarithm of the
/// distance from the end that is nearer to 0.
std::vector<double> threshold_grid(double minimum, double maximum);

/// Points that no other one beats: more kept, or as many kept and fewer undetected.
class ParetoFront {
 public:
  void add(const OperatingPoint& point);
  /// By rising kept; undetected rises with it. Of equal ones the first that was added.
  std::vector<OperatingPoint> points() const;

 private:
  std::vector<std::optional<OperatingPoint>> by_kept_;  ///< the fewest undetected
};

/// The exact front of kept against undetected over all settings of a policy's threshold.
std::vector<OperatingPoint> pareto_front(const BoundPolicy& policy, const VoteTable& votes,
                                         const Decisions& decided, const CountVerdicts& count);

/// What a chosen setting has to fulfil. All of it holds together.
struct SelectionRule {
  std::optional<double> least_kept;  ///< samples
  bool kept_as_baseline = false;     ///< as many as mcp at its default; resolved by `resolved`
  std::optional<double> most_risk;   ///< selective
  std::optional<double> least_coverage;
  std::optional<double> most_cost;  ///< × the baseline's latency
  friend bool operator==(const SelectionRule&, const SelectionRule&) = default;
};

/// Reads `kept>=baseline`, `kept>=N`, `risk<=r`, `coverage>=c`, `cost<=x`, joined by commas. Errors
/// (usage) name the part.
Result<SelectionRule> parse_selection_rule(std::string_view text);
std::string to_string(const SelectionRule& rule);

/// Whether a point with `judged` samples fulfils a rule. `cost`: × the baseline, where it is known;
/// a rule on cost is not fulfilled without.
bool fulfils(const SelectionRule& rule, const OperatingPoint& point, std::int64_t judged,
             std::optional<double> cost = std::nullopt);

/// Whether `a` is to be preferred to `b` where both fulfil the rule: fewer undetected, then more
/// kept, where the rule bounds what is kept or accepted from below; else more kept, then fewer
/// undetected. Of equal ones the one with the stricter number of votes.
bool is_better(const SelectionRule& rule, const OperatingPoint& a, const OperatingPoint& b);

/// The best of the points that were added and fulfil the rule.
class RuleChoice {
 public:
  RuleChoice(SelectionRule rule, std::int64_t judged, std::optional<double> cost = std::nullopt)
      : rule_(rule), judged_(judged), cost_(cost) {}
  void add(const OperatingPoint& point) {
    if (fulfils(rule_, point, judged_, cost_) && (!chosen_ || is_better(rule_, point, *chosen_)))
      chosen_ = point;
  }
  const std::optional<OperatingPoint>& chosen() const { return chosen_; }

  /// A point with these counts will be added.
  void expect(const OperatingPoint& point);
  /// False where none of the points within bounds can be the choice, once all that is expected is
  /// added.
  bool may_choose(const PointBounds& bounds) const;

 private:
  SelectionRule rule_;
  std::int64_t judged_;
  std::optional<double> cost_;
  std::optional<OperatingPoint> chosen_, expected_;
};

/// The baseline of rules: `mcp` at its default threshold, by the first voter.
std::int64_t baseline_kept(const VoteTable& votes);

}  // namespace plumbline
