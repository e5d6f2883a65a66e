#pragma once
#include <filesystem>
#include <vector>

#include "core/data/dataset_scan.h"

namespace plumbline {

/// Whether a path is called as YOLO's data.yaml is.
bool is_yaml_file(const std::filesystem::path& path);

/// Whether what is named for a format is what its reader takes: a folder given for a file, or the
/// reverse, is the most common mistake of all. `labels` may be empty. Errors (bad input): the first
/// path that is of the wrong kind, with what was found and what to give. What is not there at all
/// is the reader's to say.
Result<void> check_dataset_paths(DatasetFormat format,
                                 const std::vector<std::filesystem::path>& images,
                                 const std::filesystem::path& labels);

}  // namespace plumbline
