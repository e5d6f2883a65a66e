#include <fmt/format.h>

#include "core/data/dataset_scan.h"

namespace plumbline {

std::string_view to_string(DatasetFormat format) {
  switch (format) {
    case DatasetFormat::image_folder: return "image-folder";
    case DatasetFormat::idx: return "idx";
    case DatasetFormat::cifar10: return "cifar10";
  }
  return "?";
}

Result<DatasetFormat> parse_dataset_format(std::string_view text) {
  for (const auto format :
       {DatasetFormat::image_folder, DatasetFormat::idx, DatasetFormat::cifar10}) {
    if (to_string(format) == text) return format;
  }
  return usage_error(fmt::format("the format '{}' is not known", text), "--format",
                     "image-folder, idx or cifar10");
}

}  // namespace plumbline
