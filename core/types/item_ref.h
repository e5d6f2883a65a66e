#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace plumbline {

/// What is looked at, tagged, noted, selected and compared: a sample as a whole, or one object of
/// it (an object of the truth or a detection, numbered within its sample by whoever made the
/// table; a study keeps tags and notes by these numbers, so that they must not depend on a policy).
/// A value of 8 bytes; a sample comes before its objects, those by their numbers.
class ItemRef {
 public:
  constexpr ItemRef() = default;  ///< the first sample as a whole
  explicit constexpr ItemRef(std::uint32_t sample) : sample_(sample) {}
  /// `object` below 2^32 − 1.
  constexpr ItemRef(std::uint32_t sample, std::uint32_t object)
      : sample_(sample), place_(object + 1) {}

  constexpr std::uint32_t sample() const { return sample_; }  ///< its position in the split
  constexpr bool is_whole() const { return place_ == 0; }
  constexpr std::optional<std::uint32_t> object() const {
    return is_whole() ? std::nullopt : std::optional(place_ - 1);
  }
  /// Different for different items, and rising with them.
  constexpr std::uint64_t bits() const { return std::uint64_t{sample_} << 32 | place_; }

  friend constexpr auto operator<=>(const ItemRef&, const ItemRef&) = default;

 private:
  std::uint32_t sample_ = 0;
  std::uint32_t place_ = 0;  ///< 0: the whole, else 1 + the object
};
static_assert(sizeof(ItemRef) == 8);

}  // namespace plumbline

template <>
struct std::hash<plumbline::ItemRef> {
  std::size_t operator()(const plumbline::ItemRef& item) const noexcept {
    // Samples differ in their low bits, which a table of buckets looks at.
    return static_cast<std::size_t>(item.bits() * 0x9E3779B97F4A7C15u >> 7);
  }
};
