#include <algorithm>
#include <cmath>

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_attention.h"
#include "kernels/cuda/attention_forward.cuh"

namespace plumbline::kernels {

namespace {

constexpr int most_splits = 8;  // a cluster that every device of 9.0 can hold

bool fits_tensor_cores(const AttentionInputs& inputs) {
  const auto type = inputs.query.scalar_type();
  return (type == at::kBFloat16 || type == at::kHalf) && inputs.d() % 8 == 0 && inputs.d() <= 128 &&
         inputs.batch() < 65536 && inputs.heads() < 65536 &&
         at::cuda::getCurrentDeviceProperties()->major >= 8;
}

/// As it is where rows can be read 16 bytes at a time, else a copy.
at::Tensor aligned(const at::Tensor& tensor) {
  bool ready = tensor.stride(-1) == 1 &&
               reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
  for (int64_t i = 0; i + 1 < tensor.dim(); ++i) ready &= tensor.stride(i) % 8 == 0;
  return ready ? tensor : tensor.clone(at::MemoryFormat::Contiguous);
}

/// Blocks that share the keys of the same queries: enough of them for every processor, where that
/// leaves each a tile of keys.
int splits_for(int64_t blocks, int64_t tiles) {
  const auto* device = at::cuda::getCurrentDeviceProperties();
  int splits = 1;
  if (device->major < 9) return splits;
  while (splits < most_splits && blocks * splits < device->multiProcessorCount &&
         2 * splits <= tiles)
    splits *= 2;
  return splits;
}

template <class Element, int D>
void launch(const AttentionForward<Element>& arguments, int64_t batch, int64_t heads) {
  constexpr int bytes = attention_forward_bytes<D>;
  C10_CUDA_CHECK(cudaFuncSetAttribute(attend_forward<Element, D>,
                                      cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
  const int tiles = (arguments.length + attention_tile - 1) / attention_tile;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(tiles * arguments.splits),
                        static_cast<unsigned>(heads), static_cast<unsigned>(batch));
  config.blockDim = dim3(attention_warps * 32);
  config.dynamicSmemBytes = bytes;
  config.stream = at::cuda::getCurrentCUDAStream();
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = static_cast<unsigned>(arguments.splits);
  cluster.val.clusterDim.y = 1;
  cluster.val.clusterDim.z = 1;
  config.attrs = &cluster;
  config.numAttrs = arguments.splits > 1 ? 1 : 0;
  C10_CUDA_CHECK(cudaLaunchKernelEx(&config, attend_forward<Element, D>, arguments));
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

template <class Element>
void attend(const AttentionInputs& inputs, const at::Tensor& ring_keys,
            const at::Tensor& ring_values, const at::Tensor& seen, int64_t remembered,
            const at::Tensor& output, const at::Tensor& logsumexp) {
  const auto data = [](const at::Tensor& tensor) {
    return static_cast<const Element*>(tensor.const_data_ptr());
  };
  const auto strides = [](const at::Tensor& tensor) {
    return AttentionStrides{tensor.stride(0), tensor.stride(1), tensor.stride(2)};
  };
  const at::Tensor query = aligned(inputs.query), key = aligned(inputs.key),
                   value = aligned(inputs.value), positions = aligned(inputs.positions),
                   content_bias = aligned(inputs.content_bias.contiguous()),
                   position_bias = aligned(inputs.position_bias.contiguous());
  AttentionForward<Element> arguments{};
  arguments.query = data(query);
  arguments.key = data(key);
  arguments.value = data(value);
  arguments.query_strides = strides(query);
  arguments.key_strides = strides(key);
  arguments.value_strides = strides(value);
  if (remembered > 0) {
    arguments.ring_keys = static_cast<Element*>(ring_keys.mutable_data_ptr());
    arguments.ring_values = static_cast<Element*>(ring_values.mutable_data_ptr());
    arguments.seen = seen.const_data_ptr<int64_t>();
  }
  arguments.positions = data(positions);
  arguments.position_row = positions.stride(0);
  arguments.position_head = positions.stride(1);
  arguments.content_bias = data(content_bias);
  arguments.position_bias = data(position_bias);
  arguments.output = static_cast<Element*>(output.mutable_data_ptr());
  arguments.logsumexp = logsumexp.defined() ? logsumexp.mutable_data_ptr<float>() : nullptr;
  arguments.length = static_cast<int>(inputs.length());
  arguments.remembered = static_cast<int>(remembered);
  arguments.fresh = static_cast<int>(inputs.keys());
  arguments.d = static_cast<int>(inputs.d());
  const int64_t all = remembered + inputs.keys();
  arguments.window = static_cast<int>(inputs.window < all ? inputs.window : 0);
  // Powers of two are what the processor has.
  arguments.scale =
      static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(inputs.d())));
  const int64_t seen_keys = arguments.window > 0
                                ? std::min(all, arguments.window + int64_t{attention_tile})
                                : all;
  arguments.splits = splits_for(
      inputs.batch() * inputs.heads() * ((inputs.length() + attention_tile - 1) / attention_tile),
      (seen_keys + attention_tile - 1) / attention_tile);
  if (inputs.d() <= 32)
    launch<Element, 32>(arguments, inputs.batch(), inputs.heads());
  else if (inputs.d() <= 64)
    launch<Element, 64>(arguments, inputs.batch(), inputs.heads());
  else
    launch<Element, 128>(arguments, inputs.batch(), inputs.heads());
}

void attend_on_tensor_cores(const AttentionInputs& inputs, const at::Tensor& ring_keys,
                            const at::Tensor& ring_values, const at::Tensor& seen,
                            int64_t remembered, const at::Tensor& output,
                            const at::Tensor& logsumexp) {
  if (inputs.query.scalar_type() == at::kBFloat16)
    attend<__nv_bfloat16>(inputs, ring_keys, ring_values, seen, remembered, output, logsumexp);
  else
    attend<__half>(inputs, ring_keys, ring_values, seen, remembered, output, logsumexp);
}

at::Tensor step_kernel(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const at::Tensor& ring_keys, const at::Tensor& ring_values,
                       const at::Tensor& seen, const at::Tensor& positions,
                       const at::Tensor& content_bias, const at::Tensor& position_bias,
                       int64_t window) {
  const AttentionInputs inputs{query, key, value, positions, content_bias, position_bias, window};
  const int64_t remembered = check_rings(inputs, ring_keys, ring_values, seen);
  const c10::cuda::CUDAGuard guard(query.device());
  if (!fits_tensor_cores(inputs))
    return attention_step_by_aten(inputs, ring_keys, ring_values, seen);
  const at::Tensor output = at::empty(query.sizes(), query.options());
  if (output.numel() > 0)
    attend_on_tensor_cores(inputs, ring_keys, ring_values, seen, remembered, output, {});
  return output;
}

std::tuple<at::Tensor, at::Tensor> pass_kernel(const at::Tensor& query, const at::Tensor& key,
                                               const at::Tensor& value, const at::Tensor& positions,
                                               const at::Tensor& content_bias,
                                               const at::Tensor& position_bias, int64_t window) {
  const AttentionInputs inputs{query, key, value, positions, content_bias, position_bias, window};
  check_attention(inputs, 0);
  const c10::cuda::CUDAGuard guard(query.device());
  if (!fits_tensor_cores(inputs)) return attention_pass_by_aten(inputs);
  const at::Tensor output = at::empty(query.sizes(), query.options());
  const at::Tensor logsumexp = at::empty({inputs.batch(), inputs.heads(), inputs.length()},
                                         query.options().dtype(at::kFloat));
  if (output.numel() > 0) attend_on_tensor_cores(inputs, {}, {}, {}, 0, output, logsumexp);
  return {output, logsumexp};
}

AttentionGradients pass_backward_kernel(const at::Tensor& grad, const at::Tensor& query,
                                        const at::Tensor& key, const at::Tensor& value,
                                        const at::Tensor& positions, const at::Tensor& content_bias,
                                        const at::Tensor& position_bias, const at::Tensor& output,
                                        const at::Tensor& logsumexp, int64_t window) {
  return attention_pass_backward_by_aten(
      grad, {query, key, value, positions, content_bias, position_bias, window}, output, logsumexp);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("relative_attention_step", step_kernel);
  library.impl("attention_pass", pass_kernel);
  library.impl("attention_pass_backward", pass_backward_kernel);
}

}  // namespace plumbline::kernels
