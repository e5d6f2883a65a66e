#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

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

/// What is done now ("reading detections"), and how much of it, in `unit`. Returns false to cancel:
/// as long as nothing of the import is in the study; what is being written is written whole, and
/// the answer is not asked for.
using BoxImportProgress = std::function<bool(std::string_view what, std::int64_t done,
                                             std::int64_t total, std::string_view unit)>;

/// Makes detections that were computed elsewhere a voter (`name:view`) of a split whose truth is
/// boxes. Images are met by their files' names, classes by theirs. Boxes are limited to what lies
/// at or beyond the image's left and upper edge, reversed ones turned round; scores beyond 0 to 1
/// are limited. `progress` may be empty. Errors: those of the files; a split without boxes;
/// predictions that are there already; cancelled, and then nothing was added.
Result<ImportedBoxes> import_boxes(Study& study, const BoxImport& request,
                                   const BoxImportProgress& progress = {});

}  // namespace plumbline
