#include "core/selection/certificate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "core/selection/binomial_tail.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 2> risk_kinds = {"selective", "generalized"};

/// Over how many samples the risk of a threshold is measured.
std::int64_t measured_over(const ThresholdTest& test, std::int64_t samples,
                           const RiskTarget& target) {
  return target.generalized ? samples : test.accepted;
}

double p_value_of(const ThresholdTest& test, std::int64_t samples, const RiskTarget& target) {
  const std::int64_t n = measured_over(test, samples, target);
  return n == 0 ? 1 : binomial_tail(test.wrong, n, target.risk);
}

/// As many samples as show the risk where none of them is wrong.
std::int64_t least_tested(double risk, double delta) {
  return static_cast<std::int64_t>(std::ceil(std::log(delta) / std::log1p(-risk)));
}

bool learned_on(const BoundPolicy& policy, const std::string& split) {
  return policy.learned.split == split ||
         std::ranges::any_of(
             policy.inner, [&split](const BoundPolicy& inner) { return learned_on(inner, split); });
}

/// Thresholds of one number of votes, strictest first.
struct Family {
  std::vector<BoundPolicy> policies;
  std::vector<ThresholdTest> tests;
};

std::vector<Family> families_of(const BoundPolicy& policy, const ThresholdParameter& threshold,
                                const CountVerdicts& count) {
  std::vector<double> grid = threshold_grid(threshold.minimum, threshold.maximum);
  if (threshold.rising_is_stricter()) std::ranges::reverse(grid);
  const bool counts_votes = !counted_parameter(policy.policy).empty();
  const auto most = counts_votes ? static_cast<std::int64_t>(policy.policy.voters()) : 0;
  std::vector<Family> families;
  for (std::int64_t counted = counts_votes ? 1 : 0; counted <= most; ++counted) {
    Family& family = families.emplace_back();
    for (const double value : grid) {
      family.policies.push_back(at_point(policy, value, counted));
      const VerdictCounts counts = count(family.policies.back());
      family.tests.push_back({counts.accepted(), counts[Verdict::undetected]});
    }
  }
  return families;
}

/// Where nothing is promised: the threshold of least risk that came nearest, and the samples that
/// it would take.
void note_what_is_needed(const std::vector<Family>& families, double delta, Certificate& result) {
  for (const Family& family : families)
    for (const ThresholdTest& test : family.tests) {
      const std::int64_t n = measured_over(test, result.samples, result.target);
      if (n == 0) continue;
      const double p = p_value_of(test, result.samples, result.target);
      if (p < result.p_value) {
        result.p_value = p;
        result.found = test;
        result.upper_bound = upper_risk_bound(test.wrong, n, delta);
      }
      const double rate = static_cast<double>(test.wrong) / static_cast<double>(n);
      const std::int64_t enough = samples_needed(rate, result.target.risk, delta);
      if (enough < 0) continue;
      const double share = static_cast<double>(n) / static_cast<double>(result.samples);
      const auto all = static_cast<std::int64_t>(std::ceil(static_cast<double>(enough) / share));
      if (result.needed < 0 || all < result.needed) result.needed = all;
    }
}

std::string percent(double fraction) { return fmt::format("{:.4g} %", 100 * fraction); }

}  // namespace

Result<RiskTarget> parse_risk_target(std::string_view text) {
  RiskTarget target;
  const auto wrong = [&](std::string_view part, std::string_view needed) {
    return usage_error(fmt::format("'{}': {}", part, needed), "--certify",
                       "write risk=0.01,confidence=0.95, and kind=generalized for the share of "
                       "wrong samples among all");
  };
  bool has_risk = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    const std::size_t equals = part.find('=');
    if (equals == part.npos) return wrong(part, "it is not NAME=VALUE");
    const auto name = trimmed(part.substr(0, equals)), value = trimmed(part.substr(equals + 1));
    if (name == "kind") {
      const auto* kind = std::ranges::find(risk_kinds, value);
      if (kind == risk_kinds.end()) return wrong(part, "selective or generalized");
      target.generalized = kind != risk_kinds.begin();
      continue;
    }
    const auto number = parse_number(value);
    if (!number || !(*number > 0 && *number < 1))
      return wrong(part, "a number between 0 and 1 is needed, both ends excluded");
    if (name != "risk" && name != "confidence") return wrong(part, "no such name");
    (name == "risk" ? target.risk : target.confidence) = *number;
    has_risk |= name == "risk";
  }
  if (!has_risk) return wrong(text, "the risk is missing");
  return target;
}

std::string to_string(const RiskTarget& target) {
  return fmt::format("risk={},confidence={}{}", shortest(target.risk), shortest(target.confidence),
                     target.generalized ? ",kind=generalized" : "");
}

std::optional<std::size_t> test_in_sequence(std::span<const ThresholdTest> tests,
                                            std::int64_t samples, const RiskTarget& target,
                                            double delta) {
  std::optional<std::size_t> last;
  const std::int64_t least = least_tested(target.risk, delta);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const std::int64_t n = measured_over(tests[i], samples, target);
    if (!last && n < least) continue;
    if (p_value_of(tests[i], samples, target) > delta) break;
    last = i;
  }
  return last;
}

Result<Certificate> certify(const BoundPolicy& policy, const RiskTarget& target,
                            const std::string& split, const CountVerdicts& count) {
  const auto threshold = threshold_parameter(policy);
  if (!threshold)
    return usage_error(
        fmt::format("the policy '{}' has no threshold to choose", policy.policy.kind().name),
        "--certify", "choose one that has, such as mean or polygraph");
  if (learned_on(policy, split))
    return usage_error(
        fmt::format("the policy was fitted on '{}', so its errors there promise nothing", split),
        "--certify", "fit it on another split (--fit-on)");
  Certificate result;
  result.target = target;
  result.split = split;
  result.samples = count(policy).judged();
  if (result.samples == 0)
    return bad_input(fmt::format("no sample of '{}' is judged", split), "--certify");
  const std::vector<Family> families = families_of(policy, *threshold, count);
  result.families = families.size();
  const double delta = (1 - target.confidence) / static_cast<double>(families.size());
  std::int64_t most_kept = -1;
  for (const Family& family : families) {
    const auto last = test_in_sequence(family.tests, result.samples, target, delta);
    if (!last) continue;
    const ThresholdTest& test = family.tests[*last];
    if (test.accepted - test.wrong <= most_kept) continue;
    most_kept = test.accepted - test.wrong;
    result.policy = family.policies[*last];
    result.found = test;
    result.p_value = p_value_of(test, result.samples, target);
    result.upper_bound =
        upper_risk_bound(test.wrong, measured_over(test, result.samples, target), delta);
  }
  if (!result.policy) note_what_is_needed(families, delta, result);
  return result;
}

std::string words_of(const Certificate& certificate) {
  const RiskTarget& target = certificate.target;
  const std::string risk = fmt::format("{} risk ≤ {} with {} confidence",
                                       target.generalized ? "generalized" : "selective",
                                       percent(target.risk), percent(target.confidence));
  const std::string shared =
      certificate.families > 1
          ? fmt::format(", shared among {} numbers of votes", certificate.families)
          : "";
  if (certificate.policy)
    return fmt::format(
        "promised: {}, for data like '{}' ({} of its {} samples accepted, {} of them wrong{})",
        risk, certificate.split, certificate.found.accepted, certificate.samples,
        certificate.found.wrong, shared);
  return fmt::format(
      "nothing is promised: {} is not shown by the {} samples of '{}'{}; {}", risk,
      certificate.samples, certificate.split, shared,
      certificate.needed > 0
          ? fmt::format("some {} samples like them would be needed", certificate.needed)
          : "no threshold has a lower rate of errors, however many samples there are");
}

}  // namespace plumbline
