#include "core/review/query.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "core/types/sort_by_key.h"

namespace plumbline {

namespace {

/// Rows that are looked at together: what conditions say of them stays in the fastest cache.
constexpr std::size_t row_block = 2048;
using Passing = std::array<std::uint8_t, row_block>;

/// Puts 0 where rows [begin, begin + n) do not pass.
using RowCondition = std::function<void(std::size_t begin, std::size_t n, Passing& passing)>;

/// A condition that is asked for the rows alone that have passed so far.
template <class Holds>
RowCondition for_passing(Holds holds) {
  return [holds = std::move(holds)](std::size_t begin, std::size_t n, Passing& passing) {
    for (std::size_t i = 0; i < n; ++i)
      if (passing[i] != 0) passing[i] = holds(begin + i) ? 1 : 0;
  };
}

RowCondition no_row() {
  return [](std::size_t, std::size_t, Passing& passing) { passing.fill(0); };
}

RowCondition is_class(std::span<const ClassIndex> column, ClassIndex wanted) {
  if (column.empty()) return no_row();
  return [column, wanted](std::size_t begin, std::size_t n, Passing& passing) {
    for (std::size_t i = 0; i < n; ++i) passing[i] &= column[begin + i] == wanted;
  };
}

RowCondition has_verdict(const ReviewTable& table, const ReviewQuery& query) {
  if (table.verdict.empty()) return no_row();
  return [verdict = table.verdict, shown = query.verdicts](std::size_t begin, std::size_t n,
                                                           Passing& passing) {
    for (std::size_t i = 0; i < n; ++i)
      passing[i] &= shown[static_cast<std::size_t>(verdict[begin + i])];
  };
}

RowCondition passes(std::span<const std::uint8_t> filter) {
  return [filter](std::size_t begin, std::size_t n, Passing& passing) {
    for (std::size_t i = 0; i < n; ++i) passing[i] &= filter[begin + i] != 0;
  };
}

RowCondition lies_within(const ReviewTable& table, const NumberRange& range) {
  const NumberColumn* column = table.number(range.column);
  if (column == nullptr) return no_row();
  return for_passing([values = column->values, range](std::size_t row) {
    const auto value = static_cast<float>(values[row]);
    return std::isnan(value) ? range.absent_too : value >= range.lowest && value <= range.highest;
  });
}

RowCondition is_one_of(const ReviewTable& table, const WordChoice& choice) {
  const WordColumn* column = table.word(choice.column);
  if (column == nullptr) return no_row();
  return for_passing([values = column->values, words = choice.words](std::size_t row) {
    return (words >> values[row] & 1) != 0;
  });
}

RowCondition has_member(const ReviewTable& table, const MemberChoice& choice) {
  const MemberColumn* column = table.member(choice.column);
  if (column == nullptr || choice.member >= column->members) return no_row();
  return for_passing([has = column->has, choice](std::size_t row) {
    return has(row, choice.member) == choice.has;
  });
}

/// The query's conditions, those first that cost least.
std::vector<RowCondition> conditions_of(const ReviewTable& table, const ReviewQuery& query,
                                        const RowFilters& filters) {
  std::vector<RowCondition> conditions;
  if (!std::ranges::all_of(query.verdicts, std::identity()))
    conditions.push_back(has_verdict(table, query));
  if (query.truth) conditions.push_back(is_class(table.truth, *query.truth));
  if (query.label) conditions.push_back(is_class(table.label, *query.label));
  if (!filters.tags.empty()) conditions.push_back(passes(filters.tags));
  if (!filters.text.empty()) conditions.push_back(passes(filters.text));
  for (const NumberRange& range : query.ranges) conditions.push_back(lies_within(table, range));
  for (const MemberChoice& choice : query.members) conditions.push_back(has_member(table, choice));
  for (const WordChoice& choice : query.words) conditions.push_back(is_one_of(table, choice));
  return conditions;
}

/// Calls `take(row)` for each row that passes, rising.
template <class Take>
void for_each_match(const ReviewTable& table, const ReviewQuery& query, const RowFilters& filters,
                    Take take) {
  const auto conditions = conditions_of(table, query, filters);
  Passing passing;
  for (std::size_t begin = 0; begin < table.rows; begin += row_block) {
    const std::size_t n = std::min(row_block, table.rows - begin);
    passing.fill(1);
    for (const RowCondition& condition : conditions) condition(begin, n, passing);
    for (std::size_t i = 0; i < n; ++i)
      if (passing[i] != 0) take(begin + i);
  }
}

struct SortEntry {
  std::uint32_t key, row;
};

/// Puts entries with one key in the order of their numbers, of which the key is rounded.
void sort_equal_keys(std::vector<SortEntry>& entries, const Column<double>& values,
                     bool descending) {
  for (auto begin = entries.begin(); begin != entries.end();) {
    const auto end = std::find_if(begin, entries.end(),
                                  [key = begin->key](const SortEntry& e) { return e.key != key; });
    const bool numbers = begin->key != std::numeric_limits<std::uint32_t>::max();
    if (numbers && end - begin > 1)
      std::stable_sort(begin, end, [&](const SortEntry& a, const SortEntry& b) {
        return descending ? values[a.row] > values[b.row] : values[a.row] < values[b.row];
      });
    begin = end;
  }
}

}  // namespace

ReviewQuery default_review_query() {
  ReviewQuery query;
  query.verdicts[static_cast<std::size_t>(Verdict::undetected)] = true;
  return query;
}

double number_of(const ReviewTable& table, std::string_view column, std::size_t row) {
  const NumberColumn* numbers = table.number(column);
  return numbers == nullptr ? std::numeric_limits<double>::quiet_NaN() : numbers->values[row];
}

std::vector<std::uint32_t> matching_rows(const ReviewTable& table, const ReviewQuery& query,
                                         const RowFilters& filters) {
  std::vector<std::uint32_t> order;
  const NumberColumn* sort = table.number(query.sort);
  if (sort == nullptr) {
    for_each_match(table, query, filters,
                   [&](std::size_t row) { order.push_back(static_cast<std::uint32_t>(row)); });
    return order;
  }
  std::vector<SortEntry> entries;
  entries.reserve(table.rows);  // what is not used costs no memory
  bool rounded = false;
  for_each_match(table, query, filters, [&](std::size_t row) {
    const double value = sort->values[row];
    const auto narrow = static_cast<float>(value);
    rounded |= static_cast<double>(narrow) != value && !std::isnan(value);
    entries.push_back({ordinal(narrow, query.descending), static_cast<std::uint32_t>(row)});
  });
  sort_by_key(entries);
  if (rounded) sort_equal_keys(entries, sort->values, query.descending);
  order.resize(entries.size());
  std::ranges::transform(entries, order.begin(), &SortEntry::row);
  return order;
}

std::int64_t count_matching(const ReviewTable& table, const ReviewQuery& query,
                            const RowFilters& filters) {
  std::int64_t count = 0;
  for_each_match(table, query, filters, [&](std::size_t) { ++count; });
  return count;
}

}  // namespace plumbline
