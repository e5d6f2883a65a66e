#pragma once
#include <string>
#include <vector>

#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// What `run --estimate` was asked for: a run that is there, by its name, or one that is planned.
/// What is said of a run that is there must be so; an empty precision and the device `auto` say
/// nothing of it, and mean fp32 and the first GPU, else the CPU, for one that is planned.
struct EstimateOptions {
  std::string study, name, dataset, split, precision, device, conditions;
  std::vector<Voter> voters;
  bool json = false;
};

/// Prints what is computed already and what the rest would cost, as the Runs page predicts it.
/// Nothing is computed and the study is only read. LibTorch is loaded for the device `auto` alone.
Result<void> print_estimate(const EstimateOptions& options);

}  // namespace plumbline
