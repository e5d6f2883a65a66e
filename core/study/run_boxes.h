#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/study/study.h"

namespace plumbline {

/// What is true of a split whose truth is boxes: its images are the samples, in their order, with
/// their names as files; categories are the data set's classes. A study keeps no ids of images and
/// classes: an image's is the number that its file is named by where all are named so, as COCO's
/// are; else its place, from 1. Classes have COCO's numbers (1 to 90, with gaps) where they are
/// COCO's eighty in their order; else their places, from 1. Sizes are not known (0). Errors: the
/// data set has classes, not boxes.
Result<BoxDataset> boxes_of_split(const StudyData& study, const DatasetInfo& dataset,
                                  const std::string& split);

/// Detections of some of a run's voters (indices into run.voters) on a split, ordered by sample,
/// then as their network gave them, by falling score; a set a voter, with its name. Samples that
/// are still to come, or that could not be read, have none. Boxes of classes that the data set does
/// not have are left out, unless somebody asks how many such classes these voters know (`further`):
/// then their boxes are there, too, with the places behind. Errors: a prediction file that is
/// missing, of another kind or of samples that there are none of, named.
Result<std::vector<DetectionSet>> load_detections(const Study& study, const RunInfo& run,
                                                  const std::string& split,
                                                  std::span<const std::size_t> voters,
                                                  std::size_t* further = nullptr);

/// Samples of the split for which the voter has an output, and those that it has none for though
/// they were computed.
struct BoxCoverage {
  std::int64_t known = 0, unknown = 0;
};
Result<BoxCoverage> box_coverage(const Study& study, const RunInfo& run, const std::string& split,
                                 std::size_t voter);

}  // namespace plumbline
