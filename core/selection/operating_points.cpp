#include "core/selection/operating_points.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/types/number.h"
#include "core/types/sort_by_key.h"

namespace plumbline {

namespace {

bool is_right(Verdict verdict) {
  return verdict == Verdict::kept || verdict == Verdict::needlessly_rejected;
}

struct JudgedScore {
  /// Falling where the score rises. A threshold is compared in float32 (PolicyKind::score), so that
  /// equal scores have equal keys.
  std::uint32_t key = 0;
  bool right = false;

  float score() const {
    const std::uint32_t bits = ~key;
    return std::bit_cast<float>((bits >> 31) != 0 ? bits ^ 0x8000'0000U : ~bits);
  }
};

/// Every distinct score as a threshold, strictest first.
void visit_scores(const Decisions& decided, const ThresholdParameter& threshold,
                  const VisitPoint& visit) {
  std::vector<JudgedScore> order;
  order.reserve(decided.verdict.size());
  for (std::size_t i = 0; i < decided.verdict.size(); ++i)
    if (decided.verdict[i] != Verdict::unjudged && !std::isnan(decided.score[i]))
      order.push_back(
          {ordinal(static_cast<float>(decided.score[i]), true), is_right(decided.verdict[i])});
  sort_by_key(order);
  OperatingPoint point;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++(order[i].right ? point.kept : point.undetected);
    if (i + 1 < order.size() && order[i + 1].key == order[i].key) continue;
    point.value = (static_cast<double>(order[i].score()) - threshold.offset) / threshold.slope;
    // A score that no value of the threshold reaches is no point that could be chosen.
    if (point.value < threshold.minimum || point.value > threshold.maximum) continue;
    visit(point);
  }
}

OperatingPoint point_of(const VerdictCounts& counts, double value, std::int64_t counted) {
  return {value, counted, counts[Verdict::kept], counts[Verdict::undetected]};
}

/// Strictest first, as thresholds of scores are.
void visit_grid(const BoundPolicy& policy, const ThresholdParameter& threshold,
                const CountVerdicts& count, const VisitPoint& visit) {
  std::vector<double> grid = threshold_grid(threshold.minimum, threshold.maximum);
  if (threshold.rising_is_stricter()) std::ranges::reverse(grid);
  const bool counts_votes = !counted_parameter(policy.policy).empty();
  const auto most = counts_votes ? static_cast<std::int64_t>(policy.policy.voters()) : 0;
  for (const double value : grid)
    for (std::int64_t counted = counts_votes ? 1 : 0; counted <= most; ++counted)
      visit(point_of(count(at_point(policy, value, counted)), value, counted));
}

}  // namespace

void visit_operating_points(const BoundPolicy& policy, const VoteTable& votes,
                            const Decisions& decided, const CountVerdicts& count,
                            const VisitPoint& visit) {
  const auto threshold = threshold_parameter(policy);
  if (!threshold) return visit(point_of(decided.counts, 0, 0));
  if (threshold->slope != 0) return visit_scores(decided, *threshold, visit);
  if (deciding_policy(policy.policy).kind().sweep &&
      policy.policy.voters() <= VoteSweep::most_voters) {
    VoteSweep::State memory;
    const VoteSweep sweep(votes);
    return deciding_policy(policy.policy)
        .kind()
        .sweep(sweep, VoteSweep::all_of(sweep.voters()), memory, {visit});
  }
  visit_grid(policy, *threshold, count, visit);
}

std::vector<double> threshold_grid(double minimum, double maximum) {
  constexpr int half = 200;
  std::vector<double> grid = {minimum, maximum};
  if (minimum >= 0 && maximum <= 1) {
    // Equal steps of the logit, to 1e-6 from both ends.
    for (int i = -half; i <= half; ++i) grid.push_back(1 / (1 + std::exp(-13.8 * i / half)));
  } else {
    const double far = std::min(std::max(std::abs(minimum), std::abs(maximum)), 1e6);
    for (int i = 0; i <= 2 * half; ++i) {
      const double distance = far * std::pow(1e-8, 1 - i / (2.0 * half));
      for (const double value : {distance, -distance}) grid.push_back(value);
    }
    grid.push_back(0);
  }
  std::erase_if(grid, [&](double value) { return value < minimum || value > maximum; });
  std::ranges::sort(grid);
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  return grid;
}

void ParetoFront::add(const OperatingPoint& point) {
  const auto kept = static_cast<std::size_t>(point.kept);
  if (kept >= by_kept_.size()) by_kept_.resize(std::max(kept + 1, 2 * by_kept_.size()));
  auto& best = by_kept_[kept];
  if (!best || point.undetected < best->undetected) best = point;
}

std::vector<OperatingPoint> ParetoFront::points() const {
  std::vector<OperatingPoint> front;
  for (auto point = by_kept_.rbegin(); point != by_kept_.rend(); ++point)
    if (*point && (front.empty() || (*point)->undetected < front.back().undetected))
      front.push_back(**point);
  std::ranges::reverse(front);
  return front;
}

std::vector<OperatingPoint> pareto_front(const BoundPolicy& policy, const VoteTable& votes,
                                         const Decisions& decided, const CountVerdicts& count) {
  ParetoFront front;
  visit_operating_points(policy, votes, decided, count,
                         [&front](const OperatingPoint& point) { front.add(point); });
  return front.points();
}

namespace {

struct RulePart {
  std::string_view begin;  ///< what it is written with
  double minimum, maximum;
  std::optional<double> SelectionRule::* bound;
};

constexpr double no_limit = std::numeric_limits<double>::max();
constexpr RulePart rule_parts[] = {
    {"kept>=", 0, no_limit, &SelectionRule::least_kept},
    {"risk<=", 0, 1, &SelectionRule::most_risk},
    {"coverage>=", 0, 1, &SelectionRule::least_coverage},
    {"cost<=", 0, no_limit, &SelectionRule::most_cost},
};
constexpr std::string_view as_baseline = "kept>=baseline";

Result<void> read_rule_part(std::string_view part, SelectionRule& rule) {
  if (part == as_baseline) {
    rule.kept_as_baseline = true;
    return {};
  }
  for (const RulePart& known : rule_parts) {
    if (!part.starts_with(known.begin)) continue;
    const auto value = parse_number(trimmed(part.substr(known.begin.size())));
    if (!value || *value < known.minimum || *value > known.maximum)
      return usage_error(fmt::format("'{}' needs a number{} after '{}'", part,
                                     known.maximum == 1 ? " from 0 to 1" : " from 0", known.begin),
                         "--rule");
    rule.*known.bound = *value;
    return {};
  }
  return usage_error(fmt::format("there is no rule '{}'", part), "--rule",
                     "rules: kept>=baseline, kept>=N, risk<=r, coverage>=c, cost<=x, joined by "
                     "commas");
}

}  // namespace

Result<SelectionRule> parse_selection_rule(std::string_view text) {
  SelectionRule rule;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    TRY(read_rule_part(trimmed(text.substr(begin, end - begin)), rule));
    begin = end + 1;
  }
  return rule;
}

std::string to_string(const SelectionRule& rule) {
  std::string text(rule.kept_as_baseline ? as_baseline : "");
  for (const RulePart& part : rule_parts)
    if (const auto& bound = rule.*part.bound)
      text += fmt::format("{}{}{}", text.empty() ? "" : ",", part.begin, shortest(*bound));
  return text;
}

bool fulfils(const SelectionRule& rule, const OperatingPoint& point, std::int64_t judged,
             std::optional<double> cost) {
  const auto kept = static_cast<double>(point.kept);
  const auto accepted = static_cast<double>(point.accepted());
  if (rule.least_kept && kept < *rule.least_kept) return false;
  // Nothing accepted is nothing wrong, and nothing that anybody would choose.
  if (rule.most_risk &&
      (point.accepted() == 0 || static_cast<double>(point.undetected) > *rule.most_risk * accepted))
    return false;
  if (rule.least_coverage && accepted < *rule.least_coverage * static_cast<double>(judged))
    return false;
  return !rule.most_cost || (cost && *cost <= *rule.most_cost);
}

/// Whether some point within bounds may fulfil the rule.
bool may_fulfil(const SelectionRule& rule, const PointBounds& bounds, std::int64_t judged,
                std::optional<double> cost) {
  // Room for what a product is rounded by.
  constexpr double room = 1e-6;
  const auto kept = static_cast<double>(bounds.most_kept);
  const auto undetected = static_cast<double>(bounds.least_undetected);
  if (rule.least_kept && kept < *rule.least_kept) return false;
  if (rule.most_risk && undetected > *rule.most_risk * (kept + undetected) + room) return false;
  if (rule.least_coverage && static_cast<double>(bounds.most_accepted) <
                                 *rule.least_coverage * static_cast<double>(judged))
    return false;
  return !rule.most_cost || (cost && *cost <= *rule.most_cost);
}

bool is_better(const SelectionRule& rule, const OperatingPoint& a, const OperatingPoint& b) {
  const bool saves_kept = rule.least_kept || rule.least_coverage || rule.kept_as_baseline;
  if (a.kept == b.kept && a.undetected == b.undetected) return a.counted > b.counted;
  const bool fewer = a.undetected != b.undetected ? a.undetected < b.undetected : a.kept > b.kept;
  const bool more = a.kept != b.kept ? a.kept > b.kept : a.undetected < b.undetected;
  return saves_kept ? fewer : more;
}

void RuleChoice::expect(const OperatingPoint& point) {
  if (fulfils(rule_, point, judged_, cost_) && (!expected_ || is_better(rule_, point, *expected_)))
    expected_ = point;
}

bool RuleChoice::may_choose(const PointBounds& bounds) const {
  if (!may_fulfil(rule_, bounds, judged_, cost_)) return false;
  const OperatingPoint best{0, bounds.counted, bounds.most_kept, bounds.least_undetected};
  return !expected_ || !is_better(rule_, *expected_, best);
}

std::int64_t baseline_kept(const VoteTable& votes) {
  const auto policy = make_policy("mcp", votes.voters.size());
  Decisions decisions;
  decide(*bind(*policy), votes, decisions);
  return decisions.counts[Verdict::kept];
}

}  // namespace plumbline
