#pragma once
#include <functional>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/token_lanes.h"
#include "core/planer/front/surrogate.h"

namespace plumbline {

/// What each option costs in each slot, with the shared weights of a warm super-network: the loss
/// on the first segments of `lanes` with the baseline's other slots, less the baseline's.
/// `progress` returns true to stop; then nothing is returned.
std::optional<LossIncrements> measure_increments(
    LanguageModel& model, const TokenLanes& lanes, std::int64_t memory, std::int64_t segments,
    const std::function<bool(std::int64_t done, std::int64_t total)>& progress);

}  // namespace plumbline
