#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A study as large as the workbench must bear: an image folder whose samples are drawn from a pool
/// of JPEGs (of 320 × 240, in NAME-pictures/ beside the study), and votes as real networks cast
/// them: members that err on the same samples, two views of one network that nearly agree.
struct LargeStudy {
  std::filesystem::path folder;  ///< NAME.plumb
  std::int64_t samples = 1'000'000;
  int models = 4;  ///< the first is the best and the baseline
  std::vector<std::string> views = {"identity", "flip_x"};
  int pictures = 2000;  ///< in the pool
};

/// Makes the study through core's own interfaces, whole or not at all; `say` hears of the progress.
/// False where a complete one is there already. The same request gives the same votes.
/// Errors: the folder exists and is something else.
Result<bool> make_large_study(const LargeStudy& request,
                              const std::function<void(const std::string&)>& say);

}  // namespace plumbline
