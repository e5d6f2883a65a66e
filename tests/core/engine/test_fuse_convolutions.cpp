#include <cmath>
#include <string>

#include <QtTest>

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include "core/engine/inference/fuse_convolutions.h"
#include "core/engine/inference/prepare_convolutions.h"
#include "kernels/prepared_convolution.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

struct Case {
  const char* name;
  const char* body;
  int fused;
  int convolutions = 1;  ///< of more than one pixel, not transposed
};

// x is [2, 4, 9, 9]; self.a, self.b and self.c are kernels of 4 × 4 × 3 × 3, self.d of 4 × 4 × 1 ×
// 1, self.g of two groups.
constexpr Case cases[] = {
    {"followed by a ramp", "    return torch.relu(torch.conv2d(x, self.a, self.v, [1, 1], [1, 1]))",
     1},
    {"in place", "    return torch.conv2d(x, self.a, self.v, [2, 2], [1, 1], [2, 2]).relu_()", 1},
    {"as a trace has it",
     "    return torch.relu(torch._convolution(x, self.a, None, [1, 1], [1, 1], [1, 1], False, [0, "
     "0], 1, False, "
     "False, True, True))",
     1},
    {"a residual block",
     "    y = torch.conv2d(x, self.a, self.v, [2, 2], [1, 1]).relu_()\n"
     "    y = torch.conv2d(y, self.b, self.v, [1, 1], [1, 1])\n"
     "    z = torch.conv2d(x, self.d, self.v, [2, 2])\n"
     "    y += z\n"
     "    return torch.relu_(y)",
     2, 2},
    {"two that are added",
     "    y = torch.conv2d(x, self.a, self.v, [1, 1], [1, 1])\n"
     "    z = torch.conv2d(x, self.d, self.v)\n"
     "    return torch.relu(y + z)",
     1, 1},
    {"added to what was there",
     "    return torch.relu(x + torch.conv2d(x, self.a, None, [1, 1], [1, 1]))", 1},
    {"an addend that broadcasts",
     "    return torch.relu(torch.conv2d(x, self.a, None, [1, 1], [1, 1]) + x.mean([2, 3], True))",
     1},
    {"an addend that is weighted",
     "    return torch.relu(torch.add(torch.conv2d(x, self.a, None, [1, 1], [1, 1]), x, alpha=2))",
     0},
    {"the addend itself is changed",
     "    y = torch.conv2d(x, self.a, None, [1, 1], [1, 1])\n"
     "    z = x + 0\n"
     "    z += y\n"
     "    return torch.relu(z) + z",
     0},
    {"the input changes in between",
     "    x = x + 0\n"
     "    y = torch.conv2d(x, self.a, None, [1, 1], [1, 1])\n"
     "    x.relu_()\n"
     "    y += x\n"
     "    return torch.relu_(y) + x",
     0},
    {"two users",
     "    y = torch.conv2d(x, self.a, None, [1, 1], [1, 1])\n"
     "    return torch.relu(y) + y",
     0},
    {"groups", "    return torch.relu(torch.conv2d(x, self.g, None, [1, 1], [1, 1], [1, 1], 2))",
     0},
    {"transposed",
     "    return torch.relu(torch._convolution(x, self.a, None, [1, 1], [1, 1], [1, 1], True, [0, "
     "0], 1, False, "
     "False, True, True))",
     0, 0},
    {"another function",
     "    return torch.sigmoid(torch.conv2d(x, self.a, self.v, [1, 1], [1, 1]))", 0},
    {"in a branch",
     "    y = torch.conv2d(x, self.a, None, [1, 1], [1, 1])\n"
     "    if bool(x.sum() > 0):\n"
     "        y = torch.relu(torch.conv2d(y, self.b, None, [1, 1], [1, 1]))\n"
     "    return torch.relu(y)",
     1, 2},
};

}  // namespace

void TestFuseConvolutions::the_answer_stays_data() {
  QTest::addColumn<int>("index");
  for (int i = 0; i < static_cast<int>(std::size(cases)); ++i) QTest::newRow(cases[i].name) << i;
}

void TestFuseConvolutions::the_answer_stays() {
  QFETCH(int, index);
  const Case& of = cases[index];
  at::manual_seed(5);
  torch::jit::Module module("m");
  const auto kernel = [&](const char* name, at::IntArrayRef sizes) {
    module.register_parameter(name, at::randn(sizes) / 3, false);
  };
  for (const char* name : {"a", "b", "c"}) kernel(name, {4, 4, 3, 3});
  kernel("d", {4, 4, 1, 1});
  kernel("g", {4, 2, 3, 3});
  kernel("v", {4});
  module.define(std::string("def forward(self, x):\n") + of.body + "\n");
  module.eval();
  auto frozen = torch::jit::freeze(module);
  const at::Tensor x = at::randn({2, 4, 9, 9});
  const at::Tensor before = module.forward({x.clone()}).toTensor();
  auto graph = frozen.get_method("forward").graph();
  QCOMPARE(fuse_convolutions(graph), of.fused);
  graph->lint();
  QVERIFY(at::equal(frozen.forward({x.clone()}).toTensor(), before));
  QCOMPARE(fuse_convolutions(graph), 0);

  // Laid out for a CPU every convolution is one op, with what was fused, and sums in another order.
  const int prepared = prepare_convolutions(graph);
  if (!kernels::can_prepare_convolutions()) QSKIP("LibTorch is without oneDNN here");
  QCOMPARE(prepared, of.convolutions);
  graph->lint();
  const at::Tensor after = frozen.forward({x.clone()}).toTensor();
  QCOMPARE(after.sizes(), before.sizes());
  QVERIFY(at::allclose(after, before, 1e-5, 1e-5));
  const at::Tensor by_pixels = x.contiguous(at::MemoryFormat::ChannelsLast);
  QVERIFY(at::allclose(frozen.forward({by_pixels}).toTensor(), before, 1e-5, 1e-5));
  QCOMPARE(prepare_convolutions(graph), 0);
}

void TestFuseConvolutions::a_residual_network_stays_near_float64() {
  if (!kernels::can_prepare_convolutions()) QSKIP("LibTorch is without oneDNN here");
  // As a ResNet-18 of images of 28², with layers of both sizes of tiles
  // (kernels/winograd_convolution.h).
  at::manual_seed(6);
  torch::jit::Module module("m");
  std::string body = "def forward(self, x):\n";
  int convolutions = 0;
  const auto convolve = [&](const std::string& to, const std::string& from, at::IntArrayRef sizes,
                            int stride) {
    const std::string name = "w" + std::to_string(convolutions),
                      bias = "b" + std::to_string(convolutions);
    ++convolutions;
    const auto terms = static_cast<double>(sizes[1] * sizes[2] * sizes[3]);
    module.register_parameter(name, at::randn(sizes) * std::sqrt(1 / terms), false);
    module.register_parameter(bias, at::randn({sizes[0]}) / 4, false);
    const std::string step = std::to_string(stride), margin = std::to_string(sizes[2] / 2);
    body += "    " + to + " = torch.conv2d(" + from + ", self." + name + ", self." + bias + ", [" +
            step + ", " + step + "], [" + margin + ", " + margin + "])\n";
  };
  convolve("x", "x", {32, 3, 3, 3}, 1);
  int of_more_than_a_pixel = 1;
  std::int64_t channels = 32;
  for (const std::int64_t outputs : {32, 64, 128, 256})
    for (int block = 0; block < 2; ++block) {
      const int stride = outputs == channels ? 1 : 2;
      convolve("y", "x", {outputs, channels, 3, 3}, stride);
      body += "    y = torch.relu_(y)\n";
      convolve("y", "y", {outputs, outputs, 3, 3}, 1);
      of_more_than_a_pixel += 2;
      if (stride == 2) convolve("x", "x", {outputs, channels, 1, 1}, stride);
      body += "    y += x\n    x = torch.relu_(y)\n";
      channels = outputs;
    }
  module.register_parameter("head", at::randn({10, 256}) / 16, false);
  module.define(body + "    return torch.matmul(x.mean([2, 3]), self.head.t())\n");
  module.eval();
  const at::Tensor x = at::randn({8, 3, 28, 28}).contiguous(at::MemoryFormat::ChannelsLast);
  torch::jit::Module wide = module.deepcopy();
  wide.to(at::kDouble);
  const at::Tensor expected = wide.forward({x.to(at::kDouble)}).toTensor();

  auto frozen = torch::jit::freeze(module);
  auto graph = frozen.get_method("forward").graph();
  QCOMPARE(fuse_convolutions(graph), 16);
  QCOMPARE(prepare_convolutions(graph), of_more_than_a_pixel);
  graph->lint();
  const at::Tensor found = frozen.forward({x}).toTensor();
  const double largest = expected.abs().max().item<double>();
  const auto off = [&](const at::Tensor& logits, const at::Tensor& right) {
    return (logits.to(at::kDouble) - right).abs().max().item<double>() / largest;
  };
  QVERIFY2(off(found, expected) < 1e-5, qPrintable(QString::number(off(found, expected))));
  const at::Tensor alone =
      frozen.forward({x.narrow(0, 5, 1).contiguous(at::MemoryFormat::ChannelsLast)}).toTensor();
  QVERIFY(off(alone, found.narrow(0, 5, 1).to(at::kDouble)) < 2e-6);
}

}  // namespace plumbline::test
