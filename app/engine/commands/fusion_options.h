#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/detection/fusion.h"

namespace plumbline {

/// What the commands on detections share.

/// Every fusion with its parameters, their ranges and defaults, on standard output.
void print_fusions();

/// What was odd in a file, a line each, on standard error.
void print_notes(const std::string& file, std::span<const std::string> notes);

/// Reads "A.json,B.json" as one voter each; names that would be the same are told apart by numbers.
Result<std::vector<DetectionSet>> read_voters(const std::string& files, const BoxDataset& truth);

}  // namespace plumbline
