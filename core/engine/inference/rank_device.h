#pragma once
#include <string>
#include <string_view>

#include <c10/core/Device.h>

#include "core/engine/ranks/rank_environment.h"
#include "core/types/error.h"

namespace plumbline {

/// The device of one rank, as of parse_device: `auto` and `cuda` are the GPU of its number on this
/// machine (the only one, where the launcher shows each rank its own), `auto` without GPUs the CPU.
/// Errors: more ranks than GPUs (device); a GPU by its number where several ranks of this machine
/// would share it (usage).
Result<c10::Device> device_of_rank(std::string_view text, const RankEnvironment& ranks);

/// The same with the number of GPUs, and whether the launcher has chosen them for each rank: the
/// text that parse_device reads.
Result<std::string> device_text_of_rank(std::string_view text, const RankEnvironment& ranks,
                                        int gpus, bool gpus_are_chosen);

/// Divides this machine's cores among its ranks: threads of this process, one at least.
void share_threads(const RankEnvironment& ranks);

}  // namespace plumbline
