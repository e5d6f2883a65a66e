#include <string>
#include <vector>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/detector_layers.h"

namespace plumbline {

namespace {

/// How wide and how deep; maps are at a quarter, an eighth and a sixteenth of the image.
struct CenterNetSize {
  std::int64_t stem, at4, at8, at16, head;
  int pairs;  ///< at each of the three
};

constexpr std::int64_t cell = 4;  ///< pixels

class CenterNet final : public TrainableNetwork {
 public:
  CenterNet(const ClassifierShape& shape, const TensorSource& source, const CenterNetSize& size)
      : classes_(shape.classes) {
    LayerBuilder builder(source, tensors_);
    stem_ = NormedConvolution::make(builder, "stem", shape.channels, size.stem, 3, 2);
    down4_ = NormedConvolution::make(builder, "down4", size.stem, size.at4, 3, 2);
    at4_ = residual_pairs(builder, "at4", size.at4, size.pairs);
    down8_ = NormedConvolution::make(builder, "down8", size.at4, size.at8, 3, 2);
    at8_ = residual_pairs(builder, "at8", size.at8, size.pairs);
    down16_ = NormedConvolution::make(builder, "down16", size.at8, size.at16, 3, 2);
    at16_ = residual_pairs(builder, "at16", size.at16, size.pairs);
    up8_ = NormedConvolution::make(builder, "up8", size.at16, size.at8, 1, 1);
    up4_ = NormedConvolution::make(builder, "up4", size.at8, size.at4, 1, 1);
    head_ = NormedConvolution::make(builder, "head", size.at4, size.head, 3, 1);
    maps_ = ConvolutionLayer::make(builder, "maps", size.head, shape.classes + 4, 1, 1, 0, true);
  }

  at::Tensor forward(const at::Tensor& input, bool training) override {
    const at::Tensor fine = through(at4_, down4_(stem_(input, training), training), training);
    const at::Tensor middle = through(at8_, down8_(fine, training), training);
    const at::Tensor coarse = through(at16_, down16_(middle, training), training);
    const at::Tensor up = as_large_as(up8_(coarse, training), middle) + middle;
    const at::Tensor all = as_large_as(up4_(up, training), fine) + fine;
    return maps_(head_(all, training));
  }

  at::Tensor decoded(const at::Tensor& maps) const override {
    return boxes_of_maps(maps, classes_, cell);
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
