// One step of Transformer-XL's attention at inference (projections, memory, attention, output,
// norm) with the memory as a ring, beside what it is made of without our kernels, the device's
// ceiling and the bar; on a GPU in a CUDA graph, and the attention of a training step with its
// gradient. All in turns.
//   bench_attention_step [cpu|cuda]
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/planer/attention.h"
#include "core/engine/planer/segment.h"
#include "kernels/relative_attention.h"
#include "kernels/residual_norm.h"

using namespace plumbline;

namespace {

constexpr std::int64_t d_model = 512, d_head = 64;

struct Shape {
  std::int64_t batch, length, memory, heads;
};

/// Tensors of one layer and what it remembers, in each of the ways.
class Layer {
 public:
  Layer(const Shape& shape, at::Device device, at::ScalarType type) : shape_(shape) {
    const auto options = at::TensorOptions(device).dtype(type);
    const auto random = [&](at::IntArrayRef sizes) {
      return at::randn(sizes, options).div_(std::sqrt(static_cast<double>(sizes.back())));
    };
    const auto [batch, length, memory, heads] = shape;
    const std::int64_t keys = length + memory, width = heads * d_head;
    joined_ = random({3 * width, d_model});
    output_ = random({d_model, width});
    positions_ = random({keys, heads, d_head});
    content_bias_ = random({heads, d_head});
    position_bias_ = random({heads, d_head});
    weight_ = at::ones({d_model}, options);
    bias_ = at::zeros({d_model}, options);
    x_ = random({batch, length, d_model});
    ring_keys_ = random({batch, heads, keys, d_head});
    ring_values_ = random({batch, heads, keys, d_head});
    keys_ = random({batch, heads, memory, d_head});
    values_ = random({batch, heads, memory, d_head});
    seen_ = at::zeros({1}, options.dtype(at::kLong));
    mask_ = attention_mask(length, memory, false, memory).to(device, type);
    distances_ = positions_.permute({1, 2, 0}).contiguous();
  }

  /// What inference does.
  at::Tensor ours() const {
    const auto [query, key, value] = projected();
    const at::Tensor mixed =
        kernels::relative_attention_step(query, key, value, ring_keys_, ring_values_, seen_,
                                         positions_, content_bias_, position_bias_, 0);
    seen_.add_(shape_.length);
    return kernels::residual_norm(x_, at::linear(mixed.flatten(2), output_), weight_, bias_, 1e-5);
  }
  /// What it did before: keys and values joined and copied back, the relative term written out.
  at::Tensor joined() const {
    const auto [query, key, value] = projected();
    const at::Tensor keys = at::cat({keys_, key.transpose(1, 2)}, 2),
                     values = at::cat({values_, value.transpose(1, 2)}, 2);
    if (shape_.memory > 0) {
      keys_.copy_(keys.narrow(2, shape_.length, shape_.memory));
      values_.copy_(values.narrow(2, shape_.length, shape_.memory));
    }
    return finished(query + content_bias_, keys, values, bias_of(query));
  }
  /// The same pieces on a ring, at the place where it begins anew.
  at::Tensor pieces() const {
    const auto [query, key, value] = put();
    return finished(query + content_bias_, ring_keys_, ring_values_, bias_of(query));
  }
  /// The same without relative term, without mask: what no attention with one can beat by these
  /// pieces.
  at::Tensor plain() const {
    const auto [query, key, value] = put();
    return finished(query, ring_keys_, ring_values_, {});
  }

 private:
  std::array<at::Tensor, 3> projected() const {
    const at::Tensor parts = at::linear(x_, joined_).unflatten(2, {3, shape_.heads, d_head});
    return {parts.select(2, 0), parts.select(2, 1), parts.select(2, 2)};
  }
  std::array<at::Tensor, 3> put() const {
    auto parts = projected();
    ring_keys_.narrow(2, shape_.memory, shape_.length).copy_(parts[1].transpose(1, 2));
    ring_values_.narrow(2, shape_.memory, shape_.length).copy_(parts[2].transpose(1, 2));
    return parts;
  }
  at::Tensor bias_of(const at::Tensor& query) const {
    const at::Tensor by_distance = at::matmul((query + position_bias_).transpose(1, 2), distances_);
    const std::int64_t length = shape_.length, keys = length + shape_.memory;
    return at::add(mask_,
                   by_distance.as_strided(
                       {shape_.batch, shape_.heads, length, keys},
                       {shape_.heads * length * keys, length * keys, keys - 1, 1}, length - 1),
                   scale);
  }
  at::Tensor finished(const at::Tensor& query, const at::Tensor& keys, const at::Tensor& values,
                      const std::optional<at::Tensor>& bias) const {
    const at::Tensor mixed = at::scaled_dot_product_attention(query.transpose(1, 2), keys, values,
                                                              bias, 0.0, false, scale);
    return at::layer_norm(x_ + at::linear(mixed.transpose(1, 2).flatten(2), output_), {d_model},
                          weight_, bias_, 1e-5);
  }

  static constexpr double scale = 0.125;  // 1 / √d_head
  Shape shape_;
  at::Tensor joined_, output_, positions_, content_bias_, position_bias_, weight_, bias_, x_;
  at::Tensor ring_keys_, ring_values_, keys_, values_, seen_, mask_, distances_;
};

struct Ceiling {
  double bytes_per_us, operations_per_us;
};

/// Medians in µs of works that each do something `times`.
std::vector<double> microseconds(at::Device device, std::vector<std::function<void()>> bodies,
                                 int times, double seconds) {
  std::vector<RepeatedWork> works;
  for (auto& body : bodies)
    works.emplace_back(device, [body, times] {
      for (int i = 0; i < times; ++i) body();
    });
  std::vector<double> medians;
  for (const auto& measured : measure_interleaved(device, works, {.seconds = seconds}))
    medians.push_back(measured.median_ms * 1e3 / times);
  return medians;
}

Ceiling ceiling_of(at::Device device) {
  const auto options = at::TensorOptions(device);
  const at::Tensor from = at::randn({1 << 28}, options);
  at::Tensor to = at::empty_like(from);
  const at::Tensor a = at::randn({8192, 8192}, options.dtype(at::kBFloat16)), b = at::randn_like(a);
  const auto measured =
      microseconds(device, {[&] { at::neg_out(to, from); }, [&] { at::matmul(a, b); }}, 1, 0.5);
  return {2.0 * static_cast<double>(from.nbytes()) / measured[0],
          2 * std::pow(8192.0, 3) / measured[1]};
}

/// The least that a step takes: its bytes or its products, whichever is longer.
double floor_of(const Shape& shape, const Ceiling& ceiling) {
  const double rows = static_cast<double>(shape.batch * shape.length),
               width = static_cast<double>(shape.heads * d_head),
               keys = static_cast<double>(shape.length + shape.memory), model = d_model;
  const double operations = 2 * rows * width * (4 * model + 3 * keys);
  const double bytes =
      2 * (4 * model * width + 2 * rows * model +
           static_cast<double>(shape.batch) * width *
               (2 * static_cast<double>(shape.memory) + 2 * static_cast<double>(shape.length)));
  return std::max(operations / ceiling.operations_per_us, bytes / ceiling.bytes_per_us);
}

void measure_gpu() {
  const at::Device device(at::kCUDA, 0);
  const Ceiling ceiling = ceiling_of(device);
  fmt::print("copies {:.0f} GB/s, bf16 products {:.0f} TFLOP/s\n", ceiling.bytes_per_us / 1e3,
             ceiling.operations_per_us / 1e6);
  for (const auto& [batch, bar] : {std::pair<std::int64_t, double>{1, 30}, {32, 75}, {256, 350}})
    for (const std::int64_t heads : {8, 2}) {
      const c10::InferenceMode inference;
      const Shape shape{batch, 64, 640, heads};
      const Layer layer(shape, device, at::kBFloat16);
      const auto us = microseconds(device,
                                   {[&] { layer.ours(); }, [&] { layer.joined(); },
                                    [&] { layer.pieces(); }, [&] { layer.plain(); }},
                                   8, 2);
      fmt::print(
          "batch {:3}, {} heads, 64 + 640, bf16: {:6.1f} us; joined and copied {:7.1f}, pieces on "
          "a "
          "ring {:6.1f}, those without relative term {:6.1f}; ceiling {:5.1f}{}\n",
          batch, heads, us[0], us[1], us[2], us[3], floor_of(shape, ceiling),
          heads == 8 ? fmt::format("; bar {:.0f}{}", bar, us[0] > bar ? "  OVER" : "") : "");
    }
}

/// Attention of a training step and its gradient, without projections.
void measure_training() {
  const at::Device device(at::kCUDA, 0);
  for (const auto& [batch, length, keys] :
       {std::tuple<std::int64_t, std::int64_t, std::int64_t>{22, 512, 1024}, {48, 256, 512}}) {
    constexpr std::int64_t heads = 8;
    const auto random = [&](at::IntArrayRef sizes) {
      return at::randn(sizes, at::TensorOptions(device).dtype(at::kBFloat16)).requires_grad_();
    };
    const std::vector<at::Tensor> inputs = {random({batch, length, heads, d_head}),
                                            random({batch, keys, heads, d_head}),
                                            random({batch, keys, heads, d_head}),
                                            random({keys, heads, d_head}),
                                            random({heads, d_head}),
                                            random({heads, d_head})};
    const at::Tensor grad = at::randn({batch, length, heads, d_head}, inputs[0].options());
    const at::Tensor mask =
        attention_mask(length, keys - length, false, keys).to(device, at::kBFloat16);
    const auto ours = [&] {
      const at::AutoGradMode learns(true);
      const at::Tensor out = kernels::relative_attention(inputs[0], inputs[1], inputs[2], inputs[3],
                                                         inputs[4], inputs[5], 0);
      torch::autograd::grad({out}, inputs, {grad});
    };
    const auto pieces = [&] {
      const at::AutoGradMode learns(true);
      const at::Tensor scores =
          relative_scores((inputs[0] + inputs[5]).transpose(1, 2), inputs[3].permute({1, 2, 0}));
      const at::Tensor out =
          at::scaled_dot_product_attention((inputs[0] + inputs[4]).transpose(1, 2),
                                           inputs[1].transpose(1, 2), inputs[2].transpose(1, 2),
                                           at::add(mask, scores, 0.125), 0.0, false, 0.125)
              .transpose(1, 2);
      torch::autograd::grad({out}, inputs, {grad});
    };
    const auto us = microseconds(device, {ours, pieces}, 1, 1);
    fmt::print("training, batch {}, {} + {}, bf16: {:.0f} us; pieces {:.0f} us, {:.2f} x\n", batch,
               length, keys - length, us[0], us[1], us[1] / us[0]);
  }
}

void measure_cpu() {
  const c10::InferenceMode inference;
  fmt::print("{} threads\n", at::get_num_threads());
  for (const Shape& shape : {Shape{1, 1, 640, 8}, Shape{1, 64, 64, 8}, Shape{1, 64, 640, 8},
                             Shape{1, 64, 640, 2}, Shape{8, 64, 640, 8}, Shape{1, 128, 1600, 8}}) {
    const Layer layer(shape, at::kCPU, at::kFloat);
    const auto us = microseconds(
        at::kCPU, {[&] { layer.ours(); }, [&] { layer.joined(); }, [&] { layer.plain(); }}, 1, 3);
    const double ratio = us[1] / us[0];
    const double bar = shape.length == 64 && shape.memory == 640 ? 1.5 : 1.0;
    fmt::print(
        "batch {}, {} heads, {} + {}, float32: {:8.0f} us; joined and copied {:8.0f}, without "
        "relative term {:8.0f}; {:.2f} x (at least {}){}\n",
        shape.batch, shape.heads, shape.length, shape.memory, us[0], us[1], us[2], ratio, bar,
        ratio < bar ? "  UNDER" : "");
  }
}

}  // namespace

int main(int argc, char** argv) {
  at::manual_seed(1);
  if (argc > 1 && std::string(argv[1]) == "cuda") {
    measure_gpu();
    measure_training();
  } else {
    measure_cpu();
  }
  return 0;
}
