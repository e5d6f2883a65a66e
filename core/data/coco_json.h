#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/data/box_dataset.h"
#include "core/types/error.h"

namespace plumbline {

struct CocoReading {
  bool segmentation = false;  ///< whether boxes keep their polygons or RLE, on disk
  /// Bytes read of all; false cancels. May be empty.
  std::function<bool(std::int64_t done, std::int64_t total)> progress = {};
  bool limits_scores =
      false;  ///< whether scores beyond 0 to 1 are limited, not kept; counted anyway
  std::filesystem::path scratch = {};  ///< where segmentations lie meanwhile (TextSpill::open)
};

/// Reads COCO's instances JSON, in any order of its lists, entry by entry: memory is taken for what
/// is kept alone: 108 bytes an annotation whose id is a number, whatever its outline, an entry of
/// each image and class, and buffers of 4 MiB (the longest segmentation may take 16 more). What is
/// merely odd is read in one stated way, and a line of `notes` counts it:
///  - ids written as 3.0 or "3" are the number 3; a text that is no number is an id of its own;
///  - without "area" an object has its box's; without "id" it has a number that nobody else has;
///  - an annotation whose image or class the file does not list is left out, one without "bbox" or
///    with an id that others have is kept where it can be;
///  - of two images or classes of one id the later counts (as pycocotools has it);
///  - without "images" or "categories" they are those that annotations name;
///  - boxes that are reversed, empty, or wholly or partly outside of their image are kept as they
///  are.
/// Errors name file, entry and reason: no JSON, no list "annotations", no image or class of an
/// annotation, a box that is not four finite numbers.
Result<BoxDataset> read_coco_truth(const std::filesystem::path& file,
                                   const CocoReading& reading = {});

/// Reads COCO's results JSON (or an object whose "annotations" have scores) as the detections of
/// one voter on `truth`'s images. Those of images or classes that `truth` lacks are left out and
/// counted. Errors as above; also a detection without a score.
Result<DetectionSet> read_coco_results(const std::filesystem::path& file, const BoxDataset& truth,
                                       const CocoReading& reading = {});

}  // namespace plumbline
