#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"

namespace plumbline {

namespace {

/// A heat that begins at 0.1: most of an image is no centre (Lin et al. 2017, focal loss).
constexpr double first_heat = -2.19;
/// Raw sizes are logarithms of eighths of this, limited so that nothing overflows.
constexpr double largest_log_size = 6;

/// Two 3 × 3 convolutions beside the identity.
struct ResidualPair {
  ConvolutionLayer first, second;
  NormLayer first_norm, second_norm;

  static ResidualPair make(LayerBuilder& builder, const std::string& name, std::int64_t channels) {
    ResidualPair pair;
    pair.first =
        ConvolutionLayer::make(builder, name + ".conv1", channels, channels, 3, 1, 1, false);
    pair.first_norm = NormLayer::make(builder, name + ".bn1", channels);
    pair.second =
        ConvolutionLayer::make(builder, name + ".conv2", channels, channels, 3, 1, 1, false);
    pair.second_norm = NormLayer::make(builder, name + ".bn2", channels);
    return pair;
  }
  at::Tensor operator()(const at::Tensor& x, bool training) const {
    const at::Tensor inner = first_norm(first(x), training).relu();
    return (second_norm(second(inner), training) + x).relu();
  }
};

/// A convolution with normalisation and ReLU.
struct NormedConvolution {
  ConvolutionLayer convolution;
  NormLayer norm;

  static NormedConvolution make(LayerBuilder& builder, const std::string& name, std::int64_t in,
                                std::int64_t out, std::int64_t size, std::int64_t stride) {
    NormedConvolution layer;
    layer.convolution =
        ConvolutionLayer::make(builder, name + ".conv", in, out, size, stride, size / 2, false);
    layer.norm = NormLayer::make(builder, name + ".bn", out);
    return layer;
  }
  at::Tensor operator()(const at::Tensor& x, bool training) const {
    return norm(convolution(x), training).relu();
  }
};

/// How wide and how deep; maps are at a quarter, an eighth and a sixteenth of the image.
struct CenterNetSize {
  std::int64_t stem, at4, at8, at16, head;
  int pairs;  ///< at each of the three
};

at::Tensor as_large_as(const at::Tensor& x, const at::Tensor& model) {
  return at::upsample_nearest2d(x, {model.size(2), model.size(3)});
}

class CenterNet final : public TrainableNetwork {
 public:
  CenterNet(const ClassifierShape& shape, const TensorSource& source, const CenterNetSize& size)
      : classes_(shape.classes) {
    LayerBuilder builder(source, tensors_);
    const auto pairs = [&](const std::string& name, std::int64_t channels) {
      std::vector<ResidualPair> made;
      for (int i = 0; i < size.pairs; ++i)
        made.push_back(
            ResidualPair::make(builder, i == 0 ? name : name + "." + std::to_string(i), channels));
      return made;
    };
    stem_ = NormedConvolution::make(builder, "stem", shape.channels, size.stem, 3, 2);
    down4_ = NormedConvolution::make(builder, "down4", size.stem, size.at4, 3, 2);
    at4_ = pairs("at4", size.at4);
    down8_ = NormedConvolution::make(builder, "down8", size.at4, size.at8, 3, 2);
    at8_ = pairs("at8", size.at8);
    down16_ = NormedConvolution::make(builder, "down16", size.at8, size.at16, 3, 2);
    at16_ = pairs("at16", size.at16);
    up8_ = NormedConvolution::make(builder, "up8", size.at16, size.at8, 1, 1);
    up4_ = NormedConvolution::make(builder, "up4", size.at8, size.at4, 1, 1);
    head_ = NormedConvolution::make(builder, "head", size.at4, size.head, 3, 1);
    maps_ = ConvolutionLayer::make(builder, "maps", size.head, shape.classes + 4, 1, 1, 0, true);
  }

  at::Tensor forward(const at::Tensor& input, bool training) override {
    const auto through = [&](const std::vector<ResidualPair>& pairs, at::Tensor x) {
      for (const ResidualPair& pair : pairs) x = pair(x, training);
      return x;
    };
    const at::Tensor fine = through(at4_, down4_(stem_(input, training), training));
    const at::Tensor middle = through(at8_, down8_(fine, training));
    const at::Tensor coarse = through(at16_, down16_(middle, training));
    const at::Tensor up = as_large_as(up8_(coarse, training), middle) + middle;
    const at::Tensor all = as_large_as(up4_(up, training), fine) + fine;
    return maps_(head_(all, training));
  }

  /// [batch, 4 + classes, cells]: a centre is where no neighbour is hotter.
  at::Tensor decoded(const at::Tensor& maps) const override {
    const at::Tensor raw = maps.to(at::kFloat);
    const at::Tensor heat = (raw.narrow(1, 0, classes_) + first_heat).sigmoid();
    const at::Tensor peaks = heat.eq(at::max_pool2d(heat, 3, 1, 1));
    const at::Tensor offset = raw.narrow(1, classes_, 2);
    const at::Tensor size =
        raw.narrow(1, classes_ + 2, 2).clamp(-largest_log_size, largest_log_size).exp() *
        detector_size_unit;
    const auto options = raw.options();
    const at::Tensor column = at::arange(raw.size(3), options).expand({raw.size(2), -1});
    const at::Tensor row = at::arange(raw.size(2), options).unsqueeze(1).expand_as(column);
    const at::Tensor centre =
        (offset + at::stack({column, row})) * static_cast<double>(detector_stride);
    return at::cat({centre, size, heat * peaks}, 1).flatten(2);
  }

 private:
  std::int64_t classes_;
  NormedConvolution stem_, down4_, down8_, down16_, up8_, up4_, head_;
  std::vector<ResidualPair> at4_, at8_, at16_;
  ConvolutionLayer maps_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_centernet_small(const ClassifierShape& shape,
                                                       const TensorSource& source) {
  return std::make_unique<CenterNet>(shape, source, CenterNetSize{16, 32, 64, 96, 64, 1});
}
std::unique_ptr<TrainableNetwork> make_centernet_medium(const ClassifierShape& shape,
                                                        const TensorSource& source) {
  return std::make_unique<CenterNet>(shape, source, CenterNetSize{24, 48, 96, 128, 96, 2});
}

}  // namespace plumbline
