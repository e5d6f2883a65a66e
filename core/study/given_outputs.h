#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/decision/held_split.h"
#include "core/study/output_kind.h"
#include "core/types/error.h"

namespace plumbline {

/// Outputs and labels from files, as a split in memory that no study knows.
struct GivenOutputs {
  HeldSplit split;                  ///< one voter a file, in their order
  std::vector<OutputValues> kinds;  ///< what each file's numbers were taken for
  std::shared_ptr<const void> memory;
};

/// Reads one .npy of samples × classes a voter and one of labels (whole numbers from 0; −1: not
/// known). `kind` as `told_kind`'s. Probabilities are divided by their sum. Errors (bad input) name
/// file and row: another shape, another number of samples or classes, no samples or classes, NaN or
/// +∞, rows that do not sum to 1, a label that is no class.
Result<GivenOutputs> read_given_outputs(std::span<const std::filesystem::path> outputs,
                                        const std::filesystem::path& labels,
                                        const std::string& kind, const std::string& name);

}  // namespace plumbline
