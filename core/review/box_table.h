#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "core/data/pixel_rect.h"
#include "core/review/box_review.h"

namespace plumbline {

/// Names of the columns of a table of boxes, besides column::score.
namespace box_column {
// Numbers.
inline constexpr std::string_view found_by = "found by, then size";  ///< order of both
inline constexpr std::string_view size = "size";                     ///< px², the object's area
inline constexpr std::string_view best_overlap = "best IoU";         ///< of any voter's box
inline constexpr std::string_view best_score = "best score";  ///< of those that overlap enough
inline constexpr std::string_view crowding = "crowding";      ///< greatest IoU with another object
inline constexpr std::string_view visible = "visible";  ///< share of the box that its mask fills
inline constexpr std::string_view category = "class";   ///< the object's, or the box's; its place
// Words.
inline constexpr std::string_view tide = "TIDE";
inline constexpr std::string_view size_class = "size class";
inline constexpr std::string_view finders = "found by";  ///< word k: k of the run's voters
// Members: the run's voters.
inline constexpr std::string_view found = "voters";  ///< found the object, or are behind the box
}  // namespace box_column

/// Words of box_column::tide, in their order: what tide() says of the accepted boxes alone.
/// `missed` stands for an object that no accepted box finds, nor would if it were mended; tide() of
/// all boxes has fewer of those. `found` stands for one without an error.
enum class TideWord : std::uint8_t {
  wrong_class,
  wrong_place,
  both,
  duplicate,
  background,
  missed,
  found
};
inline constexpr std::array<std::string_view, 7> tide_words = {"Cls", "Loc",  "Both", "Dupe",
                                                               "Bkg", "Miss", "found"};

/// Words of box_column::size_class: below 32², below 96², larger (COCO's limits, of the area).
enum class SizeWord : std::uint8_t { small, medium, large };
inline constexpr std::array<std::string_view, 3> size_words = {"S", "M", "L"};
SizeWord size_word(double area);

/// The table of what was decided. Both outlive it.
ReviewTable box_table(const BoxesReviewed& reviewed, const Decisions& decisions);

/// The box of a row: the object's, or of a false detection the fused one.
PixelBox box_of_row(const BoxesReviewed& reviewed, std::size_t row);

/// Bit v: voter v of the run finds the row's object, or is behind its false detection.
std::uint64_t finders_of_row(const BoxesReviewed& reviewed, std::size_t row);

TideWord tide_of_row(const BoxesReviewed& reviewed, std::size_t row);

}  // namespace plumbline
