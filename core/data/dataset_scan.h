#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/types/class_index.h"
#include "core/types/error.h"

namespace plumbline {

/// How a data set lies on disk.
enum class DatasetFormat { image_folder, idx, cifar10, coco, yolo, voc };
std::string_view to_string(DatasetFormat format);
Result<DatasetFormat> parse_dataset_format(std::string_view text);

/// What is known of a format: an entry of the one table of formats.
struct DatasetFormatInfo {
  DatasetFormat format{};
  std::string_view name;
  bool is_folder = false;      ///< images are files below a folder, not records of a file
  bool classes_named = false;  ///< a class is known by its name, not by its place
  bool has_boxes = false;      ///< what is true of a sample is boxes, not a class
};
const DatasetFormatInfo& format_info(DatasetFormat format);

/// One file or folder that samples are read from; absolute.
struct DataSource {
  std::filesystem::path path;
  std::uint64_t size = 0;  ///< bytes; 0 for a folder
  std::string hash;        ///< XXH3-128 of the content as 32 hex digits; empty for a folder
};

struct ScannedSample {
  int source = 0;            ///< index into DatasetScan::sources
  std::int64_t record = -1;  ///< position in the source file; −1 for an image folder
  std::string name;  ///< path below the source folder, or the record's number: shown to users
  ClassIndex label = no_class;
  std::uint64_t size = 0;  ///< bytes of the image file; 0 for records
  std::string hash;        ///< of the image file; empty for records
};

/// Something that was left out, or is odd, and why. The rest goes on.
struct ScanWarning {
  std::string where, message;
};

/// What an import adds. Classes are in their order on disk, samples in theirs: the same input
/// gives the same scan, whatever the file system's order or the number of threads.
struct DatasetScan {
  DatasetFormat format{};
  std::vector<std::string> classes;
  std::vector<DataSource> sources;
  std::vector<ScannedSample> samples;
  std::vector<ScanWarning> warnings;
  /// Of a format with boxes, else null: its images are the samples, in their order, and its
  /// categories the classes.
  std::shared_ptr<const BoxDataset> boxes;
};

/// Called now and then with the work done and in all (0: not known yet); returns false to cancel.
using ScanProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

/// Classes are the sub-folders' names in byte order, samples their image files (at any depth), in
/// byte order of the relative path. Each file is decoded once: a broken one is a warning. Symbolic
/// links that lead out of the folder are not followed.
/// Errors: no such folder, no sub-folder, no sample that can be decoded.
Result<DatasetScan> scan_image_folder(const std::filesystem::path& folder,
                                      const ScanProgress& progress);

/// MNIST's format, plain or gzip: magic 0x00000803 for images (count × height × width) or
/// 0x00000804 (… × channels), 0x00000801 for labels. Without labels the samples have none. Classes
/// are the numbers from 0 to the last label; where some have no sample a warning counts them.
/// Any mismatch (magic, count, length, trailing bytes) is an error that names the file.
Result<DatasetScan> scan_idx(const std::filesystem::path& images,
                             const std::filesystem::path& labels, const ScanProgress& progress);

/// CIFAR-10's binary files: records of one label byte and 3 × 32 × 32 values, planes R, G, B.
/// The classes are CIFAR-10's ten names. A length that is no multiple of 3,073, or a label above
/// 9, is an error that names file and record.
Result<DatasetScan> scan_cifar10(const std::vector<std::filesystem::path>& files,
                                 const ScanProgress& progress);

}  // namespace plumbline
