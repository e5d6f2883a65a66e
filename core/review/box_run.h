#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/study/study.h"

namespace plumbline {

/// What a run of detectors is judged by: the objects of a split, and the boxes of every voter, each
/// by image.
struct BoxRun {
  /// Images are the split's samples in their order (sizes are not known), categories the data set's
  /// classes, then further ones of detectors. Boxes are ordered by image.
  BoxDataset truth;
  std::vector<std::size_t> first_object;  ///< by image, and one more: its first box of the truth
  /// By voter of the run; boxes ordered by image.
  std::vector<DetectionSet> voters;
  std::vector<std::vector<std::size_t>> first_box;  ///< by voter and image, and one more

  std::size_t images() const { return truth.images.size(); }
  std::span<const TruthBox> objects_of(std::size_t image) const {
    return std::span(truth.boxes)
        .subspan(first_object[image], first_object[image + 1] - first_object[image]);
  }
  std::span<const DetectedBox> boxes_of(std::size_t voter, std::size_t image) const {
    const auto& first = first_box[voter];
    return std::span(voters[voter].boxes).subspan(first[image], first[image + 1] - first[image]);
  }
};

/// Puts the boxes of a run that was made otherwise into their order and fills first_object and
/// first_box. Keeps the order within an image.
void order_boxes(BoxRun& run);

/// A truth without objects: images without names, and so many classes, those behind the data set's
/// named by their places.
BoxDataset empty_truth(std::size_t images, std::size_t classes,
                       std::span<const std::string> class_names);

/// Reads a run of boxes; of samples that a voter still lacks it has no boxes. Errors: a prediction
/// file that is missing, truncated or of another shape, named; more than 64 voters.
Result<BoxRun> read_box_run(const Study& study, const RunInfo& run, const std::string& split);

}  // namespace plumbline
