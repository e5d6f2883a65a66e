#include "core/engine/architectures/detector_layers.h"

#include <ATen/ATen.h>

#include "core/engine/architectures/trainable_network.h"

namespace plumbline {

namespace {

/// A heat that begins at 0.1: most of an image is no centre (Lin et al. 2017, focal loss).
constexpr double first_heat = -2.19;
/// Raw sizes are logarithms of eighths of this, limited so that nothing overflows.
constexpr double largest_log_size = 6;

}  // namespace

ResidualPair ResidualPair::make(LayerBuilder& builder, const std::string& name,
                                std::int64_t channels) {
  ResidualPair pair;
  pair.first = ConvolutionLayer::make(builder, name + ".conv1", channels, channels, 3, 1, 1, false);
  pair.first_norm = NormLayer::make(builder, name + ".bn1", channels);
  pair.second =
      ConvolutionLayer::make(builder, name + ".conv2", channels, channels, 3, 1, 1, false);
  pair.second_norm = NormLayer::make(builder, name + ".bn2", channels);
  return pair;
}

at::Tensor ResidualPair::operator()(const at::Tensor& x, bool training) const {
  const at::Tensor inner = first_norm(first(x), training).relu();
  return (second_norm(second(inner), training) + x).relu();
}

NormedConvolution NormedConvolution::make(LayerBuilder& builder, const std::string& name,
                                          std::int64_t in, std::int64_t out, std::int64_t size,
                                          std::int64_t stride) {
  NormedConvolution layer;
  layer.convolution =
      ConvolutionLayer::make(builder, name + ".conv", in, out, size, stride, size / 2, false);
  layer.norm = NormLayer::make(builder, name + ".bn", out);
  return layer;
}

at::Tensor NormedConvolution::operator()(const at::Tensor& x, bool training) const {
  return norm(convolution(x), training).relu();
}

std::vector<ResidualPair> residual_pairs(LayerBuilder& builder, const std::string& name,
                                         std::int64_t channels, int count) {
  std::vector<ResidualPair> made;
  for (int i = 0; i < count; ++i)
    made.push_back(
        ResidualPair::make(builder, i == 0 ? name : name + "." + std::to_string(i), channels));
  return made;
}

at::Tensor through(const std::vector<ResidualPair>& pairs, at::Tensor x, bool training) {
  for (const ResidualPair& pair : pairs) x = pair(x, training);
  return x;
}

at::Tensor as_large_as(const at::Tensor& x, const at::Tensor& model) {
  return at::upsample_nearest2d(x, {model.size(2), model.size(3)});
}

at::Tensor boxes_of_maps(const at::Tensor& maps, std::int64_t classes, std::int64_t stride) {
  const at::Tensor raw = maps.to(at::kFloat);
  const at::Tensor heat = (raw.narrow(1, 0, classes) + first_heat).sigmoid();
  const at::Tensor peaks = heat.eq(at::max_pool2d(heat, 3, 1, 1));
  const at::Tensor offset = raw.narrow(1, classes, 2);
  const at::Tensor size =
      raw.narrow(1, classes + 2, 2).clamp(-largest_log_size, largest_log_size).exp() *
      detector_size_unit;
  const auto options = raw.options();
  const at::Tensor column = at::arange(raw.size(3), options).expand({raw.size(2), -1});
  const at::Tensor row = at::arange(raw.size(2), options).unsqueeze(1).expand_as(column);
  const at::Tensor centre = (offset + at::stack({column, row})) * static_cast<double>(stride);
  return at::cat({centre, size, heat * peaks}, 1).flatten(2);
}

}  // namespace plumbline
