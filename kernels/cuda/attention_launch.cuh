#pragma once
#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/clone.h>

#include "kernels/attention_pass.h"
#include "kernels/cuda/attention_tiles.cuh"

/// What launches of attention's passes share.
namespace plumbline::kernels {

inline bool fits_tensor_cores(const AttentionInputs& inputs) {
  const auto type = inputs.query.scalar_type();
  return (type == at::kBFloat16 || type == at::kHalf) && inputs.d() % 8 == 0 && inputs.d() <= 128 &&
         inputs.batch() < 65536 && inputs.heads() < 65536 &&
         at::cuda::getCurrentDeviceProperties()->major >= 8;
}

/// As it is where rows can be read 16 bytes at a time, else a copy.
inline at::Tensor aligned(const at::Tensor& tensor) {
  bool ready =
      tensor.stride(-1) == 1 && reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
  for (int64_t i = 0; i + 1 < tensor.dim(); ++i) ready &= tensor.stride(i) % 8 == 0;
  return ready ? tensor : tensor.clone(at::MemoryFormat::Contiguous);
}

inline AttentionStrides strides_of(const at::Tensor& tensor) {
  return {tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

template <class Element>
const Element* data_of(const at::Tensor& tensor) {
  return static_cast<const Element*>(tensor.const_data_ptr());
}
template <class Element>
Element* own_data_of(const at::Tensor& tensor) {
  return static_cast<Element*>(tensor.mutable_data_ptr());
}

inline int tiles_of(int64_t rows) {
  return static_cast<int>((rows + attention_tile - 1) / attention_tile);
}

}  // namespace plumbline::kernels
