#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace plumbline {

/// An unsigned number that orders as the float does, ascending or descending, NaN last; −0 is 0.
inline std::uint32_t ordinal(float value, bool descending) {
  if (std::isnan(value)) return std::numeric_limits<std::uint32_t>::max();
  const auto bits = std::bit_cast<std::uint32_t>(value == 0 ? 0.0F : value);
  const std::uint32_t rising = (bits >> 31) != 0 ? ~bits : bits | 0x8000'0000U;
  return descending ? ~rising : rising;
}

/// A stable radix sort by `key`, of 32 bits, 11 a pass: a million entries in a few milliseconds,
/// where a comparison sort takes a hundred.
template <class Entry>
void sort_by_key(std::vector<Entry>& entries) {
  constexpr unsigned digit_bits = 11, values = 1U << digit_bits;
  std::vector<Entry> sorted(entries.size());
  for (unsigned shift = 0; shift < 32; shift += digit_bits) {
    const auto digit = [&](const Entry& entry) { return entry.key >> shift & (values - 1); };
    std::array<std::size_t, values + 1> places{};
    for (const Entry& entry : entries) ++places[digit(entry) + 1];
    std::partial_sum(places.begin(), places.end(), places.begin());
    for (const Entry& entry : entries) sorted[places[digit(entry)]++] = entry;
    entries.swap(sorted);
  }
}

}  // namespace plumbline
