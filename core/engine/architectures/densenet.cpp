#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"

namespace plumbline {

namespace {

constexpr std::int64_t growth = 12, first_channels = 16;
constexpr int layers_per_block = 12;  // 3 · 12 + the stem, two transitions and the last layer: 40

struct DenseLayer {
  NormLayer norm;
  ConvolutionLayer convolution;
};

class DenseNet40 final : public TrainableNetwork {
 public:
  DenseNet40(const ClassifierShape& shape, const TensorSource& source) {
    LayerBuilder builder(source, tensors_);
    stem_ =
        ConvolutionLayer::make(builder, "conv1", shape.channels, first_channels, 3, 1, 1, false);
    std::int64_t channels = first_channels;
    for (int block = 1; block <= 3; ++block) {
      const std::string number = std::to_string(block);
      for (int i = 0; i < layers_per_block; ++i) {
        const std::string name = "block" + number + ".layer." + std::to_string(i);
        auto norm = NormLayer::make(builder, name + ".bn1", channels);
        layers_.push_back(
            {std::move(norm),
             ConvolutionLayer::make(builder, name + ".conv1", channels, growth, 3, 1, 1, false)});
        channels += growth;
      }
      if (block == 3) break;
      auto norm = NormLayer::make(builder, "trans" + number + ".bn1", channels);
      transitions_.push_back(
          {std::move(norm), ConvolutionLayer::make(builder, "trans" + number + ".conv1", channels,
                                                   channels, 1, 1, 0, false)});
    }
    norm_ = NormLayer::make(builder, "bn1", channels);
    last_ = LinearLayer::make(builder, "fc", channels, shape.classes);
  }

  at::Tensor forward(const at::Tensor& input, bool training) override {
    at::Tensor x = stem_(input);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& [norm, convolution] = layers_[i];
      x = at::cat({x, convolution(norm(x, training).relu())}, 1);
      const bool ends_block = (i + 1) % layers_per_block == 0;
      if (!ends_block || i + 1 == layers_.size()) continue;
      const auto& [transition_norm, transition] = transitions_[i / layers_per_block];
      x = at::avg_pool2d(transition(transition_norm(x, training).relu()), 2, 2);
    }
    return last_(norm_(x, training).relu().mean({2, 3}));
  }

 private:
  ConvolutionLayer stem_;
  std::vector<DenseLayer> layers_, transitions_;
  NormLayer norm_;
  LinearLayer last_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_densenet40(const ClassifierShape& shape,
                                                  const TensorSource& source) {
  return std::make_unique<DenseNet40>(shape, source);
}

}  // namespace plumbline
