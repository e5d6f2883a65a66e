#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/library.h>

#include "kernels/aten/aten_attention.h"
#include "kernels/vectorised.h"

namespace plumbline::kernels {

namespace {

template <class T>
PLUMBLINE_VECTORISED void add_and_scale(T* __restrict__ scores, const T* __restrict__ others,
                                        int64_t n, T scale) {
  for (int64_t i = 0; i < n; ++i) scores[i] = (scores[i] + others[i]) * scale;
}

/// Scores that came in the order of slots get their part by distance, or −∞. `begin`: the slot of
/// the first key; keys first … end − 1 may be looked at.
template <class T>
void add_by_distance(T* scores, const T* by_distance, int64_t begin, int64_t keys, int64_t first,
                     int64_t end, T scale) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  // Two runs: up to the end of the ring and from its start.
  const auto run = [&](int64_t from, int64_t to, int64_t slot_of_zero) {
    T* own = scores + slot_of_zero;
    const int64_t seen_from = std::clamp(first, from, to), seen_to = std::clamp(end, seen_from, to);
    std::fill(own + from, own + seen_from, nothing);
    add_and_scale(own + seen_from, by_distance + seen_from, seen_to - seen_from, scale);
    std::fill(own + seen_to, own + to, nothing);
  };
  const int64_t turn = keys - begin;
  run(0, turn, begin);
  run(turn, keys, begin - keys);
}

/// Queries at a time: scores of so many stay in a core's cache.
constexpr int64_t queries_at_once = 32;

/// One head of one batch entry at a time, which stays in a core's cache: queries × keys of one.
template <class T>
void attend_by_ring(const AttentionInputs& inputs, const at::Tensor& keys, const at::Tensor& values,
                    int64_t start, int64_t remembered, const at::Tensor& output) {
  const int64_t batch = inputs.batch(), length = inputs.length(), heads = inputs.heads(),
                d = inputs.d(), all = remembered + length;
  const T scale = static_cast<T>(1 / std::sqrt(static_cast<double>(d)));
  // Halves are read as float32, a head at a time.
  constexpr auto type = c10::CppTypeToScalarType<T>::value;
  const at::Tensor query = inputs.query.to(type), positions = inputs.positions.to(type);
  const at::Tensor content = query + inputs.content_bias.to(type);
  const at::Tensor position = query + inputs.position_bias.to(type);
  at::parallel_for(0, batch * heads, 1, [&](int64_t task, int64_t stop) {
    const c10::InferenceMode inference;
    at::Tensor buffer = at::empty({2, std::min(queries_at_once, length), all}, query.options());
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
      const at::Tensor turned_keys = own_keys.to(type).t(), read_values = own_values.to(type),
                       turned_positions = positions.select(1, head).t();
      for (int64_t begin = 0; begin < length; begin += queries_at_once) {
        const int64_t count = std::min(queries_at_once, length - begin);
        const auto rows = [&](const at::Tensor& tensor) {
          return tensor.select(0, entry).select(1, head).narrow(0, begin, count);
        };
        at::Tensor scores = buffer.select(0, 0).narrow(0, 0, count),
                   by_distance = buffer.select(0, 1).narrow(0, 0, count);
        at::mm_out(scores, rows(content), turned_keys);
        at::mm_out(by_distance, rows(position), turned_positions);
        for (int64_t i = 0; i < count; ++i) {
          const int64_t place = remembered + begin + i;
          const int64_t first = inputs.window > 0 ? place - inputs.window + 1 : 0;
          // Row c of the distances is key c − (length − 1 − query).
          add_by_distance(scores.mutable_data_ptr<T>() + i * all,
                          by_distance.const_data_ptr<T>() + i * all + length - 1 - begin - i, start,
                          all, std::max<int64_t>(first, 0), place + 1, scale);
        }
        at::_softmax_out(scores, scores, 1, false);
        rows(output).copy_(at::mm(scores, read_values));
      }
    }
  });
}

at::Tensor step_kernel(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const at::Tensor& ring_keys, const at::Tensor& ring_values,
                       const at::Tensor& seen, const at::Tensor& positions,
                       const at::Tensor& content_bias, const at::Tensor& position_bias,
                       int64_t window) {
  const AttentionInputs inputs{query, key, value, positions, content_bias, position_bias, window};
  const int64_t remembered = check_rings(inputs, ring_keys, ring_values, seen);
  at::Tensor output = at::empty(query.sizes(), query.options());
  if (output.numel() == 0) return output;
  const int64_t all = remembered + inputs.length();
  const int64_t start = remembered > 0 ? seen.const_data_ptr<int64_t>()[0] % all : 0;
  const at::Tensor keys = remembered > 0 ? ring_keys : key.transpose(1, 2),
                   values = remembered > 0 ? ring_values : value.transpose(1, 2);
  if (query.scalar_type() == at::kDouble)
    attend_by_ring<double>(inputs, keys, values, start, remembered, output);
  else
    attend_by_ring<float>(inputs, keys, values, start, remembered, output);
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
