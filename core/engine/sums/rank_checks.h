#pragma once
#include <cstdint>
#include <string>

#include "core/engine/sums/rank_sum.h"
#include "core/types/error.h"

namespace plumbline {

/// Errors (usage): the shares of a batch would not be equal. `option` is where it was asked for.
Result<void> check_share(std::int64_t batch, int ranks, const char* option);

/// Waits for all ranks. Errors (device): the number differs on one of them, which sees other files.
/// Without ranks (null) nothing is done.
Result<void> check_same_on_ranks(RankSum* ranks, std::int64_t number, const std::string& what);

/// What is to be said of a checkpoint that was begun by another number of ranks; empty where it was
/// the same. `begun_by` is what the checkpoint says, null where it does not.
std::string other_ranks_note(const std::string* begun_by, int now);

}  // namespace plumbline
