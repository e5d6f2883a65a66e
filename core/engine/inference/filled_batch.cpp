#include "core/engine/inference/filled_batch.h"

#include <utility>
#include <vector>

#include <ATen/ops/empty.h>

namespace plumbline {

at::Tensor filled_batch(const at::Tensor& rows, std::int64_t count) {
  if (!rows.defined() || rows.size(0) >= count || rows.size(0) == 0) return rows;
  const std::int64_t there = rows.size(0);
  std::vector<std::int64_t> sizes = rows.sizes().vec();
  sizes.front() = count;
  at::Tensor filled = at::empty(sizes, rows.options());
  filled.narrow(0, 0, there).copy_(rows, /*non_blocking=*/true);
  // One row is copied to each of the others.
  filled.narrow(0, there, count - there).copy_(rows.narrow(0, there - 1, 1), true);
  return filled;
}

NetworkOutput first_rows(NetworkOutput output, std::int64_t rows, std::int64_t count) {
  if (rows == count) return output;
  std::vector<OutputTensor> first;
  for (const OutputTensor& entry : output.tensors()) {
    const bool by_row = entry.tensor.dim() > 0 && entry.tensor.size(0) == count;
    first.push_back({entry.name, by_row ? entry.tensor.narrow(0, 0, rows) : entry.tensor});
  }
  return NetworkOutput(std::move(first));
}

}  // namespace plumbline
