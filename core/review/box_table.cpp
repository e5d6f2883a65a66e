#include "core/review/box_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/detection/box_overlap.h"
#include "core/detection/ledger.h"

namespace plumbline {

namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
/// Steps of a size within one number of finders, as a power of two: both together are whole numbers
/// that a float holds, so that a million rows are sorted without comparing any twice.
constexpr double size_steps = 1 << 17, most_octaves = 31;

/// Rises with the area, in relative steps of less than a thousandth; below size_steps.
double size_rank(double area) {
  return std::floor(std::clamp(std::log2(1 + std::max(0.0, area)) / most_octaves, 0.0, 0.999999) *
                    size_steps);
}

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

const BoxRow& row_at(const BoxesReviewed& reviewed, std::size_t row) {
  return reviewed.rows->rows[row];
}

const TruthBox* object_of(const BoxesReviewed& reviewed, std::size_t row) {
  const std::int32_t object = row_at(reviewed, row).object;
  return object < 0 ? nullptr : &reviewed.run->truth.boxes[static_cast<std::size_t>(object)];
}

double area_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  if (const TruthBox* object = object_of(reviewed, row)) return object->area;
  const PixelBox box = box_of_row(reviewed, row);
  return box.width * box.height;
}

/// Greatest overlap with another object of the image.
double crowding_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const TruthBox* object = object_of(reviewed, row);
  if (object == nullptr) return no_value;
  double greatest = 0;
  const PixelBox box = upright(object->box);
  for (const TruthBox& other : reviewed.run->objects_of(static_cast<std::size_t>(object->image)))
    if (&other != object) greatest = std::max(greatest, overlap_of(box, upright(other.box)));
  return greatest;
}

double visible_share(const BoxesReviewed& reviewed, std::size_t row) {
  const TruthBox* object = object_of(reviewed, row);
  if (object == nullptr) return no_value;
  const double box = std::abs(object->box.width * object->box.height);
  // Where the file says no area it is the box's: nothing is known of the mask.
  return box > 0 && object->area != box ? std::min(1.0, object->area / box) : no_value;
}

double score_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const std::int32_t box = row_at(reviewed, row).box;
  return box < 0 ? no_value
                 : reviewed.judged->fused.set.boxes[static_cast<std::size_t>(box)].score;
}

double by_object(const std::vector<float>& values, const BoxesReviewed& reviewed,
                 std::size_t row) {
  const std::int32_t object = row_at(reviewed, row).object;
  if (object < 0) return no_value;
  const auto value = static_cast<double>(values[static_cast<std::size_t>(object)]);
  return value < 0 ? no_value : value;
}

}  // namespace

SizeWord size_word(double area) {
  return area < 32.0 * 32 ? SizeWord::small : area < 96.0 * 96 ? SizeWord::medium : SizeWord::large;
}

PixelBox box_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  if (const TruthBox* object = object_of(reviewed, row)) return upright(object->box);
  return upright(reviewed.judged->fused.set
                     .boxes[static_cast<std::size_t>(row_at(reviewed, row).box)]
                     .box);
}

std::uint64_t finders_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const BoxRow& at = row_at(reviewed, row);
  if (at.object < 0) return reviewed.judged->fused.voters[static_cast<std::size_t>(at.box)];
  return reviewed.finds->finders(static_cast<std::size_t>(at.object), reviewed.least);
}

TideWord tide_of_row(const BoxesReviewed& reviewed, std::size_t row) {
  const BoxRow& at = row_at(reviewed, row);
  if (at.object < 0)
    return static_cast<TideWord>(reviewed.judged->verdicts[static_cast<std::size_t>(at.box)]);
  if (at.box >= 0 && static_cast<float>(score_of_row(reviewed, row)) >= reviewed.least)
    return TideWord::found;
  const TideVerdict error =
      missed_as(*reviewed.judged, static_cast<std::size_t>(at.object), reviewed.least);
  return error == TideVerdict::background ? TideWord::missed : static_cast<TideWord>(error);
}

ReviewTable box_table(const BoxesReviewed& reviewed, std::span<const ClassIndex> truth,
                      const Decisions& decisions) {
  ReviewTable table;
  table.rows = reviewed.rows->rows.size();
  table.items = reviewed.rows->items;
  table.truth = truth;
  table.label = decisions.label;
  table.verdict = decisions.verdict;
  const auto number = [&table](std::string_view key, std::function<double(std::size_t)> value) {
    table.numbers.push_back({key, Column<double>(std::move(value))});
  };
  number(box_column::found_by, [&reviewed](std::size_t row) {
    return std::popcount(finders_of_row(reviewed, row)) * size_steps +
           size_rank(area_of_row(reviewed, row));
  });
  number(box_column::size, [&reviewed](std::size_t row) { return area_of_row(reviewed, row); });
  number(column::score, [&reviewed](std::size_t row) { return score_of_row(reviewed, row); });
  number(box_column::best_score, [&reviewed](std::size_t row) {
    return by_object(reviewed.finds->best_score, reviewed, row);
  });
  number(box_column::best_overlap, [&reviewed](std::size_t row) {
    return by_object(reviewed.finds->best_overlap, reviewed, row);
  });
  number(box_column::crowding,
         [&reviewed](std::size_t row) { return crowding_of_row(reviewed, row); });
  number(box_column::visible,
         [&reviewed](std::size_t row) { return visible_share(reviewed, row); });
  number(box_column::category, [&label = decisions.label, truth](std::size_t row) {
    return static_cast<double>(truth[row] == no_class ? label[row] : truth[row]);
  });
  using Word = std::function<std::uint8_t(std::size_t)>;
  table.words.push_back({box_column::tide, Column<std::uint8_t>(Word([&reviewed](std::size_t row) {
                           return static_cast<std::uint8_t>(tide_of_row(reviewed, row));
                         })),
                         tide_words});
  table.words.push_back(
      {box_column::size_class, Column<std::uint8_t>(Word([&reviewed](std::size_t row) {
         return static_cast<std::uint8_t>(size_word(area_of_row(reviewed, row)));
       })),
       size_words});
  table.words.push_back(
      {box_column::finders, Column<std::uint8_t>(Word([&reviewed](std::size_t row) {
         const int count = std::popcount(finders_of_row(reviewed, row));
         return static_cast<std::uint8_t>(std::min(count, int{most_voters} - 1));
       })),
       finder_words});
  table.members.push_back({box_column::found, reviewed.finds->voters,
                           [&reviewed](std::size_t row, std::size_t voter) {
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
