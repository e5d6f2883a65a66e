#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_attention.h"
#include "kernels/cuda/attention_backward.cuh"
#include "kernels/cuda/attention_launch.cuh"

namespace plumbline::kernels {

namespace {

/// Of the scores' gradients, which are there for some entries of the batch at a time.
constexpr int64_t most_scratch = int64_t{1} << 29;

template <class Element, int D>
void launch_backward(const AttentionBackward<Element>& arguments, int64_t heads, int64_t batch) {
  constexpr int bytes = attention_backward_bytes<D>;
  C10_CUDA_CHECK(cudaFuncSetAttribute(attend_backward<Element, D>,
                                      cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
  const dim3 grid(static_cast<unsigned>(tiles_of(arguments.keys)), static_cast<unsigned>(heads),
                  static_cast<unsigned>(batch));
  attend_backward<Element, D>
      <<<grid, attention_warps * 32, bytes, at::cuda::getCurrentCUDAStream()>>>(arguments);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

/// Gradients of some entries of the batch.
struct Part {
  at::Tensor of_content;   ///< [batch, heads, length, d], without what comes by position
  at::Tensor of_position;  ///< [heads, batch, length, d]
  at::Tensor of_key, of_value;
  at::Tensor of_distances;  ///< [heads, keys, d]
};

template <class Element>
Part backward_of(const at::Tensor& given, const AttentionInputs& inputs, const at::Tensor& output,
                 const at::Tensor& logsumexp) {
  const int64_t batch = inputs.batch(), length = inputs.length(), heads = inputs.heads(),
                d = inputs.d(), keys = inputs.keys();
  const auto options = inputs.query.options();
  const at::Tensor query = aligned(inputs.query), key = aligned(inputs.key),
                   value = aligned(inputs.value), positions = aligned(inputs.positions),
                   content_bias = aligned(inputs.content_bias.contiguous()),
                   position_bias = aligned(inputs.position_bias.contiguous()),
                   grad = aligned(given);
  const at::Tensor content = at::empty({batch, heads, length, d}, options),
                   position = at::empty({heads, batch, length, d}, options),
                   mean = at::empty({batch, heads, length}, options.dtype(at::kFloat));
  AttentionPreparation<Element> preparation{};
  preparation.query = data_of<Element>(query);
  preparation.grad = data_of<Element>(grad);
  preparation.output = data_of<Element>(output);
  preparation.query_strides = strides_of(query);
  preparation.grad_strides = strides_of(grad);
  preparation.content_bias = data_of<Element>(content_bias);
  preparation.position_bias = data_of<Element>(position_bias);
  preparation.content = own_data_of<Element>(content);
  preparation.position = own_data_of<Element>(position);
  preparation.mean = mean.mutable_data_ptr<float>();
  preparation.batch = static_cast<int>(batch);
  preparation.length = static_cast<int>(length);
  preparation.heads = static_cast<int>(heads);
  preparation.d = static_cast<int>(d);
  const int64_t threads = batch * length * heads * lanes_of_row;
  prepare_backward<Element>
      <<<static_cast<unsigned>((threads + preparing_threads - 1) / preparing_threads),
         preparing_threads, 0, at::cuda::getCurrentCUDAStream()>>>(preparation);
  C10_CUDA_KERNEL_LAUNCH_CHECK();

  const int64_t pitch = (keys + 7) / 8 * 8;
  const at::Tensor by_key = at::empty({batch, heads, length, pitch}, options),
                   by_distance = at::empty({heads, batch, length, pitch}, options);
  Part part;
  part.of_key = at::empty({batch, keys, heads, d}, options);
  part.of_value = at::empty_like(part.of_key);
  AttentionBackward<Element> arguments{};
  arguments.key = data_of<Element>(key);
  arguments.value = data_of<Element>(value);
  arguments.grad = data_of<Element>(grad);
  arguments.key_strides = strides_of(key);
  arguments.value_strides = strides_of(value);
  arguments.grad_strides = strides_of(grad);
  arguments.content = data_of<Element>(content);
  arguments.position = data_of<Element>(position);
  arguments.positions = data_of<Element>(positions);
  arguments.position_row = positions.stride(0);
  arguments.position_head = positions.stride(1);
  arguments.logsumexp = logsumexp.const_data_ptr<float>();
  arguments.mean = mean.const_data_ptr<float>();
  arguments.by_key = own_data_of<Element>(by_key);
  arguments.by_distance = own_data_of<Element>(by_distance);
  arguments.of_key = own_data_of<Element>(part.of_key);
  arguments.of_value = own_data_of<Element>(part.of_value);
  arguments.length = static_cast<int>(length);
  arguments.keys = static_cast<int>(keys);
  arguments.d = static_cast<int>(d);
  arguments.window = static_cast<int>(inputs.window < keys ? inputs.window : 0);
  arguments.pitch = static_cast<int>(pitch);
  arguments.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(d)));
  if (d <= 32)
    launch_backward<Element, 32>(arguments, heads, batch);
  else if (d <= 64)
    launch_backward<Element, 64>(arguments, heads, batch);
  else
    launch_backward<Element, 128>(arguments, heads, batch);

  part.of_content = at::matmul(by_key.narrow(3, 0, keys), key.transpose(1, 2));
  const at::Tensor scores = by_distance.view({heads, batch * length, pitch}).narrow(2, 0, keys);
  part.of_position = at::bmm(scores, positions.transpose(0, 1)).view({heads, batch, length, d});
  part.of_distances = at::bmm(scores.transpose(1, 2), position.view({heads, batch * length, d}));
  return part;
}

AttentionGradients backward_on_tensor_cores(const at::Tensor& grad, const AttentionInputs& inputs,
                                            const at::Tensor& output, const at::Tensor& logsumexp) {
  const int64_t batch = inputs.batch();
  const int64_t of_entry =
      2 * inputs.heads() * inputs.length() * inputs.keys() * grad.element_size();
  const int64_t at_once = std::clamp<int64_t>(most_scratch / of_entry, 1, batch);
  std::vector<at::Tensor> of_query, of_key, of_value;
  at::Tensor of_distances, of_content_bias, of_position_bias;
  const auto add = [](at::Tensor& sum, const at::Tensor& part) {
    const at::Tensor exact = part.to(at::kFloat);
    sum = sum.defined() ? sum + exact : exact;
  };
  for (int64_t first = 0; first < batch; first += at_once) {
    const int64_t count = std::min(at_once, batch - first);
    const auto own = [&](const at::Tensor& tensor) { return tensor.narrow(0, first, count); };
    const AttentionInputs some{own(inputs.query), own(inputs.key),     own(inputs.value),
                               inputs.positions,  inputs.content_bias, inputs.position_bias,
                               inputs.window};
    const auto type = inputs.query.scalar_type();
    const Part part = type == at::kBFloat16
                          ? backward_of<__nv_bfloat16>(own(grad), some, own(output), own(logsumexp))
                          : backward_of<__half>(own(grad), some, own(output), own(logsumexp));
    of_query.push_back(at::add(part.of_content, part.of_position.transpose(0, 1)).transpose(1, 2));
    of_key.push_back(part.of_key);
    of_value.push_back(part.of_value);
    add(of_distances, part.of_distances);
    add(of_content_bias, part.of_content.sum(at::IntArrayRef{0, 2}, false, at::kFloat));
    add(of_position_bias, part.of_position.sum(at::IntArrayRef{1, 2}, false, at::kFloat));
  }
  const auto all = [](const std::vector<at::Tensor>& parts) {
    return parts.size() == 1 ? parts.front() : at::cat(parts);
  };
  const auto rounded = [&](const at::Tensor& sum) { return sum.to(inputs.query.scalar_type()); };
  return {all(of_query),
          all(of_key),
          all(of_value),
          rounded(of_distances).transpose(0, 1),
          rounded(of_content_bias),
          rounded(of_position_bias)};
}

AttentionGradients attention_backward_cuda(
    const at::Tensor& grad, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
    const at::Tensor& positions, const at::Tensor& content_bias, const at::Tensor& position_bias,
    const at::Tensor& output, const at::Tensor& logsumexp, int64_t window) {
  const AttentionInputs inputs{query, key, value, positions, content_bias, position_bias, window};
  const c10::cuda::CUDAGuard guard(query.device());
  if (!fits_tensor_cores(inputs) || query.numel() == 0)
    return attention_pass_backward_by_aten(grad, inputs, output, logsumexp);
  return backward_on_tensor_cores(grad, inputs, output, logsumexp);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("attention_pass_backward", attention_backward_cuda);
}

}  // namespace plumbline::kernels
