#include <vector>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/detector_layers.h"

namespace plumbline {

namespace {

constexpr std::int64_t cell = 8;  ///< pixels
constexpr std::int64_t at4 = 32, at8 = 64, at16 = 128;

/// On a CPU maps at half and a quarter of an image are costly: normalisations and ReLUs wait for
/// memory, and convolutions of few channels compute at a fraction of the processor's rate. This
/// network goes to a quarter in one convolution and has its depth at an eighth and below.
class CenterNetQuick final : public TrainableNetwork {
 public:
  CenterNetQuick(const ClassifierShape& shape, const TensorSource& source)
      : classes_(shape.classes) {
    LayerBuilder builder(source, tensors_);
    stem_ = NormedConvolution::make(builder, "stem", shape.channels, at4, 7, 4);
    down8_ = NormedConvolution::make(builder, "down8", at4, at8, 3, 2);
    at8_ = residual_pairs(builder, "at8", at8, 2);
    down16_ = NormedConvolution::make(builder, "down16", at8, at16, 3, 2);
    at16_ = residual_pairs(builder, "at16", at16, 1);
    up8_ = NormedConvolution::make(builder, "up8", at16, at8, 1, 1);
    head_ = NormedConvolution::make(builder, "head", at8, at8, 3, 1);
    maps_ = ConvolutionLayer::make(builder, "maps", at8, shape.classes + 4, 1, 1, 0, true);
  }

  at::Tensor forward(const at::Tensor& input, bool training) override {
    const at::Tensor fine = through(at8_, down8_(stem_(input, training), training), training);
    const at::Tensor coarse = through(at16_, down16_(fine, training), training);
    return maps_(head_(as_large_as(up8_(coarse, training), fine) + fine, training));
  }

  at::Tensor decoded(const at::Tensor& maps) const override {
    return boxes_of_maps(maps, classes_, cell);
  }

 private:
  std::int64_t classes_;
  NormedConvolution stem_, down8_, down16_, up8_, head_;
  std::vector<ResidualPair> at8_, at16_;
  ConvolutionLayer maps_;
};

}  // namespace

std::unique_ptr<TrainableNetwork> make_centernet_quick(const ClassifierShape& shape,
                                                       const TensorSource& source) {
  return std::make_unique<CenterNetQuick>(shape, source);
}

}  // namespace plumbline
