#include "kernels/relative_attention.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "kernels/attention_pass.h"

namespace plumbline::kernels {

namespace {

using Attention = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                             const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t);
using AttentionPass = std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, const at::Tensor&,
                                                         const at::Tensor&, const at::Tensor&,
                                                         const at::Tensor&, const at::Tensor&,
                                                         int64_t);
using PassBackward = AttentionGradients(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                        const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                        const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                        int64_t);

template <class Signature>
auto find_attention_op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

void check_attention_shape(const char* name, const at::Tensor& tensor, at::IntArrayRef expected,
                           const at::Tensor& query) {
  TORCH_CHECK(tensor.sizes() == expected, "relative_attention: ", name, " is ", tensor.sizes(),
              ", expected ", expected);
  TORCH_CHECK(tensor.scalar_type() == query.scalar_type(), "relative_attention: ", name, " is ",
              tensor.scalar_type(), ", query ", query.scalar_type());
  TORCH_CHECK(tensor.device() == query.device(), "relative_attention: ", name, " is on ",
              tensor.device(), ", query on ", query.device());
}

at::Tensor attention_kernel(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const at::Tensor& positions, const at::Tensor& content_bias,
                            const at::Tensor& position_bias, int64_t window) {
  return std::get<0>(
      attention_pass({query, key, value, positions, content_bias, position_bias, window}));
}

}  // namespace

at::Tensor relative_attention(const at::Tensor& query, const at::Tensor& key,
                              const at::Tensor& value, const at::Tensor& positions,
                              const at::Tensor& content_bias, const at::Tensor& position_bias,
                              int64_t window) {
  static const auto op = find_attention_op<Attention>("plumbline::relative_attention");
  return op.call(query, key, value, positions, content_bias, position_bias, window);
}

at::Tensor relative_attention_step(const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, const at::Tensor& ring_keys,
                                   const at::Tensor& ring_values, const at::Tensor& seen,
                                   const at::Tensor& positions, const at::Tensor& content_bias,
                                   const at::Tensor& position_bias, int64_t window) {
  static const auto op =
      find_attention_op<decltype(relative_attention_step)>("plumbline::relative_attention_step");
  return op.call(query, key, value, ring_keys, ring_values, seen, positions, content_bias,
                 position_bias, window);
}

std::tuple<at::Tensor, at::Tensor> attention_pass(const AttentionInputs& inputs) {
  static const auto op = find_attention_op<AttentionPass>("plumbline::attention_pass");
  return op.call(inputs.query, inputs.key, inputs.value, inputs.positions, inputs.content_bias,
                 inputs.position_bias, inputs.window);
}

AttentionGradients attention_pass_backward(const at::Tensor& grad, const AttentionInputs& inputs,
                                           const at::Tensor& output, const at::Tensor& logsumexp) {
  static const auto op = find_attention_op<PassBackward>("plumbline::attention_pass_backward");
  return op.call(grad, inputs.query, inputs.key, inputs.value, inputs.positions,
                 inputs.content_bias, inputs.position_bias, output, logsumexp, inputs.window);
}

void check_attention(const AttentionInputs& inputs, int64_t remembered) {
  const at::Tensor& query = inputs.query;
  TORCH_CHECK(query.dim() == 4, "relative_attention: query has ", query.dim(),
              " dimensions, expected batch × length × heads × d");
  TORCH_CHECK(query.is_floating_point(), "relative_attention: query is ", query.scalar_type(),
              ", expected float32, float64, bfloat16 or float16");
  TORCH_CHECK(inputs.key.dim() == 4, "relative_attention: key has ", inputs.key.dim(),
              " dimensions, expected batch × keys × heads × d");
  const int64_t batch = inputs.batch(), heads = inputs.heads(), d = inputs.d(),
                keys = inputs.keys();
  TORCH_CHECK(d > 0, "relative_attention: d is 0");
  TORCH_CHECK(remembered + keys >= inputs.length(), "relative_attention: ", keys,
              " keys are fewer than ", inputs.length(), " queries");
  TORCH_CHECK(remembered + keys < int64_t{1} << 24, "relative_attention: ", remembered + keys,
              " keys are too many");
  TORCH_CHECK(inputs.window >= 0, "relative_attention: window is ", inputs.window);
  check_attention_shape("key", inputs.key, {batch, keys, heads, d}, query);
  check_attention_shape("value", inputs.value, {batch, keys, heads, d}, query);
  check_attention_shape("positions", inputs.positions, {remembered + keys, heads, d}, query);
  check_attention_shape("content_bias", inputs.content_bias, {heads, d}, query);
  check_attention_shape("position_bias", inputs.position_bias, {heads, d}, query);
}

int64_t check_rings(const AttentionInputs& inputs, const at::Tensor& ring_keys,
                    const at::Tensor& ring_values, const at::Tensor& seen) {
  TORCH_CHECK(inputs.query.dim() == 4 && inputs.positions.dim() == 3,
              "relative_attention_step: query is ", inputs.query.sizes(), ", positions ",
              inputs.positions.sizes());
  const int64_t remembered = inputs.positions.size(0) - inputs.length();
  TORCH_CHECK(remembered >= 0, "relative_attention_step: ", inputs.positions.size(0),
              " positions are fewer than ", inputs.length(), " queries");
  check_attention(inputs, remembered);
  TORCH_CHECK(inputs.keys() == inputs.length(), "relative_attention_step: ", inputs.keys(),
              " new keys for ", inputs.length(), " queries");
  if (remembered == 0) return 0;
  for (const auto* ring : {&ring_keys, &ring_values}) {
    check_attention_shape(
        "a ring", *ring, {inputs.batch(), inputs.heads(), remembered + inputs.length(), inputs.d()},
        inputs.query);
    TORCH_CHECK(ring->is_contiguous(), "relative_attention_step: a ring is not contiguous");
  }
  TORCH_CHECK(seen.numel() == 1 && seen.scalar_type() == at::kLong &&
                  seen.device() == inputs.query.device(),
              "relative_attention_step: seen is not one int64 on query's device");
  return remembered;
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "relative_attention(Tensor query, Tensor key, Tensor value, Tensor positions, Tensor "
      "content_bias, Tensor position_bias, int window) -> Tensor");
  library.def(
      "relative_attention_step(Tensor query, Tensor key, Tensor value, Tensor(a!) ring_keys, "
      "Tensor(b!) ring_values, Tensor seen, Tensor positions, Tensor content_bias, Tensor "
      "position_bias, int window) -> Tensor");
  // What they are made of.
  library.def(
      "attention_pass(Tensor query, Tensor key, Tensor value, Tensor positions, Tensor "
      "content_bias, Tensor position_bias, int window) -> (Tensor output, Tensor logsumexp)");
  library.def(
      "attention_pass_backward(Tensor grad, Tensor query, Tensor key, Tensor value, Tensor "
      "positions, Tensor content_bias, Tensor position_bias, Tensor output, Tensor logsumexp, int "
      "window) -> (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) {
  library.impl("relative_attention", attention_kernel);
}

#ifdef PLUMBLINE_CUDA
TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("relative_attention", attention_kernel);
}
#endif

}  // namespace plumbline::kernels
