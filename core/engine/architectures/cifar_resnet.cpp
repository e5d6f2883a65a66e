#include <array>

#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"

namespace plumbline {

namespace {

struct ResidualBlock {
  ConvolutionLayer first, second;
  NormLayer first_norm, second_norm;
  std::int64_t stride = 1, added_channels = 0;

  at::Tensor operator()(const at::Tensor& x, bool training) const {
    at::Tensor y = first_norm(first(x), training).relu();
    y = second_norm(second(y), training);
    if (added_channels == 0) return (y + x).relu();
    // Shortcut A: every second pixel, half of the new channels before and half after.
    const auto half = added_channels / 2;
    const at::Tensor shortcut =
        at::constant_pad_nd(x.slice(2, 0, std::nullopt, stride).slice(3, 0, std::nullopt, stride),
                            {0, 0, 0, 0, half, half});
    return (y + shortcut).relu();
  }
};

class CifarResNet final : public TrainableNetwork {
 public:
  CifarResNet(const ClassifierShape& shape, const TensorSource& source, int blocks) {
    LayerBuilder builder(source, tensors_);
    stem_ = ConvolutionLayer::make(builder, "conv1", shape.channels, 16, 3, 1, 1, false);
    stem_norm_ = NormLayer::make(builder, "bn1", 16);
    std::int64_t channels = 16;
    for (int stage = 0; stage < 3; ++stage)
      for (int i = 0; i < blocks; ++i) {
        const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
        const std::int64_t out = std::int64_t{16} << stage;
        ResidualBlock block;
        block.stride = stage > 0 && i == 0 ? 2 : 1;
        block.added_channels = out - channels;
        block.first = ConvolutionLayer::make(builder, name + ".conv1", channels, out, 3,
                                             block.stride, 1, false);
        block.first_norm = NormLayer::make(builder, name + ".bn1", out);
        block.second = ConvolutionLayer::make(builder, name + ".conv2", out, out, 3, 1, 1, false);
        block.second_norm = NormLayer::make(builder, name + ".bn2", out);
        blocks_.push_back(std::move(block));
        channels = out;
      }
    last_ = LinearLayer::make(builder, "linear", 64, shape.classes);
  }

  at::Tensor forward(const at::Tensor& input, bool training) override {
    at::Tensor x = stem_norm_(stem_(input), training).relu();
    for (const ResidualBlock& block : blocks_) x = block(x, training);
    return last_(x.mean({2, 3}));
  }

 private:
  ConvolutionLayer stem_;
  NormLayer stem_norm_;
  std::vector<ResidualBlock> blocks_;
  LinearLayer last_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_cifar_resnet(const ClassifierShape& shape,
                                                    const TensorSource& source, int blocks) {
  return std::make_unique<CifarResNet>(shape, source, blocks);
}

}  // namespace plumbline
