#include "core/review/review_table.h"

#include <algorithm>

namespace plumbline {

namespace {

template <class AnyColumn>
const AnyColumn* column_of(const std::vector<AnyColumn>& columns, std::string_view key) {
  const auto found = std::ranges::find(columns, key, &AnyColumn::key);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::size_t> ReviewTable::row_of(ItemRef item) const {
  if (items.empty()) {
    if (!item.is_whole() || item.sample() >= rows) return std::nullopt;
    return item.sample();
  }
  const auto found = std::ranges::lower_bound(items, item);
  if (found == items.end() || *found != item) return std::nullopt;
  return static_cast<std::size_t>(found - items.begin());
}

const NumberColumn* ReviewTable::number(std::string_view key) const {
  return column_of(numbers, key);
}
const WordColumn* ReviewTable::word(std::string_view key) const { return column_of(words, key); }
const MemberColumn* ReviewTable::member(std::string_view key) const {
  return column_of(members, key);
}

std::vector<std::uint8_t> rows_of_samples(const ReviewTable& table,
                                          std::vector<std::uint8_t> samples) {
  if (table.items.empty()) {
    samples.resize(table.rows, 0);
    return samples;
  }
  std::vector<std::uint8_t> rows(table.rows, 0);
  for (std::size_t row = 0; row < table.rows; ++row) {
    const std::size_t sample = table.items[row].sample();
    rows[row] = sample < samples.size() ? samples[sample] : std::uint8_t{0};
  }
  return rows;
}

}  // namespace plumbline
