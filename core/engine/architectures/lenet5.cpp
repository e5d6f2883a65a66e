#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"

namespace plumbline {

namespace {

class LeNet5 final : public TrainableNetwork {
 public:
  LeNet5(const ClassifierShape& shape, const TensorSource& source) {
    LayerBuilder builder(source, tensors_);
    // The paper's input is 32 × 32; smaller images get a border of two pixels.
    const std::int64_t padding = std::min(shape.height, shape.width) < 32 ? 2 : 0;
    first_ = ConvolutionLayer::make(builder, "conv1", shape.channels, 6, 5, 1, padding, true);
    second_ = ConvolutionLayer::make(builder, "conv2", 6, 16, 5, 1, 0, true);
    const auto side = [&](std::int64_t length) {
      return pooled(pooled(length + 2 * padding - 4, 2, 2) - 4, 2, 2);
    };
    const auto features = 16 * side(shape.height) * side(shape.width);
    third_ = LinearLayer::make(builder, "fc1", features, 120);
    fourth_ = LinearLayer::make(builder, "fc2", 120, 84);
    last_ = LinearLayer::make(builder, "fc3", 84, shape.classes);
  }

  at::Tensor forward(const at::Tensor& input, bool) override {
    at::Tensor x = max_pool(first_(input).relu(), 2, 2);
    x = max_pool(second_(x).relu(), 2, 2);
    x = third_(x.contiguous(at::MemoryFormat::Contiguous).flatten(1)).relu();
    return last_(fourth_(x).relu());
  }

 private:
  ConvolutionLayer first_, second_;
  LinearLayer third_, fourth_, last_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_lenet5(const ClassifierShape& shape,
                                              const TensorSource& source) {
  return std::make_unique<LeNet5>(shape, source);
}

}  // namespace plumbline
