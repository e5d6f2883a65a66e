#pragma once
#include "core/engine/architectures/trainable_network.h"

namespace plumbline {

/// Collects a network's tensors while it is built.
class LayerBuilder {
 public:
  LayerBuilder(const TensorSource& source, std::vector<NamedTensor>& tensors)
      : source_(source), tensors_(tensors) {}

  at::Tensor take(const std::string& name, TensorRole role, std::vector<std::int64_t> shape);

 private:
  const TensorSource& source_;
  std::vector<NamedTensor>& tensors_;
};

/// Layers compute in the type of their input; their weights are cast to it.

struct ConvolutionLayer {
  at::Tensor weight, bias;  ///< bias may be undefined
  std::int64_t stride = 1, padding = 0;
  static ConvolutionLayer make(LayerBuilder& builder, const std::string& name, std::int64_t in,
                               std::int64_t out, std::int64_t size, std::int64_t stride,
                               std::int64_t padding, bool has_bias);
  at::Tensor operator()(const at::Tensor& x) const;
};

struct LinearLayer {
  at::Tensor weight, bias;
  static LinearLayer make(LayerBuilder& builder, const std::string& name, std::int64_t in,
                          std::int64_t out);
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Batch normalisation: epsilon 1e-5, running statistics with momentum 0.1. Of a training by
/// several ranks the batch is that of all (sums/norm_over_ranks.h).
struct NormLayer {
  at::Tensor weight, bias, mean, variance;
  static NormLayer make(LayerBuilder& builder, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x, bool training) const;
};

/// Largest value of each window; windows that reach over the edge are cut there (Caffe's ceiling).
/// On a GPU it is made of slices: LibTorch's own gradient adds atomically there, which does not
/// repeat to the bit.
at::Tensor max_pool(const at::Tensor& x, std::int64_t size, std::int64_t stride);
/// The number of windows along a side.
std::int64_t pooled(std::int64_t length, std::int64_t size, std::int64_t stride);

}  // namespace plumbline
