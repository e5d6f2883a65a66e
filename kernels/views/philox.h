#pragma once
#include <cstdint>

namespace plumbline::views {

/// Four random words.
struct PhiloxBlock {
  std::uint32_t word[4];
};

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a
/// generator without a state, so that a value depends on its place only. The counter is (index, 0,
/// sample low, sample high), the key (seed, 0).
inline PhiloxBlock philox(std::uint32_t index, std::uint64_t sample, std::uint32_t seed) {
  std::uint32_t c0 = index, c1 = 0, c2 = static_cast<std::uint32_t>(sample),
                c3 = static_cast<std::uint32_t>(sample >> 32), k0 = seed, k1 = 0;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0, p1 = std::uint64_t{0xCD9E8D57} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {{c0, c1, c2, c3}};
}

/// A word as a number strictly between 0 and 1, one of 2^23 evenly spaced ones.
inline float unit_interval(std::uint32_t word) {
  return (static_cast<float>(static_cast<std::int32_t>(word >> 9)) + 0.5F) * 0x1p-23F;
}

}  // namespace plumbline::views
