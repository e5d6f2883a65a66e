#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/review/review_table.h"

namespace plumbline {

/// A number between two others, both inclusive; compared as float32, as policies compare.
struct NumberRange {
  std::string column;
  float lowest = 0, highest = 1;
  bool absent_too = false;  ///< rows that have no such number are shown as well
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// Some of a column's words.
struct WordChoice {
  std::string column;
  std::uint64_t words = 0;  ///< bit i: word i
  friend bool operator==(const WordChoice&, const WordChoice&) = default;
};

/// A member that has to do with the row, or has not.
struct MemberChoice {
  std::string column;
  std::size_t member = 0;
  bool has = true;
  friend bool operator==(const MemberChoice&, const MemberChoice&) = default;
};

/// What is asked of a table: which rows are shown and in what order. A value. Conditions hold
/// together; one on a column that the table does not have lets nothing through, an order by one is
/// that of the rows.
struct ReviewQuery {
  std::array<bool, verdict_kinds> verdicts{};  ///< by Verdict; all: no condition; default: none
  std::optional<ClassIndex> truth, label;
  std::vector<NumberRange> ranges;
  std::vector<WordChoice> words;
  std::vector<MemberChoice> members;
  std::string sort{column::confidence};  ///< a column of numbers
  bool descending = true;

  bool shows(Verdict verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
  friend bool operator==(const ReviewQuery&, const ReviewQuery&) = default;
};

/// The view that a failure browser opens with: undetected mispredictions, most confident first.
ReviewQuery default_review_query();

/// What text and tags let through: per row 1 or 0; empty: no such filter.
struct RowFilters {
  std::span<const std::uint8_t> text, tags;
};

/// A row's number in a column; NaN where it has none, or the table has no such column.
double number_of(const ReviewTable& table, std::string_view column, std::size_t row);

/// The rows that the query shows, in its order. Equal numbers: by rising row; NaN: at the end,
/// whichever the direction. Deterministic. Memory: 4 bytes a row shown, 16 while it works.
std::vector<std::uint32_t> matching_rows(const ReviewTable& table, const ReviewQuery& query,
                                         const RowFilters& filters = {});

/// How many rows the query shows.
std::int64_t count_matching(const ReviewTable& table, const ReviewQuery& query,
                            const RowFilters& filters = {});

}  // namespace plumbline
