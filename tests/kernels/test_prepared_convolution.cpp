#include <array>
#include <cmath>
#include <limits>

#include <QtTest>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "kernels/prepared_convolution.h"
#include "kernels/winograd_convolution.h"
#include "tests/kernels/convolution_definition.h"
#include "tests/kernels/refused.h"
#include "tests/kernels/tests.h"

namespace plumbline::test {

using kernels::AddendUse;
using kernels::ConvolutionShape;
using kernels::WinogradOut;

namespace {

constexpr auto by_pixels = at::MemoryFormat::ChannelsLast;
constexpr const char* no_winograd = "this processor has none of its vectors";

/// 3 × 3, stride 1, padding 1. The terms of a sum are of one size, whatever their number.
struct Layer {
  at::Tensor x, weight, bias, addend;
  at::Tensor sums;  ///< the convolution alone, in double

  at::Tensor expected(bool biased, bool adds, bool relu) const {
    at::Tensor y = sums.clone();
    if (biased) y += bias.to(at::kDouble).view({1, -1, 1, 1});
    if (adds) y += addend.to(at::kDouble);
    return relu ? y.clamp_min(0) : y;
  }
};

Layer random_layer(at::IntArrayRef sizes, int64_t outputs) {
  Layer layer;
  layer.x = at::randn(sizes).contiguous(by_pixels);
  layer.weight =
      at::randn({outputs, sizes[1], 3, 3}) / std::sqrt(9.0 * static_cast<double>(sizes[1]));
  layer.bias = at::randn({outputs});
  layer.addend = at::randn({sizes[0], outputs, sizes[2], sizes[3]}).contiguous(by_pixels);
  layer.sums = tap_by_tap(layer.x, layer.weight);
  return layer;
}

std::optional<at::Tensor> given(const at::Tensor& tensor, bool is_given) {
  return is_given ? std::optional(tensor) : std::nullopt;
}

double worst_difference(const at::Tensor& found, const at::Tensor& expected) {
  return (found.to(at::kDouble) - expected).abs().max().item<double>();
}

/// What float32 loses with tiles of such a size: those of 4 × 4 go through larger numbers.
double rounding(WinogradOut out) { return out == WinogradOut::two ? 1e-5 : 4e-5; }

}  // namespace

void TestPreparedConvolution::winograd_equals_the_definition_data() {
  QTest::addColumn<std::vector<int64_t>>("sizes");
  QTest::addColumn<int64_t>("outputs");
  const auto row = [](const char* name, std::vector<int64_t> sizes, int64_t outputs) {
    QTest::newRow(name) << std::move(sizes) << outputs;
  };
  // Whole tiles, tiles that hang over in each direction; as many blocks as threads and more;
  // channels that fill a piece of a product's depth, several, and part of one.
  row("one pixel", {1, 32, 1, 1}, 32);
  row("one pixel, eight images", {8, 64, 1, 1}, 32);
  row("one row", {1, 16, 1, 37}, 32);
  row("one column", {2, 16, 29, 1}, 64);
  row("56 x 56", {1, 64, 56, 56}, 64);
  row("odd", {8, 32, 13, 11}, 96);
  row("28 x 28", {1, 128, 28, 28}, 128);
  row("14 x 14", {3, 144, 14, 14}, 32);
  row("7 x 7", {8, 512, 7, 7}, 64);
  row("more channels out", {1, 16, 7, 7}, 512);
  row("more than a piece", {2, 272, 5, 6}, 32);
}

void TestPreparedConvolution::winograd_equals_the_definition() {
  QFETCH(std::vector<int64_t>, sizes);
  QFETCH(int64_t, outputs);
  const auto kernels = kernels::winograd_kernels();
  if (kernels.empty()) QSKIP(no_winograd);
  at::manual_seed(11);
  const Layer layer = random_layer(sizes, outputs);
  for (const auto& kernel : kernels)
    for (const auto out : {WinogradOut::two, WinogradOut::four}) {
      const at::Tensor weight = kernels::arrange_winograd(layer.weight, out, kernel);
      QCOMPARE(kernels::winograd_outputs(weight), outputs);
      for (const bool biased : {false, true})
        for (const bool adds : {false, true})
          for (const bool relu : {false, true}) {
            at::Tensor y = at::full_like(layer.addend, std::numeric_limits<float>::quiet_NaN());
            kernels::winograd_convolution(layer.x, weight, given(layer.bias, biased),
                                          given(layer.addend, adds), relu, y);
            const double worst = worst_difference(y, layer.expected(biased, adds, relu));
            QVERIFY2(worst < rounding(out), qPrintable(QString("%1 with %2 × %2, panels of %3")
                                                           .arg(worst)
                                                           .arg(static_cast<int>(out))
                                                           .arg(kernel.product->columns)));
          }
      // The sum goes where the addend was.
      at::Tensor y = layer.addend.clone();
      kernels::winograd_convolution(layer.x, weight, layer.bias, y, true, y);
      QVERIFY(worst_difference(y, layer.expected(true, true, true)) < rounding(out));
    }
}

void TestPreparedConvolution::winograd_does_not_depend_on_neighbours() {
  const auto kernels = kernels::winograd_kernels();
  if (kernels.empty()) QSKIP(no_winograd);
  at::manual_seed(12);
  const Layer layer = random_layer({37, 144, 9, 14}, 64);
  const int threads = at::get_num_threads();
  for (const auto& kernel : kernels)
    for (const auto out : {WinogradOut::two, WinogradOut::four}) {
      const at::Tensor weight = kernels::arrange_winograd(layer.weight, out, kernel);
      const auto of = [&](const at::Tensor& x) {
        at::Tensor y = at::empty({x.size(0), 64, 9, 14}, x.options().memory_format(by_pixels));
        kernels::winograd_convolution(x, weight, layer.bias, std::nullopt, true, y);
        return y;
      };
      const at::Tensor all = of(layer.x);
      for (const int64_t image : {0, 5, 36})
        QVERIFY(at::equal(all.narrow(0, image, 1),
                          of(layer.x.narrow(0, image, 1).contiguous(by_pixels))));
      at::set_num_threads(1);
      const at::Tensor alone = of(layer.x);
      at::set_num_threads(threads);
      QVERIFY(at::equal(all, alone));
      // A value that is not a number is not hidden by the ramp, and stays in its image.
      at::Tensor spoilt = layer.x.clone();
      spoilt.select(0, 2).fill_(std::numeric_limits<float>::quiet_NaN());
      const at::Tensor shown = of(spoilt);
      QVERIFY(shown[2].isnan().all().item<bool>());
      QVERIFY(at::equal(shown[1], all[1]) && at::equal(shown[3], all[3]));
    }
}

void TestPreparedConvolution::winograd_takes_what_suits_it() {
  const std::vector<int64_t> one{1, 1}, two{2, 2};
  const auto takes = [](int64_t outputs, int64_t channels, const ConvolutionShape& shape,
                        int64_t side = 3) {
    return kernels::winograd_kernel_for(at::empty({outputs, channels, side, side}), shape)
        .has_value();
  };
  QVERIFY(!takes(64, 64, {two, one, one}));
  QVERIFY(!takes(64, 64, {one, two, one}));
  QVERIFY(!takes(64, 64, {one, one, two}));
  QVERIFY(!takes(64, 32, {one, one, one, 2}));
  QVERIFY(!takes(64, 64, {one, one, one}, 5));
  QVERIFY(!takes(64, 3, {one, one, one}));
  QVERIFY(!takes(20, 64, {one, one, one}));
  QVERIFY(kernels::faster_winograd(at::empty({128, 128, 3, 3})) == WinogradOut::four);
  QVERIFY(kernels::faster_winograd(at::empty({256, 128, 3, 3})) == WinogradOut::two);
#ifdef __OPTIMIZE__
  QCOMPARE(takes(64, 64, {one, one, one}), !kernels::winograd_kernels().empty());
#endif
}

void TestPreparedConvolution::winograd_names_bad_arguments() {
  const auto kernels = kernels::winograd_kernels();
  if (kernels.empty()) QSKIP(no_winograd);
  const Layer layer = random_layer({2, 32, 8, 8}, 64);
  const auto arrange = [&](at::IntArrayRef sizes) {
    return kernels::arrange_winograd(at::randn(sizes), WinogradOut::two, kernels.front());
  };
  const at::Tensor weight = arrange({64, 32, 3, 3}), y = at::empty_like(layer.addend);
  const auto call = [&](const at::Tensor& x, const at::Tensor& arranged,
                        const std::optional<at::Tensor>& bias,
                        const std::optional<at::Tensor>& addend, const at::Tensor& to) {
    return [=] { kernels::winograd_convolution(x, arranged, bias, addend, true, to); };
  };
  QVERIFY(refused([&] { arrange({64, 32, 5, 5}); }, "arrange_winograd: weight is [64, 32, 5, 5]"));
  QVERIFY(refused([&] { arrange({20, 32, 3, 3}); }, "arrange_winograd: weight is [20, 32, 3, 3]"));
  QVERIFY(refused(call(layer.x, layer.weight, {}, {}, y), "not what arrange_winograd gives"));
  QVERIFY(refused(call(layer.x, arrange({64, 64, 3, 3}), {}, {}, y),
                  "x is [2, 32, 8, 8], not [2, 64, 8, 8]"));
  QVERIFY(refused(call(layer.x.contiguous(), weight, {}, {}, y), "x is not dense"));
  QVERIFY(refused(call(layer.x.to(at::kDouble), weight, {}, {}, y), "x is Double"));
  QVERIFY(refused(call(layer.x, weight, at::zeros({32}), {}, y), "bias is [32], not [64]"));
  QVERIFY(refused(call(layer.x, weight, {}, at::zeros({64, 1, 1}), y), "addend is [64, 1, 1]"));
  QVERIFY(refused(call(layer.x, weight, {}, {}, y.narrow(0, 0, 1)), "y is [1, 64, 8, 8]"));
}

void TestPreparedConvolution::every_layer_equals_the_definition_data() {
  QTest::addColumn<int64_t>("channels");
  QTest::addColumn<int64_t>("outputs");
  for (const int64_t channels : {1, 3, 16, 20, 32, 100, 256, 512})
    for (const int64_t outputs : {1, 17, 32, 48})
      QTest::addRow("%d to %d", static_cast<int>(channels), static_cast<int>(outputs))
          << channels << outputs;
}

void TestPreparedConvolution::every_layer_equals_the_definition() {
  QFETCH(int64_t, channels);
  QFETCH(int64_t, outputs);
  if (!kernels::can_prepare_convolutions()) QSKIP("LibTorch is without oneDNN here");
  at::manual_seed(13);
  const std::vector<int64_t> one{1, 1};
  const ConvolutionShape shape{one, one, one};
  for (const auto& [images, height, width] :
       {std::array<int64_t, 3>{1, 7, 10}, {8, 7, 10}, {1, 1, 1}, {8, 1, 1}}) {
    const Layer layer = random_layer({images, channels, height, width}, outputs);
    const at::Tensor weight = kernels::prepare_convolution(layer.weight, shape);
    for (const bool biased : {false, true})
      for (const bool adds : {false, true})
        for (const bool relu : {false, true}) {
          const at::Tensor expected = layer.expected(biased, adds, relu);
          for (const auto layout : {by_pixels, at::MemoryFormat::Contiguous})
            for (const auto use : {AddendUse::keep, AddendUse::overwrite}) {
              const at::Tensor addend = layer.addend.clone(layout);
              const at::Tensor y = kernels::prepared_convolution(
                  layer.x.contiguous(layout), weight, given(layer.bias, biased),
                  given(addend, adds), shape, relu, use);
              QVERIFY(worst_difference(y, expected) < 4e-5);
              if (layout == by_pixels && channels > 1) QVERIFY(y.is_contiguous(by_pixels));
              if (use == AddendUse::keep) QVERIFY(at::equal(addend, layer.addend));
            }
        }
    // One image without the first dimension, and an addend that all pixels share.
    const at::Tensor single =
        kernels::prepared_convolution(layer.x[0], weight, layer.bias, std::nullopt, shape, false);
    QVERIFY(worst_difference(single, layer.expected(true, false, false)[0]) < 4e-5);
    const at::Tensor shared = layer.addend.mean({2, 3}, true);
    const at::Tensor y =
        kernels::prepared_convolution(layer.x, weight, std::nullopt, shared, shape, true);
    const at::Tensor sum = layer.expected(false, false, false) + shared.to(at::kDouble);
    QVERIFY(worst_difference(y, sum.clamp_min(0)) < 4e-5);
  }
}

}  // namespace plumbline::test
