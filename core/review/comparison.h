#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/decision/verdicts.h"

namespace plumbline {

/// What a second set of decisions makes of a sample, against a first one. A sample is treated well
/// where it is kept though correct or caught though wrong, else badly.
enum class Change : std::uint8_t {
  same,     ///< label and verdict are the same
  gained,   ///< badly → well
  lost,     ///< well → badly
  changed,  ///< another label or verdict, as well or as badly as before
  unjudged  ///< one of them has no verdict
};
inline constexpr std::size_t change_kinds = 5;

Change change_of(Verdict first, ClassIndex first_label, Verdict second, ClassIndex second_label);

/// One class of the truth.
struct ClassComparison {
  ClassIndex truth = no_class;
  std::int64_t samples = 0;  ///< judged by both
  /// Labels that are right, whatever the verdict; and those right in one of the two only.
  std::int64_t right_first = 0, right_second = 0, only_first = 0, only_second = 0;
  std::int64_t undetected_first = 0, undetected_second = 0;
  std::int64_t gained = 0, lost = 0;
};

struct Comparison {
  std::vector<Change> changes;  ///< by sample
  std::array<std::int64_t, change_kinds> counts{};
  /// [first][second]: judged samples by their verdicts.
  std::array<std::array<std::int64_t, verdict_kinds>, verdict_kinds> transitions{};
  ClassComparison all;                   ///< truth: no_class
  std::vector<ClassComparison> classes;  ///< those that occur, by rising class

  std::int64_t operator[](Change change) const { return counts[static_cast<std::size_t>(change)]; }
};

/// Compares two sets of decisions on the same samples. Requires equal lengths.
Comparison compare(const Decisions& first, const Decisions& second,
                   std::span<const ClassIndex> labels);

}  // namespace plumbline
