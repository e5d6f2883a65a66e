#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/data/dataset_scan.h"

namespace plumbline {

namespace {

/// In the order of DatasetFormat.
constexpr std::array dataset_formats = {
    DatasetFormatInfo{DatasetFormat::image_folder, "image-folder", true, true, false},
    DatasetFormatInfo{DatasetFormat::idx, "idx", false, false, false},
    DatasetFormatInfo{DatasetFormat::cifar10, "cifar10", false, false, false},
    DatasetFormatInfo{DatasetFormat::coco, "coco", true, true, true},
    DatasetFormatInfo{DatasetFormat::yolo, "yolo", true, true, true},
    DatasetFormatInfo{DatasetFormat::voc, "voc", true, true, true},
};

}  // namespace

const DatasetFormatInfo& format_info(DatasetFormat format) {
  return dataset_formats[static_cast<std::size_t>(format)];
}

std::string_view to_string(DatasetFormat format) { return format_info(format).name; }

Result<DatasetFormat> parse_dataset_format(std::string_view text) {
  const auto found = std::ranges::find(dataset_formats, text, &DatasetFormatInfo::name);
  if (found != dataset_formats.end()) return found->format;
  std::string names;
  for (const DatasetFormatInfo& known : dataset_formats)
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  return usage_error(fmt::format("there is no format '{}'", text), "--format", names);
}

}  // namespace plumbline
