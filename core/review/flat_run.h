#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/data/column_file.h"
#include "core/review/box_run.h"

namespace plumbline {

// A run of boxes as it lies in a cache: records of fixed sizes, which are mapped and read where
// they lie. A million objects in six voters' boxes are there at once, where their lists take
// seconds to be read and half a gigabyte.

struct FlatObject {
  PixelBox box;
  double area = 0;
  std::int64_t id = 0;  ///< the annotation's number, or where its text begins among the texts
  std::int32_t image = 0, category = 0;
  std::uint32_t id_length = 0;  ///< bytes of its text; 0: a number
  std::uint8_t crowd = 0, ignored = 0;
  std::uint16_t unused = 0;
};
static_assert(sizeof(FlatObject) == 64);

/// A voter's box, as its prediction file has it.
struct FlatBox {
  float left = 0, top = 0, right = 0, bottom = 0, score = 0;
  std::int32_t category = 0;
};
static_assert(sizeof(FlatBox) == 24);

/// A BoxRun without the names of its categories and the segmentations of its objects, which nothing
/// in a review asks for. Indices are as there.
struct FlatRun {
  std::size_t images = 0, voters = 0, classes = 0;
  std::span<const FlatObject> objects;
  std::span<const std::uint32_t> first_object;  ///< by image, and one more
  /// [voter · (images + 1) + image], and within a voter one more: indices into `boxes`.
  std::span<const std::uint32_t> first_box;
  std::span<const FlatBox> boxes;  ///< voter by voter
  std::span<const char> texts;
  std::shared_ptr<const void> memory;

  std::span<const FlatObject> objects_of(std::size_t image) const {
    return objects.subspan(first_object[image], first_object[image + 1] - first_object[image]);
  }
  std::span<const FlatBox> boxes_of(std::size_t voter, std::size_t image) const {
    const std::uint32_t* first = &first_box[voter * (images + 1) + image];
    return boxes.subspan(first[0], first[1] - first[0]);
  }
  EntryId id_of(const FlatObject& object) const;
};

/// As `counts` of a box of the truth: it is no crowd, and its file does not ignore it.
inline bool counts(const FlatObject& object) { return object.crowd == 0 && object.ignored == 0; }

/// The box as DetectionSets have it, to the bit.
DetectedBox detected_box(const FlatBox& box, std::size_t image);

inline constexpr ColumnMagic flat_run_magic = {'P', 'L', 'B', 'O', 'X', 'E', 'S', '1'};

/// The run as columns, which it owns. Requires order_boxes and fewer than 2³¹ of each.
ColumnSet flat_columns(const BoxRun& run);

/// Columns as a run. Errors (bad input): indices that lead nowhere, values that are not finite.
Result<std::shared_ptr<const FlatRun>> flat_run(ColumnSet columns);

/// The lists again, to the bit but for segmentations. `classes`: names of the data set's.
BoxRun unpack_run(const FlatRun& flat, std::span<const std::string> classes,
                  std::span<const std::string> voters);

}  // namespace plumbline
