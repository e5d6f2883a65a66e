#include <QTemporaryDir>
#include <QtTest>

#include <map>

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/irparser.h>
#include <torch/script.h>

#include "core/engine/inference/captured_network.h"
#include "core/engine/inference/torchscript_network.h"
#include "core/engine/inference/torchscript_precision.h"
#include "core/types/precision_names.h"
#include "tests/core/engine/inference_tests.h"
#include "tests/support/gpu_required.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// Two convolutions as a trace holds them, the second in a branch.
constexpr const char* two_convolutions = R"IR(
graph(%x : Tensor, %w : Tensor, %c : bool):
  %yes : bool = prim::Constant[value=1]()
  %no : bool = prim::Constant[value=0]()
  %n : NoneType = prim::Constant()
  %one : int = prim::Constant[value=1]()
  %ones : int[] = prim::ListConstruct(%one, %one)
  %a : Tensor = aten::_convolution(%x, %w, %n, %ones, %ones, %ones, %no, %ones, %one, %yes, %no, %yes, %yes)
  %b : Tensor = prim::If(%c)
    block0():
      %d : Tensor = aten::_convolution(%a, %w, %n, %ones, %ones, %ones, %no, %ones, %one, %no, %yes, %yes, %yes)
      -> (%d)
    block1():
      -> (%a)
  return (%b)
)IR";

void collect_switches(torch::jit::Block& block, const char* input, QList<bool>& found) {
  for (torch::jit::Node* node : block.nodes()) {
    if (node->kind() == c10::Symbol::fromQualString("aten::_convolution"))
      found.append(torch::jit::constant_as<bool>(node->input(static_cast<std::size_t>(
                                                     *node->schema().argumentIndexWithName(input))))
                       .value());
    for (torch::jit::Block* inner : node->blocks()) collect_switches(*inner, input, found);
  }
}

QList<bool> switches(torch::jit::Graph& graph, const char* input) {
  QList<bool> found;
  collect_switches(*graph.block(), input, found);
  return found;
}

/// A convolution that says allow_tf32, as every trace does, then what `rest` makes of it.
std::filesystem::path convolution_file(const QTemporaryDir& folder, const std::string& rest) {
  at::manual_seed(3);
  torch::jit::Module module("m");
  module.register_parameter("w", at::randn({32, 64, 3, 3}) / 24, false);
  module.register_attribute("calls", c10::IntType::get(), 0);
  module.define(R"JIT(
def forward(self, x):
    y = torch._convolution(x, self.w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, False, False, True, True)
)JIT" + rest);
  module.eval();
  const auto file = std::filesystem::path(folder.filePath("m.pt").toStdString());
  module.save(file.string());
  return file;
}

at::Tensor images(int seed) {
  at::manual_seed(seed);
  return at::randn({4, 64, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
}

bool has_gpu() { return at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0; }

}  // namespace

void TestTorchScriptPrecision::a_trace_follows_the_named_precision() {
  torch::jit::Graph graph;
  torch::jit::parseIR(two_convolutions, &graph);
  QCOMPARE(switches(graph, "allow_tf32"), (QList<bool>{true, true}));
  QCOMPARE(say_precision(graph, Precision::fp32), 2);
  QCOMPARE(switches(graph, "allow_tf32"), (QList<bool>{false, false}));
  QCOMPARE(switches(graph, "benchmark"), (QList<bool>{false, false}));
  QCOMPARE(switches(graph, "deterministic"), (QList<bool>{true, true}));
  QCOMPARE(switches(graph, "cudnn_enabled"), (QList<bool>{true, true}));
  graph.lint();
  QCOMPARE(say_precision(graph, Precision::fp32), 0);
  QCOMPARE(say_precision(graph, Precision::tf32), 2);
  QCOMPARE(switches(graph, "allow_tf32"), (QList<bool>{true, true}));
}

void TestTorchScriptPrecision::fp32_is_float32() {
  SKIP_WITHOUT_GPU(has_gpu(), "what its convolutions compute with is not seen");
  const QTemporaryDir folder;
  const auto file = convolution_file(folder, "    return y\n");
  const c10::InferenceMode inference;
  const auto difference = [&](Precision precision) {
    configure_device(c10::Device("cuda:0"), precision);
    const auto network = value(load_torchscript(file, c10::Device("cuda:0"), precision));
    const auto exact = value(load_torchscript(file, c10::kCPU, Precision::fp32));
    const at::Tensor x = images(1);
    const at::Tensor right = exact->forward(x).only();
    const at::Tensor got = network->forward(x.to(c10::Device("cuda:0"))).only().cpu();
    return (got - right).abs().max().item<double>() / right.abs().max().item<double>();
  };
  const double fp32 = difference(Precision::fp32), tf32 = difference(Precision::tf32);
  QVERIFY2(fp32 < 1e-5, qPrintable(QString::number(fp32)));
  // Were the switch not asked, the two would be the same.
  QVERIFY2(tf32 > 10 * fp32, qPrintable(QString::number(tf32)));
  configure_device(c10::Device("cuda:0"), Precision::fp32);
}

void TestTorchScriptPrecision::weights_have_their_channels_last() {
  torch::jit::Module module("m");
  module.register_parameter("w", at::randn({8, 4, 3, 3}), false);
  module.register_buffer("i", at::arange(6, at::kLong));
  place_weights(module, c10::kCPU, Precision::bf16);
  const at::Tensor w = module.attr("w").toTensor();
  QCOMPARE(w.scalar_type(), at::kBFloat16);
  QVERIFY(w.is_contiguous(at::MemoryFormat::ChannelsLast));
  QCOMPARE(module.attr("i").toTensor().scalar_type(), at::kLong);
}

void TestTorchScriptPrecision::a_captured_network_gives_the_same() {
  SKIP_WITHOUT_GPU(has_gpu(), "nothing is captured");
  const QTemporaryDir folder;
  const auto file =
      convolution_file(folder, "    return {\"a\": torch.relu(y), \"b\": y.mean([2, 3])}\n");
  const c10::Device gpu("cuda:0");
  const c10::InferenceMode inference;
  configure_device(gpu, Precision::fp32);
  const auto plain = value(load_torchscript(file, gpu, Precision::fp32));
  const auto captured = capture_network(value(load_torchscript(file, gpu, Precision::fp32)), gpu);
  for (int call = 0; call < 12; ++call) {
    // Remainders come between full batches.
    const at::Tensor x = images(call).narrow(0, 0, call % 3 == 2 ? 3 : 4).to(gpu);
    const NetworkOutput right = plain->forward(x), got = captured->forward(x);
    QCOMPARE(got.tensors().size(), std::size_t{2});
    for (std::size_t i = 0; i < 2; ++i) {
      QCOMPARE(got.tensors()[i].name, right.tensors()[i].name);
      QVERIFY(at::equal(got.tensors()[i].tensor, right.tensors()[i].tensor));
    }
  }
  QCOMPARE(captured->remark(), std::string());
}

void TestTorchScriptPrecision::what_cannot_be_captured_runs_all_the_same() {
  SKIP_WITHOUT_GPU(has_gpu(), "nothing is captured");
  const QTemporaryDir folder;
  const auto file = convolution_file(
      folder, "    if float(y.mean()) > 100.0:\n        y = y + 1\n    return y\n");
  const c10::Device gpu("cuda:0");
  const c10::InferenceMode inference;
  configure_device(gpu, Precision::fp32);
  const auto plain = value(load_torchscript(file, gpu, Precision::fp32));
  const auto captured = capture_network(value(load_torchscript(file, gpu, Precision::fp32)), gpu);
  for (int call = 0; call < 8; ++call) {
    const at::Tensor x = images(call).to(gpu);
    QVERIFY(at::equal(captured->forward(x).only(), plain->forward(x).only()));
  }
  QVERIFY(!captured->remark().empty());
}

void TestTorchScriptPrecision::the_words_of_files_name_the_types() {
  const std::map<std::string, std::pair<Precision, c10::ScalarType>> expected = {
      {"fp32", {Precision::fp32, at::kFloat}},
      {"tf32", {Precision::tf32, at::kFloat}},
      {"bf16", {Precision::bf16, at::kBFloat16}},
      {"fp16", {Precision::fp16, at::kHalf}}};
  QCOMPARE(expected.size(), precision_names.size());
  for (const auto& [name, kind] : expected) {
    const Precision precision = value(parse_precision(name));
    QCOMPARE(precision, kind.first);
    QCOMPARE(scalar_type(precision), kind.second);
    QCOMPARE(to_string(precision), std::string_view(name));
  }
  const auto refused = parse_precision("fp8");
  QVERIFY(!refused);
  QCOMPARE(refused.error().hint, std::string("fp32, tf32, bf16 or fp16"));
}

void TestTorchScriptPrecision::elsewhere_nothing_is_wrapped() {
  const QTemporaryDir folder;
  auto network = value(
      load_torchscript(convolution_file(folder, "    return y\n"), c10::kCPU, Precision::fp32));
  const Network* before = network.get();
  QCOMPARE(capture_network(std::move(network), c10::kCPU).get(), before);
}

}  // namespace plumbline::test
