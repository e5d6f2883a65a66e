#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"

namespace plumbline {

namespace {

class ConvNet final : public TrainableNetwork {
 public:
  ConvNet(const ClassifierShape& shape, const TensorSource& source) {
    LayerBuilder builder(source, tensors_);
    first_ = ConvolutionLayer::make(builder, "conv1", shape.channels, 32, 5, 1, 2, true);
    second_ = ConvolutionLayer::make(builder, "conv2", 32, 32, 5, 1, 2, true);
    third_ = ConvolutionLayer::make(builder, "conv3", 32, 64, 5, 1, 2, true);
    const auto side = [](std::int64_t length) {
      return pooled(pooled(pooled(length, 3, 2), 3, 2), 3, 2);
    };
    fourth_ = LinearLayer::make(builder, "fc1", 64 * side(shape.height) * side(shape.width), 64);
    last_ = LinearLayer::make(builder, "fc2", 64, shape.classes);
  }

  at::Tensor forward(const at::Tensor& input, bool) override {
    at::Tensor x = max_pool(first_(input), 3, 2).relu();
    x = mean_pool(second_(x).relu());
    x = mean_pool(third_(x).relu());
    return last_(fourth_(x.contiguous(at::MemoryFormat::Contiguous).flatten(1)));
  }

 private:
  static at::Tensor mean_pool(const at::Tensor& x) {
    return at::avg_pool2d(x, 3, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
  }

  ConvolutionLayer first_, second_, third_;
  LinearLayer fourth_, last_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_convnet(const ClassifierShape& shape,
                                               const TensorSource& source) {
  return std::make_unique<ConvNet>(shape, source);
}

}  // namespace plumbline
