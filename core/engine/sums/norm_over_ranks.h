#pragma once
#include <ATen/core/Tensor.h>

#include "core/engine/sums/rank_sum.h"

namespace plumbline {

/// Batch normalisation while training whose batch is that of all ranks together, in equal shares:
/// what it gives, its gradients and the running statistics (which it renews) are those of one
/// process with the whole batch, up to rounding. x: [share, channels, height, width]; the others
/// float32 [channels]. The gradients of weight and bias are the own share's, to be summed with the
/// others. Its gradient cannot be differentiated again.
at::Tensor norm_over_ranks(RankSum& ranks, const at::Tensor& x, const at::Tensor& weight,
                           const at::Tensor& bias, const at::Tensor& mean,
                           const at::Tensor& variance, double momentum, double epsilon);

/// While it lives, batch normalisations of networks that this thread trains are over all ranks;
/// null changes nothing.
class NormsOverRanks {
 public:
  explicit NormsOverRanks(RankSum* ranks);
  ~NormsOverRanks();
  NormsOverRanks(const NormsOverRanks&) = delete;
  NormsOverRanks& operator=(const NormsOverRanks&) = delete;

  /// Of this thread; null where there are none.
  static RankSum* now();

 private:
  RankSum* before_;
};

}  // namespace plumbline
