#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/types/error.h"

namespace plumbline {

/// Asks a saved decision about images without labels, block by block, through the pipeline of runs:
/// the same decoder, precision, batches and storage, so that the same images in the same order have
/// the verdicts that `decide` gives. Each image is handed to `request.take` in the order of the
/// input, one that cannot be read with its error.
///
/// Voters that the policy never asks are not run. `staged`: each block's voters run one after
/// another, and only for the images whose label and acceptance are still open; these are the
/// policy's own whoever was asked. A score that depends on voters who were not asked is left out.
/// Later stages have their images from the first one's, where memory allows; on a GPU short batches
/// are filled (filled_batch).
///
/// Errors: of models and devices as a run's; usage, where the policy cannot be staged; what `take`
/// returns; cancelled.
Result<nlohmann::ordered_json> apply_decision(const ApplyRequest& request);

}  // namespace plumbline
