#include "core/metrics/resample.h"

#include <algorithm>
#include <cstddef>

namespace plumbline {

namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;

/// The finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): words of a counter that pass
/// the usual tests of randomness.
std::uint64_t mixed_word(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
  return word ^ (word >> 31);
}

}  // namespace

void draw_resample(std::uint64_t seed, std::uint64_t number, std::span<ResampleCount> counts) {
  std::ranges::fill(counts, ResampleCount{0});
  const std::uint64_t n = counts.size();
  const std::uint64_t key = mixed_word(mixed_word(seed + golden) + number * golden);
  // Half a word is enough for a place among few samples; its bias is below n / 2^32.
  constexpr std::uint64_t few = std::uint64_t{1} << 20;
  if (n < few) {
    for (std::uint64_t i = 0; i < n / 2; ++i) {
      const std::uint64_t word = mixed_word(key + i * golden);
      ++counts[((word >> 32) * n) >> 32];
      ++counts[((word & 0xFFFFFFFF) * n) >> 32];
    }
    if (n % 2 == 1) ++counts[((mixed_word(key + (n / 2) * golden) >> 32) * n) >> 32];
  } else {
    for (std::uint64_t i = 0; i < n; ++i) {
      const double fraction =
          static_cast<double>(mixed_word(key + i * golden) >> 11) * 0x1p-53;  // below 1
      ++counts[static_cast<std::size_t>(fraction * static_cast<double>(n))];
    }
  }
}

}  // namespace plumbline
