#include <cmath>
#include <limits>

#include <QtTest>

#include "kernels/convolution3x3.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/convolution_definition.h"
#include "tests/kernels/refused.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

using kernels::arrange3x3;
using kernels::convolution3x3;

namespace {

at::Tensor reference_convolution(const at::Tensor& x, const at::Tensor& weight,
                                 const at::Tensor& bias, const at::Tensor& addend, bool relu) {
  const at::Tensor y =
      tap_by_tap(x, weight) + bias.to(at::kDouble).view({1, -1, 1, 1}) + addend.to(at::kDouble);
  return relu ? y.clamp_min(0) : y;
}

}  // namespace

void TestConvolution3x3::equals_the_definition_data() {
  QTest::addColumn<std::vector<int64_t>>("sizes");
  QTest::addColumn<int64_t>("outputs");
  const auto row = [](const char* name, std::vector<int64_t> sizes, int64_t outputs) {
    QTest::newRow(name) << std::move(sizes) << outputs;
  };
  // Whole tiles, tiles that hang over in each direction, channels that do not fill a piece.
  row("32 x 32, stem", {5, 3, 32, 32}, 16);
  row("32 x 32", {33, 16, 32, 32}, 16);
  row("16 x 16", {7, 32, 16, 16}, 32);
  row("8 x 8, images over", {9, 64, 8, 8}, 64);
  row("28 x 28", {3, 1, 28, 28}, 16);
  row("14 x 14", {3, 16, 14, 14}, 32);
  row("7 x 7", {5, 32, 7, 7}, 64);
  row("wide outputs", {2, 9, 11, 30}, 48);
  row("one pixel", {1, 2, 1, 1}, 64);
  row("one row", {2, 20, 1, 32}, 32);
  row("tall", {2, 17, 41, 5}, 128);
}

void TestConvolution3x3::equals_the_definition() {
  QFETCH(std::vector<int64_t>, sizes);
  QFETCH(int64_t, outputs);
  at::manual_seed(3);
  const at::Tensor x = at::randn(sizes), bias = at::randn({outputs});
  const at::Tensor weight =
      at::randn({outputs, sizes[1], 3, 3}) / std::sqrt(9.0 * static_cast<double>(sizes[1]));
  const at::Tensor addend = at::randn({sizes[0], outputs, sizes[2], sizes[3]});
  for (const at::Device device : devices())
    for (const bool relu : {false, true})
      for (const bool adds : {false, true}) {
        const at::Tensor expected =
            reference_convolution(x, weight, bias, adds ? addend : at::zeros_like(addend), relu);
        std::optional<at::Tensor> other;
        if (adds) other = addend.to(device);
        const at::Tensor y = convolution3x3(x.to(device), arrange3x3(weight).to(device),
                                            bias.to(device), other, relu)
                                 .to(at::kCPU, at::kDouble);
        QCOMPARE(y.sizes(), expected.sizes());
        const double worst = (y - expected).abs().max().item<double>();
        QVERIFY2(
            worst < 1e-5,
            qPrintable(QString("%1 on %2").arg(worst).arg(QString::fromStdString(device.str()))));
      }
}

void TestConvolution3x3::a_batch_does_not_change_an_image() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "the CUDA kernel is not run");
  at::manual_seed(4);
  const auto device = devices().back();
  for (const auto& [channels, size] : {std::pair{16, 32}, {32, 16}, {64, 8}}) {
    const at::Tensor x = at::randn({37, channels, size, size}).to(device);
    const at::Tensor weight = arrange3x3(at::randn({channels, channels, 3, 3})).to(device);
    const at::Tensor bias = at::randn({channels}).to(device);
    const at::Tensor all = convolution3x3(x, weight, bias, std::nullopt, true);
    for (const int64_t image : {0, 5, 36})
      QVERIFY(at::equal(all.narrow(0, image, 1), convolution3x3(x.narrow(0, image, 1).contiguous(),
                                                                weight, bias, std::nullopt, true)));
    // A value that is not a number is not hidden by the ramp.
    at::Tensor spoilt = x.clone();
    spoilt.select(0, 2).fill_(std::numeric_limits<float>::quiet_NaN());
    QVERIFY(convolution3x3(spoilt, weight, bias, std::nullopt, true)[2].isnan().all().item<bool>());
  }
}

void TestConvolution3x3::bad_arguments_are_named() {
  const at::Tensor x = at::randn({1, 4, 8, 8}), bias = at::randn({64});
  QVERIFY(refused([&] { arrange3x3(at::randn({64, 4, 5, 5})); }, "arrange3x3: weight is"));
  QVERIFY(refused([&] { convolution3x3(x, at::randn({4, 64}), bias, {}, true); }, "weight is"));
  QVERIFY(!kernels::suits_convolution3x3(64, 33));
  QVERIFY(!kernels::suits_convolution3x3(24, 32));
  QVERIFY(!kernels::suits_convolution3x3(16, 16));
  QVERIFY(!kernels::suits_convolution3x3(32, 8));
  QVERIFY(kernels::suits_convolution3x3(16, 17));
  if (devices().size() < 2) return;
  const auto device = devices().back();
  const at::Tensor weight = arrange3x3(at::randn({64, 4, 3, 3})).to(device);
  QVERIFY(refused([&] { convolution3x3(x.to(device), weight, bias, {}, true); }, "bias is on cpu"));
  QVERIFY(
      refused([&] { convolution3x3(at::randn({1, 4, 8, 40}).to(device), weight, bias, {}, true); },
              "do not suit"));
  QVERIFY(refused(
      [&] {
        convolution3x3(x.to(device).contiguous(at::MemoryFormat::ChannelsLast), weight,
                       bias.to(device), {}, true);
      },
      "x is not contiguous"));
  QVERIFY(
      refused([&] { convolution3x3(x.to(device, at::kHalf), weight, bias.to(device), {}, true); },
              "x is Half"));
}

}  // namespace plumbline::test
