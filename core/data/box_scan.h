#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset_scan.h"

namespace plumbline {

/// Where boxes and their images are.
struct BoxScanRequest {
  std::filesystem::path images;  ///< a folder; for YOLO also the data.yaml that names it
  std::filesystem::path
      labels;         ///< COCO: the instances JSON; YOLO: data.yaml or a list of names; VOC: the
                      ///< folder Annotations; may be empty where it can be found
  std::string split;  ///< which of data.yaml's parts: train, val (also validation), test
  std::filesystem::path scratch =
      {};  ///< where COCO's segmentations lie meanwhile (TextSpill::open)
};

/// Reads a data set of boxes and every image of it, on all cores: images that are missing or broken
/// are warnings, and their boxes are left out and counted; what is odd in the boxes is a warning a
/// kind. Images are ordered by their names (COCO: by id); classes are those of the file in its
/// order, of VOC in byte order. Boxes are in pixels of the upright image: where COCO's sizes are
/// those of the image as it is stored, boxes are turned with it (JPEG files alone; a mirrored image
/// has the same sizes, and is taken for upright); sizes that fit neither are said, and boxes stay
/// as they are. Segmentations are kept (they are not turned). Errors: no such file, a file that is
/// broken (with line or entry), no image that can be read.
Result<DatasetScan> scan_boxes(DatasetFormat format, const BoxScanRequest& request,
                               const ScanProgress& progress);

/// The readers of one format each; images' files are relative to `root`, which they may set. Sizes
/// of images are 0 and boxes fractions of them in YOLO's.
struct BoxSource {
  BoxDataset data;
  std::filesystem::path root;
};
Result<BoxSource> read_yolo(const BoxScanRequest& request);
Result<BoxSource> read_voc(const BoxScanRequest& request);

/// Image files below a folder, relative, in byte order; by their endings. Links that lead to
/// folders are not followed.
Result<std::vector<std::string>> image_files_below(const std::filesystem::path& folder);

}  // namespace plumbline
