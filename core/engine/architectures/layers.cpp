#include "core/engine/architectures/layers.h"

#include <cmath>
#include <limits>
#include <optional>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/engine/sums/norm_over_ranks.h"

namespace plumbline {

TensorSource initial_tensors(std::uint64_t seed) {
  return [seed](const std::string& name, TensorRole role, std::vector<std::int64_t> shape) {
    if (role == TensorRole::scale || role == TensorRole::variance) return at::ones(shape);
    if (role != TensorRole::weight) return at::zeros(shape);
    std::int64_t fan_in = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= shape[i];
    // FNV-1a of the name, mixed with the seed.
    std::uint64_t mixed = 0xcbf29ce484222325 ^ (seed * 0x9E3779B97F4A7C15);
    for (const char c : name) mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    const auto generator = at::detail::createCPUGenerator(mixed);
    return at::randn(shape, generator, at::kFloat) * std::sqrt(2.0 / static_cast<double>(fan_in));
  };
}

at::Tensor LayerBuilder::take(const std::string& name, TensorRole role,
                              std::vector<std::int64_t> shape) {
  tensors_.push_back({name, role, source_(name, role, std::move(shape))});
  return tensors_.back().tensor;
}

ConvolutionLayer ConvolutionLayer::make(LayerBuilder& builder, const std::string& name,
                                        std::int64_t in, std::int64_t out, std::int64_t size,
                                        std::int64_t stride, std::int64_t padding, bool has_bias) {
  ConvolutionLayer layer;
  layer.weight = builder.take(name + ".weight", TensorRole::weight, {out, in, size, size});
  if (has_bias) layer.bias = builder.take(name + ".bias", TensorRole::bias, {out});
  layer.stride = stride;
  layer.padding = padding;
  return layer;
}

at::Tensor ConvolutionLayer::operator()(const at::Tensor& x) const {
  const auto type = x.scalar_type();
  return at::conv2d(x, weight.to(type), bias.defined() ? bias.to(type) : bias, stride, padding);
}

LinearLayer LinearLayer::make(LayerBuilder& builder, const std::string& name, std::int64_t in,
                              std::int64_t out) {
  LinearLayer layer;
  layer.weight = builder.take(name + ".weight", TensorRole::weight, {out, in});
  layer.bias = builder.take(name + ".bias", TensorRole::bias, {out});
  return layer;
}

at::Tensor LinearLayer::operator()(const at::Tensor& x) const {
  const auto type = x.scalar_type();
  return at::linear(x, weight.to(type), bias.to(type));
}

NormLayer NormLayer::make(LayerBuilder& builder, const std::string& name, std::int64_t channels) {
  NormLayer layer;
  layer.weight = builder.take(name + ".weight", TensorRole::scale, {channels});
  layer.bias = builder.take(name + ".bias", TensorRole::bias, {channels});
  layer.mean = builder.take(name + ".running_mean", TensorRole::mean, {channels});
  layer.variance = builder.take(name + ".running_var", TensorRole::variance, {channels});
  return layer;
}

at::Tensor NormLayer::operator()(const at::Tensor& x, bool training) const {
  constexpr double momentum = 0.1, epsilon = 1e-5;
  if (RankSum* ranks = training ? NormsOverRanks::now() : nullptr)
    return norm_over_ranks(*ranks, x, weight, bias, mean, variance, momentum, epsilon);
  return at::batch_norm(x, weight, bias, mean, variance, training, momentum, epsilon, true);
}

std::int64_t pooled(std::int64_t length, std::int64_t size, std::int64_t stride) {
  return length <= size ? 1 : (length - size + stride - 1) / stride + 1;
}

at::Tensor max_pool(const at::Tensor& x, std::int64_t size, std::int64_t stride) {
  if (x.is_cpu()) return at::max_pool2d(x, size, stride, 0, 1, /*ceil_mode=*/true);
  const auto rows = pooled(x.size(2), size, stride), columns = pooled(x.size(3), size, stride);
  const auto below = (rows - 1) * stride + size - x.size(2);
  const auto right = (columns - 1) * stride + size - x.size(3);
  at::Tensor padded = x;
  if (below > 0 || right > 0)
    padded = at::constant_pad_nd(x, {0, right, 0, below}, -std::numeric_limits<float>::infinity());
  at::Tensor best;
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) {
      const auto part = padded.slice(2, i, i + (rows - 1) * stride + 1, stride)
                            .slice(3, j, j + (columns - 1) * stride + 1, stride);
      best = best.defined() ? at::maximum(best, part) : part;
    }
  return best;
}

}  // namespace plumbline
