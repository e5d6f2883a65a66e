#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_attention.h"
#include "kernels/cuda/attention_forward.cuh"
#include "kernels/cuda/attention_launch.cuh"

namespace plumbline::kernels {

namespace {

constexpr int most_splits = 8;  // a cluster that every device of 9.0 can hold

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
  const int tiles = tiles_of(arguments.length);
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
  const at::Tensor query = aligned(inputs.query), key = aligned(inputs.key),
                   value = aligned(inputs.value), positions = aligned(inputs.positions),
                   content_bias = aligned(inputs.content_bias.contiguous()),
                   position_bias = aligned(inputs.position_bias.contiguous());
  AttentionForward<Element> arguments{};
  arguments.query = data_of<Element>(query);
  arguments.key = data_of<Element>(key);
  arguments.value = data_of<Element>(value);
  arguments.query_strides = strides_of(query);
  arguments.key_strides = strides_of(key);
  arguments.value_strides = strides_of(value);
  if (remembered > 0) {
    arguments.ring_keys = own_data_of<Element>(ring_keys);
    arguments.ring_values = own_data_of<Element>(ring_values);
    arguments.seen = seen.const_data_ptr<int64_t>();
  }
  arguments.positions = data_of<Element>(positions);
  arguments.position_row = positions.stride(0);
  arguments.position_head = positions.stride(1);
  arguments.content_bias = data_of<Element>(content_bias);
  arguments.position_bias = data_of<Element>(position_bias);
  arguments.output = own_data_of<Element>(output);
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
  const int64_t seen_keys =
      arguments.window > 0 ? std::min(all, arguments.window + int64_t{attention_tile}) : all;
  arguments.splits =
      splits_for(inputs.batch() * inputs.heads() * tiles_of(inputs.length()), tiles_of(seen_keys));
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

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("relative_attention_step", step_kernel);
  library.impl("attention_pass", pass_kernel);
}

}  // namespace plumbline::kernels
