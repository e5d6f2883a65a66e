#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A study of drawn pictures with plausible votes: models of rising strength, a share of samples on
/// which most voters are misled alike. The same for the same request.
struct SyntheticStudy {
  std::filesystem::path folder;  ///< NAME.plumb, made; the pictures' file lies beside it
  std::int64_t samples = 600;
  std::vector<std::string> models = {"strong", "good", "fair",
                                     "weak"};  ///< the first is the baseline
  std::vector<std::string> views = {"identity", "flip_x", "gamma=0.8"};
  std::string run = "r1";
  unsigned seed = 1;
  bool without_run = false;
  std::vector<std::string> conditions = {};  ///< of the first split; each makes the votes worse
  std::int64_t validation_samples = 0;       ///< of a second split, "validation", of the same run
};

Result<void> make_study(const SyntheticStudy& request);

}  // namespace plumbline
