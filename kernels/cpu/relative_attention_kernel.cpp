#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/library.h>

#include "kernels/aten/aten_attention.h"

namespace plumbline::kernels {

namespace {

/// Scores that came in the order of slots get their part by distance, or −∞. `begin`: the slot of
/// the first key; `seen`: keys first … end − 1 may be looked at.
template <class T>
void add_by_distance(T* scores, const T* by_distance, int64_t begin, int64_t keys, int64_t first,
                     int64_t end, T scale) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  // Two runs: up to the end of the ring and from its start.
  const auto run = [&](int64_t from, int64_t to, int64_t slot_of_zero) {
    T* own = scores + slot_of_zero;
    const int64_t seen_from = std::clamp(first, from, to), seen_to = std::clamp(end, seen_from, to);
    std::fill(own + from, own + seen_from, nothing);
    for (int64_t key = seen_from; key < seen_to; ++key)
      own[key] = (own[key] + by_distance[key]) * scale;
    std::fill(own + seen_to, own + to, nothing);
  };
  const int64_t turn = keys - begin;
  run(0, turn, begin);
  run(turn, keys, begin - keys);
}

/// One head of one batch entry at a time, which stays in a core's cache: queries × keys of one.
template <class T>
void attend_by_ring(const AttentionInputs& inputs, const at::Tensor& keys, const at::Tensor& values,
                    int64_t start, int64_t remembered, const at::Tensor& output) {
  const int64_t batch = inputs.batch(), length = inputs.length(), heads = inputs.heads(),
                d = inputs.d(), all = remembered + length;
  const T scale = static_cast<T>(1 / std::sqrt(static_cast<double>(d)));
  const at::Tensor content = inputs.query + inputs.content_bias;
  const at::Tensor position = inputs.query + inputs.position_bias;
  at::parallel_for(0, batch * heads, 1, [&](int64_t task, int64_t stop) {
    const c10::InferenceMode inference;
    at::Tensor scores = at::empty({length, all}, output.options());
    at::Tensor by_distance = at::empty_like(scores);
    for (; task < stop; ++task) {
      const int64_t entry = task / heads, head = task % heads;
      const at::Tensor own_keys = keys.select(0, entry).select(0, head);
      const at::Tensor own_values = values.select(0, entry).select(0, head);
      if (remembered > 0) {
        const auto put = [&](const at::Tensor& ring, const at::Tensor& fresh) {
          const at::Tensor rows = fresh.select(0, entry).select(1, head);
          const int64_t first = (start + remembered) % all,
                        before_end = std::min(length, all - first);
          ring.narrow(0, first, before_end).copy_(rows.narrow(0, 0, before_end));
          ring.narrow(0, 0, length - before_end)
              .copy_(rows.narrow(0, before_end, length - before_end));
        };
        put(own_keys, inputs.key);
        put(own_values, inputs.value);
      }
      at::mm_out(scores, content.select(0, entry).select(1, head), own_keys.t());
      at::mm_out(by_distance, position.select(0, entry).select(1, head),
                 inputs.positions.select(1, head).t());
      for (int64_t i = 0; i < length; ++i) {
        const int64_t place = remembered + i;
        const int64_t first = inputs.window > 0 ? place - inputs.window + 1 : 0;
        add_by_distance(scores.mutable_data_ptr<T>() + i * all,
                        by_distance.const_data_ptr<T>() + i * all + length - 1 - i, start, all,
                        std::max<int64_t>(first, 0), place + 1, scale);
      }
      at::_softmax_out(scores, scores, 1, false);
      at::Tensor rows = output.select(0, entry).select(1, head);
      rows.copy_(at::mm(scores, own_values));
    }
  });
}

at::Tensor step_kernel(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const at::Tensor& ring_keys, const at::Tensor& ring_values,
                       const at::Tensor& seen, const at::Tensor& positions,
                       const at::Tensor& content_bias, const at::Tensor& position_bias,
                       int64_t window) {
  const AttentionInputs inputs{query, key, value, positions, content_bias, position_bias, window};
  if (query.scalar_type() != at::kFloat && query.scalar_type() != at::kDouble)
    return attention_step_by_aten(inputs, ring_keys, ring_values, seen);
  const int64_t remembered = check_rings(inputs, ring_keys, ring_values, seen);
  at::Tensor output = at::empty(query.sizes(), query.options());
  if (output.numel() == 0) return output;
  const int64_t all = remembered + inputs.length();
  const int64_t start = remembered > 0 ? seen.const_data_ptr<int64_t>()[0] % all : 0;
  const at::Tensor keys = remembered > 0 ? ring_keys : key.transpose(1, 2),
                   values = remembered > 0 ? ring_values : value.transpose(1, 2);
  if (query.scalar_type() == at::kFloat)
    attend_by_ring<float>(inputs, keys, values, start, remembered, output);
  else
    attend_by_ring<double>(inputs, keys, values, start, remembered, output);
  return output;
}

std::tuple<at::Tensor, at::Tensor> pass_kernel(const at::Tensor& query, const at::Tensor& key,
                                               const at::Tensor& value, const at::Tensor& positions,
                                               const at::Tensor& content_bias,
                                               const at::Tensor& position_bias, int64_t window) {
  return attention_pass_by_aten(
      {query, key, value, positions, content_bias, position_bias, window});
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

TORCH_LIBRARY_IMPL(plumbline, CPU, library) {
  library.impl("relative_attention_step", step_kernel);
  library.impl("attention_pass", pass_kernel);
  library.impl("attention_pass_backward", pass_backward_kernel);
}

}  // namespace plumbline::kernels
