#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/heads/network_output.h"

namespace plumbline {

/// A batch that is short, filled to `count` with its last row: a GPU takes for it what it takes for
/// a full one, which is less than for one of a size that a network has not been made ready for.
/// [count, …] contiguous; a full batch and an undefined tensor as they are.
at::Tensor filled_batch(const at::Tensor& rows, std::int64_t count);

/// Of what a network gave for such a batch the rows that were there before: those of each tensor
/// that has a row for each of `count`.
NetworkOutput first_rows(NetworkOutput output, std::int64_t rows, std::int64_t count);

}  // namespace plumbline
