#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/data/text_spill.h"
#include "core/types/error.h"

namespace plumbline {

/// A box in pixels of its image: the left upper corner, and the size. A reversed box (a negative
/// size) is kept as its file has it; `upright` turns it round.
struct PixelBox {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  friend bool operator==(const PixelBox&, const PixelBox&) = default;
};

/// The same box with sizes that are not negative.
PixelBox upright(const PixelBox& box);

/// The id of an image, class or object: a number, or a text that is none. Numbers come before
/// texts, in their order.
struct EntryId {
  std::int64_t number = 0;
  std::string text;  ///< empty for a number
  auto operator<=>(const EntryId&) const = default;
};
std::string to_string(const EntryId& id);

struct BoxImage {
  EntryId id;
  std::string file;              ///< as the file names it; empty where it does not
  double width = 0, height = 0;  ///< 0 where the file does not say
  std::int64_t position = 0;     ///< in the file's own list
};

struct BoxCategory {
  EntryId id;
  std::string name;
};

/// One object that is there.
struct TruthBox {
  std::int32_t image = 0, category = 0;  ///< indices into BoxDataset's lists
  PixelBox box;
  double area = 0;       ///< the object's as the file says it (of its mask), else the box's
  bool crowd = false;    ///< stands for many objects
  bool ignored = false;  ///< the file's own "ignore", "difficult" of VOC
  EntryId id;            ///< of the annotation; not always unique
  /// Its place in BoxDataset::segmentations, where those were asked for: polygons are many times as
  /// large as the boxes, and nothing that judges boxes asks for them.
  std::uint64_t segmentation = TextSpill::nowhere;
};

/// What a data set says about its images. Images and categories are ordered by id, boxes as the
/// file has them.
struct BoxDataset {
  std::vector<BoxImage> images;
  std::vector<BoxCategory> categories;
  std::vector<TruthBox> boxes;
  std::vector<std::string> notes;  ///< what was odd and how it was read, one line a kind
  /// What boxes say of their outlines, as JSON: polygons, or RLE as compressed text. Null: nothing.
  std::shared_ptr<TextSpill> segmentations;
};
/// Empty where the box has none. Errors: those of reading it.
Result<std::string> segmentation_of(const BoxDataset& data, const TruthBox& box);

struct DetectedBox {
  std::int32_t image = 0, category = 0;
  PixelBox box;
  double score = 0;
};

/// One voter's detections, in the order of their file.
struct DetectionSet {
  std::string name;  ///< the file's, without its ending
  std::vector<DetectedBox> boxes;
  std::vector<std::string> notes;
};

}  // namespace plumbline
