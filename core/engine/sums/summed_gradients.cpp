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
  // The figures apart: of one type each, lists are copied in one pass.
  if (!places.empty()) at::_foreach_copy_(places, from);
  const at::Tensor place_of_figures = buffer.narrow(0, begin, figures.numel()).view_as(figures);
  place_of_figures.copy_(figures);
  ranks.add(buffer);
  figures = place_of_figures;
  return places;
}

}  // namespace plumbline
