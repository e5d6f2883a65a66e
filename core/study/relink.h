#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

struct Relinked {
  std::vector<std::string> owners;  ///< data sets, models and others whose files lie elsewhere now
  std::int64_t files = 0;           ///< that were looked at, each image of a folder counted
};

/// Called now and then with what is done of how much; true: stop.
using RelinkProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

/// Images, models and texts that lay at or below `from` lie at the same places below `to` now. Each
/// is held against what was imported before anything is noted: files by size and hash; of a folder
/// of images every one by its size, and up to a thousand, evenly spread, by their hash (each is
/// held against its hash again whenever it is read). Errors: nothing lay there; the first file that
/// is missing or another one; cancelled.
Result<Relinked> relink(Study& study, const std::filesystem::path& from,
                        const std::filesystem::path& to, const RelinkProgress& progress = {});

}  // namespace plumbline
