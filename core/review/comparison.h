#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/metrics/proportion.h"
#include "core/review/review_table.h"

namespace plumbline {

/// What a second set of decisions makes of an item, against a first one. An item is treated well
/// where it is kept and correct or caught and wrong, else badly.
enum class Change : std::uint8_t {
  same,     ///< label and verdict are the same
  gained,   ///< badly → well
  lost,     ///< well → badly
  changed,  ///< another label or verdict, as well or as badly as before
  unjudged  ///< one of them has no verdict, or the first no such item
};
inline constexpr std::size_t change_kinds = 5;

Change change_of(Verdict first, ClassIndex first_label, Verdict second, ClassIndex second_label);

/// One class of the truth.
struct ClassComparison {
  ClassIndex truth = no_class;
  std::int64_t items = 0;  ///< judged by both
  /// Labels that are right, whatever the verdict; and those right in one of the two only.
  std::int64_t right_first = 0, right_second = 0, only_first = 0, only_second = 0;
  std::int64_t undetected_first = 0, undetected_second = 0;
  std::int64_t gained = 0, lost = 0;
};

/// The shares of right labels of a class, or of all, and what the second side has more of them. NaN
/// where no item was judged by both.
struct ComparedShares {
  double first = 0, second = 0;              ///< 0 to 1
  Interval first_interval, second_interval;  ///< 95 %, Wilson's
  double difference = 0;                     ///< second − first
  Interval difference_interval;              ///< 95 %, of paired proportions
};
ComparedShares shares_of(const ClassComparison& entry);

struct Comparison {
  std::vector<Change> changes;  ///< by row of the second table
  /// By row of the second table its item's row in the first one; nothing where that has none.
  std::vector<std::optional<std::size_t>> first_rows;
  std::int64_t only_in_first = 0;  ///< items that the second table does not have
  std::array<std::int64_t, change_kinds> counts{};
  /// [first][second]: judged items by their verdicts.
  std::array<std::array<std::int64_t, verdict_kinds>, verdict_kinds> transitions{};
  ClassComparison all;                   ///< truth: no_class
  std::vector<ClassComparison> classes;  ///< those that occur, by rising class

  std::int64_t operator[](Change change) const { return counts[static_cast<std::size_t>(change)]; }
};

/// Compares two sets of decisions item by item; the truth is the second table's. Objects may be in
/// one of the tables alone, as where only one of two detectors found them. Requires truth, label
/// and verdict in both tables.
Comparison compare(const ReviewTable& first, const ReviewTable& second);

}  // namespace plumbline
