#pragma once
#include <ATen/ATen.h>

namespace plumbline::test {

/// The convolution of 3 × 3, stride 1 and padding 1 as it is defined, tap by tap in float64.
inline at::Tensor tap_by_tap(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor padded = at::constant_pad_nd(x.to(at::kDouble), {1, 1, 1, 1});
  at::Tensor y = at::zeros({x.size(0), weight.size(0), x.size(2), x.size(3)}, at::kDouble);
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 3; ++j)
      y += at::einsum("nchw,kc->nkhw", {padded.narrow(2, i, x.size(2)).narrow(3, j, x.size(3)),
                                        weight.to(at::kDouble).select(3, j).select(2, i)});
  return y;
}

}  // namespace plumbline::test
