#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/pixel_rect.h"
#include "core/decision/verdicts.h"
#include "core/types/class_index.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// One value a row: somebody else's memory, memory of its own, or a function that is asked for the
/// rows that matter (where a value is made of many others, such as a mean over voters). Copies
/// share what they hold.
template <class T>
class Column {
 public:
  explicit Column(std::span<const T> values) : values_(values.data()) {}
  explicit Column(std::vector<T> values)
      : owned_(std::make_shared<const std::vector<T>>(std::move(values))),
        values_(owned_->data()) {}
  explicit Column(std::function<T(std::size_t row)> make) : make_(std::move(make)) {}
  /// A column of narrower numbers.
  template <class Narrow>
    requires(!std::same_as<Narrow, T>)
  Column(const Column<Narrow>& values)  // NOLINT(google-explicit-constructor)
      : make_([values](std::size_t row) { return static_cast<T>(values[row]); }) {}

  T operator[](std::size_t row) const { return make_ ? make_(row) : values_[row]; }

 private:
  std::shared_ptr<const std::vector<T>> owned_;
  const T* values_ = nullptr;
  std::function<T(std::size_t)> make_;
};

/// A number of every row that has one; NaN where a row has none.
struct NumberColumn {
  std::string_view key;  ///< outlives the table
  Column<double> values;
};

/// One of a few words of every row, as its index: below 64.
struct WordColumn {
  std::string_view key;
  Column<std::uint8_t> values;
  std::span<const std::string_view> words = {};  ///< by index; outlive the table
};

/// Which members of a group (voters, mostly) have something to do with a row: found its object, or
/// gave another class than the label.
struct MemberColumn {
  std::string_view key;
  std::size_t members = 0;
  std::function<bool(std::size_t row, std::size_t member)> has;
};

/// Names of columns that several pages know.
namespace column {
inline constexpr std::string_view confidence = "confidence";      ///< of the baseline
inline constexpr std::string_view disagreement = "disagreement";  ///< share of other votes, 0 to 1
inline constexpr std::string_view loss = "loss";                  ///< nats
inline constexpr std::string_view score = "score";                ///< what the policy ranks by
inline constexpr std::string_view agreement = "agreement";        ///< words: Agreement
inline constexpr std::string_view dissent = "dissent";            ///< members: voters
inline constexpr std::string_view wrong =
    "wrong";  ///< members: voters that name another class than the true one
}  // namespace column

/// Items and what is known of each, by row: what queries, galleries, comparisons and reports are
/// made of, whatever the task. A column that there is not is absent, never zeros. Spans and what
/// functions refer to belong to whoever made the table, and outlive it.
struct ReviewTable {
  std::size_t rows = 0;
  /// By row, rising; empty: row i is sample i as a whole.
  std::span<const ItemRef> items;

  // Empty where absent, else one entry a row.
  std::span<const ClassIndex> truth;  ///< no_class: none (not labelled, or a false detection)
  std::span<const ClassIndex> label;  ///< what was decided; no_class: nothing (not detected)
  std::span<const Verdict> verdict;

  std::vector<NumberColumn> numbers;
  std::vector<WordColumn> words;
  std::vector<MemberColumn> members;

  /// Where in its image a row's object lies, for pictures of it. Left out where items are whole
  /// images; nothing for a row that is one.
  std::function<std::optional<PixelRect>(std::size_t row)> place;

  ItemRef item(std::size_t row) const {
    return items.empty() ? ItemRef(static_cast<std::uint32_t>(row)) : items[row];
  }
  /// Nothing where the table has no such item.
  std::optional<std::size_t> row_of(ItemRef item) const;

  /// Null: absent.
  const NumberColumn* number(std::string_view key) const;
  const WordColumn* word(std::string_view key) const;
  const MemberColumn* member(std::string_view key) const;
};

/// Per row of the table 1 where `samples` has 1 for its sample; what is beyond `samples` has 0.
std::vector<std::uint8_t> rows_of_samples(const ReviewTable& table,
                                          std::vector<std::uint8_t> samples);

}  // namespace plumbline
