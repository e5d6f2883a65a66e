#include "core/engine/sums/summed_gradients.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plumbline {

std::vector<at::Tensor> summed_gradients(RankSum& ranks, const std::vector<at::Tensor>& gradients,
                                         at::Tensor& figures) {
  const at::NoGradGuard no_grad;
  std::int64_t values = figures.numel();
  for (const at::Tensor& gradient : gradients) values += gradient.numel();
  const at::Tensor buffer = at::empty({values}, figures.options().dtype(at::kFloat));
  std::vector<at::Tensor> places, from;
  std::int64_t begin = 0;
  for (const at::Tensor& gradient : gradients) {
    // As the gradient lies in memory (channels-last, say), which optimizers' fused passes need.
    const at::Tensor dense =
        gradient.is_non_overlapping_and_dense() ? gradient : gradient.contiguous();
    places.push_back(buffer.as_strided(dense.sizes(), dense.strides(), begin));
    from.push_back(dense);
    begin += gradient.numel();
  }
  std::vector<at::Tensor> summed = places;
  places.push_back(buffer.narrow(0, begin, figures.numel()).view_as(figures));
  from.push_back(figures);
  at::_foreach_copy_(places, from);
  ranks.add(buffer);
  figures = places.back();
  return summed;
}

}  // namespace plumbline
