#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Which products routed experts have on a GPU where experts have many rows: the device's own
/// (grouped_product_fed.cuh and grouped_product_turned.cuh, compute capability 9.0), or those that
/// every device from 8.0 on has, to which a device without its own falls back.
enum class ProductTiles { of_device, of_every_device };

/// routed_experts.h on a CUDA device, where `of_device` is what it does. The other is for tests,
/// which so cover both on one device.
at::Tensor routed_experts_on_cuda(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                                  const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                                  int64_t top_k, bool gelu, ProductTiles tiles);

}  // namespace plumbline::kernels
