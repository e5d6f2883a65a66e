#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/decision/bound_policy.h"
#include "core/selection/operating_points.h"
#include "core/types/error.h"

namespace plumbline {

/// What is to be promised: the risk is at most `risk` with probability `confidence`.
struct RiskTarget {
  double risk = 0.01, confidence = 0.95;
  bool generalized = false;  ///< wrong accepted of all; else of the accepted
  friend bool operator==(const RiskTarget&, const RiskTarget&) = default;
};

/// Reads `risk=0.01,confidence=0.95[,kind=selective|generalized]`. Errors (usage) name the word.
Result<RiskTarget> parse_risk_target(std::string_view text);

/// The same text.
std::string to_string(const RiskTarget& target);

/// What validation says of one threshold.
struct ThresholdTest {
  std::int64_t accepted = 0, wrong = 0;  ///< wrong among the accepted
};

/// Fixed-sequence testing (DOMAIN 1.7): of thresholds that were fixed beforehand, strictest first,
/// the last one up to which every P(Bin(n, risk) ≤ wrong) is ≤ `delta`; nothing where the first
/// one's is not. Thresholds that accept too few for any outcome to show the risk
/// (n < ln δ / ln(1 − risk)) are passed over at the beginning: they are so by their number of
/// accepted alone. The promise holds exactly for a sequence that begins at a place fixed
/// beforehand; passed over like this it holds where errors are no rarer at lower scores, which is
/// what a score is for.
std::optional<std::size_t> test_in_sequence(std::span<const ThresholdTest> tests,
                                            std::int64_t samples, const RiskTarget& target,
                                            double delta);

/// A promise, or why there is none.
struct Certificate {
  RiskTarget target;
  std::string split;                  ///< where it was shown
  std::int64_t samples = 0;           ///< that were judged there
  std::size_t families = 1;           ///< sequences among which δ was shared (Bonferroni)
  std::optional<BoundPolicy> policy;  ///< for which it is promised; nothing is, without
  ThresholdTest found;                ///< of that policy, or of the nearest to a promise
  double p_value = 1;                 ///< of the same
  double upper_bound = 1;             ///< risk that the same rules out at its share of δ
  std::int64_t needed = -1;  ///< without a promise: samples of that split; −1 for no number
};

/// "risk ≤ 1 % with 95 % confidence on data like 'validation' …" or "nothing is promised …".
std::string words_of(const Certificate& certificate);

/// Chooses the loosest value of the policy's threshold for which the risk is promised, of
/// `threshold_grid`, which depends on the threshold's range alone. Where the policy has a second
/// parameter that bears on acceptance and is counted (as thr_freq), each of its values is a
/// sequence of its own with its share of δ, and the one that keeps most is taken. Errors (usage):
/// the policy learned on this very split, so that the binomial does not hold; it has no threshold.
Result<Certificate> certify(const BoundPolicy& policy, const RiskTarget& target,
                            const std::string& split, const CountVerdicts& count);

}  // namespace plumbline
