#pragma once
#include <functional>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/token_lanes.h"
#include "core/study/planer_records.h"

namespace plumbline {

/// Mean loss of a network on lanes of text, all that count, with memory from segment to segment;
/// every lane begins with none. `most`: segments a lane at most; 0: all. The standard error comes
/// from the means of blocks of 4,096 tokens that follow each other. `stop` ends early with what
/// there is.
MeasuredLoss evaluate_loss(LanguageModel& model, const Architecture& architecture,
                           const TokenLanes& lanes, std::int64_t memory, std::int64_t most,
                           const std::function<bool(std::int64_t done, std::int64_t total)>& stop);

}  // namespace plumbline
