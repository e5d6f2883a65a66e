#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline {

/// What ranks that train one network add up. All ranks call the same functions in the same order
/// with tensors of the same shapes, and all get the same bits. On a GPU the work is put on the
/// current stream: nothing waits for it, and it can be captured in a CUDA graph. Throws where the
/// ranks cannot go on, as LibTorch does. nccl_sum.h has that of GPUs; tests have one of threads.
class RankSum {
 public:
  virtual ~RankSum() = default;
  virtual int rank() const = 0;            ///< this one's number, from 0
  virtual int ranks() const = 0;           ///< how many there are
  virtual c10::Device device() const = 0;  ///< where the tensors are

  /// Puts the sum over all ranks in the values' place. float32 or float64, contiguous.
  virtual void add(const at::Tensor& values) = 0;
  /// The values of all ranks in their order: [ranks, …]. Of any type.
  virtual at::Tensor gathered(const at::Tensor& values) = 0;
};

/// A rank's rows of a batch that all ranks compute together.
struct BatchShare {
  std::int64_t first = 0, count = 0;
};
/// The rank's share of `batch` rows, all of it where there are no ranks (null). Shares are equal:
/// see check_share (rank_checks.h).
inline BatchShare share_of(std::int64_t batch, const RankSum* ranks) {
  if (ranks == nullptr) return {0, batch};
  const std::int64_t count = batch / ranks->ranks();
  return {ranks->rank() * count, count};
}

}  // namespace plumbline
