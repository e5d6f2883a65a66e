#include "core/selection/harm.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "core/decision/threshold_parameter.h"
#include "core/selection/binomial_tail.h"
#include "core/selection/operating_points.h"
#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::string_view least_harm_rule = "least-harm", most_harm_rule = "harm<=";

HarmPoint harm_point(const HarmUnit& unit, double value, std::int64_t counted,
                     std::span<const ClassIndex> labels, const Decisions& decisions) {
  HarmPoint point{
      {value, counted, decisions.counts[Verdict::kept], decisions.counts[Verdict::undetected]}, 0};
  const auto column = harm_column(unit, labels, decisions);
  for (const double harm : column.values) point.harm += harm;
  if (!column.values.empty()) point.harm /= static_cast<double>(column.values.size());
  return point;
}

/// Strictest first: one sample after another is accepted.
std::vector<HarmPoint> points_of_scores(const HarmUnit& unit, const ThresholdParameter& threshold,
                                        std::span<const ClassIndex> labels,
                                        const Decisions& decided) {
  std::vector<std::uint32_t> order;
  for (std::size_t i = 0; i < decided.verdict.size(); ++i)
    if (decided.verdict[i] != Verdict::unjudged) order.push_back(static_cast<std::uint32_t>(i));
  const auto judged = static_cast<double>(order.size());
  double harm = unit.reject * judged;
  std::erase_if(order, [&](std::uint32_t i) { return std::isnan(decided.score[i]); });
  // A threshold is compared in float32 (PolicyKind::score).
  const auto score = [&](std::uint32_t i) { return static_cast<float>(decided.score[i]); };
  std::ranges::sort(order, std::greater(), score);
  std::vector<HarmPoint> points;
  std::int64_t kept = 0, undetected = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::uint32_t i = order[k];
    ++(decided.label[i] == labels[i] ? kept : undetected);
    harm += unit.of(labels[i], decided.label[i], true) - unit.reject;
    if (k + 1 < order.size() && score(order[k + 1]) == score(i)) continue;
    const double value = (static_cast<double>(score(i)) - threshold.offset) / threshold.slope;
    if (value < threshold.minimum || value > threshold.maximum) continue;
    points.push_back({{value, 0, kept, undetected}, harm / judged});
  }
  return points;
}

/// A setting as `at_point` takes it.
struct HarmSetting {
  double value = 0;
  std::int64_t counted = 0;
};

/// Settings of one number of votes, strictest first.
std::vector<std::vector<HarmSetting>> settings_of(const BoundPolicy& policy,
                                                  const ThresholdParameter& threshold) {
  std::vector<double> grid = threshold_grid(threshold.minimum, threshold.maximum);
  if (threshold.rising_is_stricter()) std::ranges::reverse(grid);
  const bool counts_votes = !counted_parameter(policy.policy).empty();
  const auto most = counts_votes ? static_cast<std::int64_t>(policy.policy.voters()) : 0;
  std::vector<std::vector<HarmSetting>> families;
  for (std::int64_t counted = counts_votes ? 1 : 0; counted <= most; ++counted) {
    auto& family = families.emplace_back();
    for (const double value : grid) family.push_back({value, counted});
  }
  return families;
}

bool has_learned_on(const BoundPolicy& policy, const std::string& split) {
  const auto splits = fitted_on(policy);
  return std::ranges::find(splits, split) != splits.end();
}

}  // namespace

double HarmUnit::of(ClassIndex truth, ClassIndex decided, bool accepted) const {
  if (!accepted) return reject;
  if (truth < classes && decided < classes) return costs[truth * classes + decided];
  return truth == decided ? 0 : 1;
}

double HarmUnit::largest() const {
  return std::accumulate(costs.begin(), costs.end(), 1.0,
                         [](double a, double b) { return std::max(a, b); });
}

HarmUnit harm_unit(const CostMatrix& costs, double reject) {
  return {costs.costs, costs.size(), reject};
}

MetricData::Column harm_column(const HarmUnit& unit, std::span<const ClassIndex> labels,
                               const Decisions& decisions) {
  MetricData::Column column{"harm", {}};
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
    if (decisions.verdict[i] != Verdict::unjudged)
      column.values.push_back(unit.of(labels[i], decisions.label[i], decisions.accept[i] != 0));
  return column;
}

std::vector<HarmPoint> harm_front(const HarmUnit& unit, const BoundPolicy& policy,
                                  std::span<const ClassIndex> labels, const DecideSetting& decide) {
  const auto threshold = threshold_parameter(policy);
  std::vector<HarmPoint> points;
  if (!threshold) {
    points.push_back(harm_point(unit, 0, 0, labels, decide(policy)));
  } else if (threshold->slope != 0) {
    points = points_of_scores(unit, *threshold, labels, decide(policy));
  } else {
    for (const auto& family : settings_of(policy, *threshold))
      for (const auto [value, counted] : family)
        points.push_back(
            harm_point(unit, value, counted, labels, decide(at_point(policy, value, counted))));
  }
  std::ranges::stable_sort(points, [](const HarmPoint& a, const HarmPoint& b) {
    return a.kept != b.kept ? a.kept > b.kept : a.harm < b.harm;
  });
  std::vector<HarmPoint> front;
  for (HarmPoint& point : points)
    if (front.empty() || point.harm < front.back().harm) front.push_back(std::move(point));
  std::ranges::reverse(front);
  return front;
}

std::optional<HarmPoint> least_harm(std::span<const HarmPoint> front) {
  // Harm rises with what is kept: the first is the least.
  if (front.empty()) return std::nullopt;
  return front.front();
}

Result<std::optional<HarmRule>> parse_harm_rule(std::string_view text) {
  if (text == least_harm_rule) return HarmRule{};
  if (!text.starts_with(most_harm_rule)) return std::optional<HarmRule>();
  const auto most = parse_number(trimmed(text.substr(most_harm_rule.size())));
  if (!most || *most < 0)
    return usage_error(fmt::format("'{}': a number of 0 or more is needed", text), "--rule",
                       "write harm<=0.05: per sample, in the unit of the costs");
  return HarmRule{*most};
}

std::string to_string(const HarmRule& rule) {
  return rule.most_harm ? std::string(most_harm_rule) + shortest(*rule.most_harm)
                        : std::string(least_harm_rule);
}

std::optional<HarmPoint> choose_by_harm(std::span<const HarmPoint> front, const HarmRule& rule) {
  if (!rule.most_harm) return least_harm(front);
  // Harm rises with what is kept: the last that is within is what keeps most.
  const auto beyond = std::ranges::upper_bound(front, *rule.most_harm, {}, &HarmPoint::harm);
  if (beyond == front.begin()) return std::nullopt;
  return *(beyond - 1);
}

Result<HarmTarget> parse_harm_target(std::string_view text) {
  HarmTarget target;
  bool has_harm = false;
  for (const std::string_view part : parts_between(text, ',')) {
    const auto equals = part.find('=');
    const std::string_view key = trimmed(part.substr(0, equals));
    const std::string_view word =
        equals == part.npos ? std::string_view() : trimmed(part.substr(equals + 1));
    const auto wrong = [&](std::string_view needed) {
      return usage_error(
          fmt::format("'{}': {}", part, needed), "--certify",
          "write harm=0.05,confidence=0.95, and kind=generalized for the harm of all");
    };
    if (key == "kind") {
      if (word != "selective" && word != "generalized") return wrong("selective or generalized");
      target.generalized = word == "generalized";
      continue;
    }
    const auto number = parse_number(word);
    if (key == "harm" && number && *number > 0) {
      target.harm = *number;
      has_harm = true;
    } else if (key == "confidence" && number && *number > 0 && *number < 1) {
      target.confidence = *number;
    } else {
      return wrong("a number is needed: for harm above 0, for confidence between 0 and 1");
    }
  }
  if (!has_harm) return usage_error("the harm is missing", "--certify", "write harm=0.05");
  return target;
}

double harm_p_value(double mean, std::int64_t n, double harm, double largest) {
  const double a = std::clamp(mean / largest, 0.0, 1.0), b = harm / largest;
  if (n <= 0) return 1;
  if (b >= 1) return 0;  // no loss can be greater
  const double count = static_cast<double>(n), low = std::min(a, b);
  const double kl = (low > 0 ? low * std::log(low / b) : 0) +
                    (low < 1 ? (1 - low) * std::log((1 - low) / (1 - b)) : 0);
  const double hoeffding = std::exp(-count * kl);
  // A mean that is a whole number but for rounding is that number.
  const auto whole = static_cast<std::int64_t>(std::ceil(count * a - 1e-9));
  const double bentkus = std::exp(1.0) * binomial_tail(std::min(whole, n), n, b);
  return std::min({hoeffding, bentkus, 1.0});
}

Result<HarmCertificate> certify_harm(const HarmUnit& unit, const BoundPolicy& policy,
                                     const HarmTarget& target, const std::string& split,
                                     std::span<const ClassIndex> labels,
                                     const DecideSetting& decide) {
  const auto threshold = threshold_parameter(policy);
  if (!threshold)
    return usage_error(
        fmt::format("the policy '{}' has no threshold to choose", policy.policy.kind().name),
        "--certify", "choose one that has, such as harm or mean");
  if (has_learned_on(policy, split))
    return usage_error(
        fmt::format("the policy was fitted on '{}', so its errors there promise nothing", split),
        "--certify", "fit it on another split (--fit-on)");
  HarmCertificate result;
  result.target = target;
  result.split = split;
  result.samples = decide(policy).counts.judged();
  if (result.samples == 0)
    return bad_input(fmt::format("no sample of '{}' is judged", split), "--certify");
  const auto families = settings_of(policy, *threshold);
  result.families = families.size();
  const double delta = (1 - target.confidence) / static_cast<double>(families.size());
  const double largest = unit.largest();
  std::int64_t most_kept = -1;
  for (const auto& family : families) {
    bool has_begun = false;
    for (const auto [value, counted] : family) {
      BoundPolicy setting = at_point(policy, value, counted);
      const Decisions& decisions = decide(setting);
      const std::int64_t accepted = decisions.counts.accepted();
      double sum = 0;
      for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
        if (decisions.verdict[i] == Verdict::kept || decisions.verdict[i] == Verdict::undetected)
          sum += unit.of(labels[i], decisions.label[i], true);
      const std::int64_t n = target.generalized ? result.samples : accepted;
      const double mean = n > 0 ? sum / static_cast<double>(n) : 0;
      // So few that no harm at all among them would show it: passed over, as `certify` does.
      if (!has_begun && harm_p_value(0, n, target.harm, largest) > delta) continue;
      has_begun = true;
      const double p = harm_p_value(mean, n, target.harm, largest);
      if (p > delta) break;
      if (decisions.counts[Verdict::kept] <= most_kept) continue;
      most_kept = decisions.counts[Verdict::kept];
      result.policy = std::move(setting);
      result.accepted = accepted;
      result.found_harm = mean;
      result.p_value = p;
    }
  }
  return result;
}

std::string words_of(const HarmCertificate& certificate) {
  const HarmTarget& target = certificate.target;
  const std::string harm =
      fmt::format("a mean harm of at most {} {} with {:.4g} % confidence", shortest(target.harm),
                  target.generalized ? "an image" : "an accepted image", 100 * target.confidence);
  if (!certificate.policy)
    return fmt::format("nothing is promised: {} is not shown by the {} samples of '{}'", harm,
                       certificate.samples, certificate.split);
  return fmt::format(
      "promised: {}, for data like '{}' ({} of its {} samples accepted, {:.4g} there)", harm,
      certificate.split, certificate.accepted, certificate.samples, certificate.found_harm);
}

}  // namespace plumbline
