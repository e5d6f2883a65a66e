#include <QtTest>

#include <ATen/core/grad_mode.h>

#include "kernels/residual_norm.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"

namespace plumbline::test {

void TestResidualNorm::equals_its_definition_data() {
  QTest::addColumn<int>("width");
  for (const int width : {1, 8, 20, 128, 512, 520, 1024, 1032}) QTest::addRow("%d", width) << width;
}

void TestResidualNorm::equals_its_definition() {
  QFETCH(int, width);
  const at::NoGradGuard no_grad;
  at::manual_seed(2);
  const auto normal = [](at::IntArrayRef sizes) {
    return at::randn(sizes, at::kDouble).to(at::kBFloat16).to(at::kDouble);
  };
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{3, 7, width}, {1, width}, {0, width}}) {
    const at::Tensor x = normal(shape) + 3, change = normal(shape), weight = normal({width}),
                     bias = normal({width});
    const at::Tensor sum = x + change, mean = sum.mean(-1, true);
    const at::Tensor expected =
        (sum - mean) / (sum - mean).square().mean(-1, true).add(1e-5).sqrt() * weight + bias;
    for (const auto device : devices())
      for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
        const auto moved = [&](const at::Tensor& tensor) { return tensor.to(device, type); };
        const at::Tensor found =
            kernels::residual_norm(moved(x), moved(change), moved(weight), moved(bias), 1e-5);
        QVERIFY(found.scalar_type() == type && found.sizes() == expected.sizes());
        const double tolerance = type == at::kDouble  ? 1e-12
                                 : type == at::kFloat ? 1e-5
                                 : type == at::kHalf  ? 4e-3
                                                      : 3e-2;
        const at::Tensor off = found.to(at::kCPU, at::kDouble) - expected;
        QVERIFY2(off.numel() == 0 || off.norm().item<double>() <=
                                         tolerance * std::max(1.0, expected.norm().item<double>()),
                 qPrintable(QString("%1 on %2")
                                .arg(QString::fromLatin1(c10::toString(type)),
                                     QString::fromStdString(device.str()))));
      }
  }
}

}  // namespace plumbline::test
