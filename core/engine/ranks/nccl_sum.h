#pragma once
#include <functional>
#include <memory>

#include <c10/core/Device.h>

#include "core/engine/ranks/rank_store.h"
#include "core/engine/sums/rank_sum.h"

namespace plumbline {

/// Whether this program was built with what ranks need to train together: CUDA and NCCL's header.
bool can_sum_by_nccl();

/// Joins all ranks of the store by NCCL, each with a GPU of its own, and returns when all have
/// come. NCCL itself is the library that LibTorch has loaded. Of one kind of machine and number of
/// ranks the sums are the same each time. Errors (device): not built with NCCL or it is not there,
/// two ranks on one GPU, what NCCL says; as RankStore::get for the others.
Result<std::unique_ptr<RankSum>> join_by_nccl(RankStore& store, c10::Device device,
                                              const std::function<bool()>& stop = {});

}  // namespace plumbline
