#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/study/study.h"

namespace plumbline {

struct BoxImport {
  std::string name, dataset, split;
  std::filesystem::path file;    ///< COCO's results JSON
  std::filesystem::path labels;  ///< the instances JSON whose ids of images and classes it uses
  View view;                     ///< what the detector was shown
};

struct ImportedBoxes {
  std::int64_t boxes = 0, samples = 0;
  std::int64_t left_out = 0;  ///< boxes of images or classes that the split does not have
  std::vector<std::string> notes;
};

/// Makes detections that were computed elsewhere a voter (`name:view`) of a split whose truth is
/// boxes. Images are met by their files' names, classes by theirs. Boxes are limited to what lies
/// at or beyond the image's left and upper edge, reversed ones turned round; scores beyond 0 to 1
/// are limited. Errors: those of the files; a split without boxes; predictions that are there
/// already.
Result<ImportedBoxes> import_boxes(Study& study, const BoxImport& request);

}  // namespace plumbline
