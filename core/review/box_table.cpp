#include "core/review/box_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/detection/ledger.h"

namespace plumbline {

namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
/// Words k = 0 to 63 of box_column::finders.
constexpr std::array<std::string_view, most_voters> finder_words = [] {
  constexpr std::string_view digits =
      "0001020304050607080910111213141516171819202122232425262728293031"
      "3233343536373839404142434445464748495051525354555657585960616263";
  std::array<std::string_view, most_voters> words;
  for (std::size_t k = 0; k < words.size(); ++k)
    words[k] = k < 10 ? digits.substr(2 * k + 1, 1) : digits.substr(2 * k, 2);
  return words;
}();

const FlatObject* object_of(const BoxesReviewed& reviewed, std::size_t row) {
  const std::int32_t object = reviewed.ledger->rows[row].object;
  return object < 0 ? nullptr : &reviewed.flat->objects[static_cast<std::size_t>(object)];
}

/// A value of the row's object; NaN where there is none, or where it is below 0.
template <class Value>
std::function<double(std::size_t)> by_object(std::span<const Value> values,
                                             std::span<const BoxRow> rows) {
  return [values, rows](std::size_t row) {
    const std::int32_t object = rows[row].object;
    if (object < 0) return no_value;
    const auto value = static_cast<double>(values[static_cast<std::size_t>(object)]);
    return value < 0 ? no_value : value;
  };
}

}  // namespace

SizeWord size_word(double area) {
  return area < 32.0 * 32 ? SizeWord::small : area < 96.0 * 96 ? SizeWord::medium : SizeWord::large;
}

PixelBox box_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  if (const FlatObject* object = object_of(reviewed, row)) return upright(object->box);
  const auto box = static_cast<std::size_t>(reviewed.ledger->rows[row].box);
  return upright(reviewed.ledger->fused[box].box);
}

std::uint64_t finders_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const BoxRow& at = reviewed.ledger->rows[row];
  if (at.object < 0) return reviewed.ledger->fused[static_cast<std::size_t>(at.box)].voters;
  return reviewed.ledger->finds.finders(static_cast<std::size_t>(at.object), reviewed.least);
}

TideWord tide_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const BoxLedger& ledger = *reviewed.ledger;
  const std::int32_t object = ledger.rows[row].object;
  if (object < 0) return static_cast<TideWord>(ledger.verdict[row]);
  if (ledger.narrow_score[row] >= reviewed.least) return TideWord::found;
  // An error that the threshold rejects would find nothing if it were mended.
  const float score = ledger.error_score[static_cast<std::size_t>(object)];
  if (score < reviewed.least || score < 0) return TideWord::missed;
  const TideVerdict error = ledger.error[static_cast<std::size_t>(object)];
  return error == TideVerdict::background ? TideWord::missed : static_cast<TideWord>(error);
}

ReviewTable box_table(const BoxesReviewed& reviewed, const Decisions& decisions) {
  const BoxLedger& ledger = *reviewed.ledger;
  ReviewTable table;
  table.rows = ledger.rows.size();
  table.items = ledger.items;
  table.truth = ledger.truth;
  table.label = decisions.label;
  table.verdict = decisions.verdict;
  const auto number = [&table](std::string_view key, std::function<double(std::size_t)> value) {
    table.numbers.push_back({key, Column<double>(std::move(value))});
  };
  number(box_column::found_by, [&reviewed, ranks = ledger.size_rank](std::size_t row) {
    return (*reviewed.finders)[row] * size_steps + static_cast<double>(ranks[row]);
  });
  table.numbers.push_back({box_column::size, Column<double>(ledger.area)});
  number(column::score, [scores = ledger.score](std::size_t row) {
    return scores[row] < 0 ? no_value : scores[row];
  });
  number(box_column::best_score, by_object(ledger.finds.best_score, ledger.rows));
  number(box_column::best_overlap, by_object(ledger.finds.best_overlap, ledger.rows));
  number(box_column::crowding, by_object(ledger.crowding, ledger.rows));
  number(box_column::visible, by_object(ledger.visible, ledger.rows));
  number(box_column::category, [&label = decisions.label, truth = ledger.truth](std::size_t row) {
    return static_cast<double>(truth[row] == no_class ? label[row] : truth[row]);
  });
  using Word = std::function<std::uint8_t(std::size_t)>;
  table.words.push_back({box_column::tide, Column<std::uint8_t>(Word([&reviewed](std::size_t row) {
                           return static_cast<std::uint8_t>(tide_of_row(reviewed, row));
                         })),
                         tide_words});
  table.words.push_back({box_column::size_class,
                         Column<std::uint8_t>(Word([areas = ledger.area](std::size_t row) {
                           return static_cast<std::uint8_t>(size_word(areas[row]));
                         })),
                         size_words});
  table.words.push_back({box_column::finders,
                         Column<std::uint8_t>(Word([&reviewed](std::size_t row) {
                           const std::uint8_t most = most_voters - 1;
                           return std::min((*reviewed.finders)[row], most);
                         })),
                         finder_words});
  table.members.push_back(
      {box_column::found, ledger.finds.voters, [&reviewed](std::size_t row, std::size_t voter) {
         return (finders_of_row(reviewed, row) >> voter & 1) != 0;
       }});
  table.place = [&reviewed](std::size_t row) -> std::optional<PixelRect> {
    const PixelBox box = box_of_row(reviewed, row);
    const auto edge = [](double value) {
      return static_cast<int>(std::lround(std::clamp(value, -1e6, 1e6)));
    };
    const int left = edge(box.x), top = edge(box.y);
    return PixelRect{left, top, std::max(1, edge(box.right()) - left),
                     std::max(1, edge(box.bottom()) - top)};
  };
  return table;
}

}  // namespace plumbline
