#pragma once
#include <string>
#include <vector>

#include "core/engine/architectures/layers.h"

namespace plumbline {

/// Two 3 × 3 convolutions beside the identity.
struct ResidualPair {
  ConvolutionLayer first, second;
  NormLayer first_norm, second_norm;

  static ResidualPair make(LayerBuilder& builder, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x, bool training) const;
};

/// A convolution with normalisation and ReLU; its border is half its size.
struct NormedConvolution {
  ConvolutionLayer convolution;
  NormLayer norm;

  static NormedConvolution make(LayerBuilder& builder, const std::string& name, std::int64_t in,
                                std::int64_t out, std::int64_t size, std::int64_t stride);
  at::Tensor operator()(const at::Tensor& x, bool training) const;
};

/// So many pairs: `name`, `name.1`, …
std::vector<ResidualPair> residual_pairs(LayerBuilder& builder, const std::string& name,
                                         std::int64_t channels, int count);
at::Tensor through(const std::vector<ResidualPair>& pairs, at::Tensor x, bool training);

/// Each cell repeated until x is as large as the other.
at::Tensor as_large_as(const at::Tensor& x, const at::Tensor& model);

/// Boxes as the kind 'yolov8' has them, [batch, 4 + classes, cells], of raw maps
/// (training/detection_loss.h): a centre is where no neighbour is hotter. stride: pixels of a cell.
at::Tensor boxes_of_maps(const at::Tensor& maps, std::int64_t classes, std::int64_t stride);

}  // namespace plumbline
