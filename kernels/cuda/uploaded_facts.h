#pragma once
#include <cstddef>
#include <vector>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Bytes of the host on the device: from memory that it copies from without anybody waiting. What
/// was asked for before is there already. Not to be written to.
at::Tensor uploaded(const void* bytes, std::size_t count, const at::Device& device);

template <class T>
at::Tensor uploaded(const std::vector<T>& values, const at::Device& device) {
  return uploaded(values.data(), values.size() * sizeof(T), device);
}

}  // namespace plumbline::kernels
