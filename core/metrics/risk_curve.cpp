#include "core/metrics/risk_curve.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace plumbline {

namespace {

/// A sample as one number: its score in 32 bits that sort rising where the score falls, then a bit
/// that says whether it is right.
using RankKey = std::uint64_t;

RankKey rank_key(double score, bool right) {
  const auto narrow = static_cast<float>(score);
  if (std::isnan(narrow)) return (RankKey{0xFFFFFFFF} << 1) | RankKey{right};
  // 0 and −0 are equal.
  const auto bits = std::bit_cast<std::uint32_t>(narrow == 0 ? 0.0F : narrow);
  const std::uint32_t rising = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return (RankKey{~rising} << 1) | RankKey{right};
}

double score_of(RankKey key) {
  const auto falling = static_cast<std::uint32_t>(key >> 1);
  if (falling == 0xFFFFFFFFU) return std::numeric_limits<double>::quiet_NaN();
  const std::uint32_t rising = ~falling;
  const std::uint32_t bits = (rising & 0x80000000U) != 0 ? rising & 0x7FFFFFFFU : ~rising;
  return static_cast<double>(std::bit_cast<float>(bits));
}

/// By score in three passes of eleven bits: comparisons would take several times as long.
void sort_ranks(std::vector<RankKey>& keys) {
  constexpr unsigned digit_bits = 11;
  constexpr std::size_t digits = std::size_t{1} << digit_bits;
  std::vector<RankKey> other(keys.size());
  for (unsigned shift = 1; shift < 33; shift += digit_bits) {
    std::array<std::uint32_t, digits> place{};
    for (const RankKey key : keys) ++place[(key >> shift) & (digits - 1)];
    std::uint32_t before = 0;
    for (std::uint32_t& count : place) {
      const std::uint32_t here = count;
      count = before;
      before += here;
    }
    for (const RankKey key : keys) other[place[(key >> shift) & (digits - 1)]++] = key;
    keys.swap(other);
  }
}

std::vector<RiskPoint> curve_of_ranks(std::vector<RankKey>& keys, std::size_t most) {
  sort_ranks(keys);
  std::vector<RiskPoint> curve;
  const std::size_t n = keys.size();
  const std::size_t step = most > 1 ? (n + most - 2) / (most - 1) : n;
  std::size_t wrong = 0, last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    wrong += (keys[i] & 1) == 0;
    const bool end = i + 1 == n;
    if (!end && (keys[i] >> 1) == (keys[i + 1] >> 1)) continue;
    const std::size_t accepted = i + 1;
    if (!end && !curve.empty() && accepted - last < step) continue;
    last = accepted;
    curve.push_back({static_cast<double>(accepted) / static_cast<double>(n),
                     static_cast<double>(wrong) / static_cast<double>(accepted),
                     score_of(keys[i])});
  }
  return curve;
}

}  // namespace

std::vector<RiskPoint> risk_curve(std::span<const double> score,
                                  std::span<const std::uint8_t> right, std::size_t most) {
  std::vector<RankKey> keys(score.size());
  for (std::size_t i = 0; i < score.size(); ++i) keys[i] = rank_key(score[i], right[i] != 0);
  return curve_of_ranks(keys, most);
}

std::vector<RiskPoint> risk_curve(const Decisions& decisions, std::size_t most) {
  std::vector<RankKey> keys;
  keys.reserve(decisions.verdict.size());
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    const Verdict verdict = decisions.verdict[i];
    if (verdict == Verdict::unjudged) continue;
    keys.push_back(rank_key(decisions.score[i],
                            verdict == Verdict::kept || verdict == Verdict::needlessly_rejected));
  }
  return curve_of_ranks(keys, most);
}

}  // namespace plumbline
