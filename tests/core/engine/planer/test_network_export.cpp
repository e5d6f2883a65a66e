#include <QtTest>

#include <memory>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include "core/engine/planer/inference_step.h"
#include "core/engine/planer/language_model.h"
#include "core/engine/planer/torchscript_module.h"
#include "core/engine/planer/torchscript_source.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"

namespace plumbline::test {

namespace {

/// A network of a kind, with its module.
struct Exported {
  BackboneConfig config = small_backbone();
  Architecture architecture;
  std::unique_ptr<LanguageModel> model;
  torch::jit::Module module;

  explicit Exported(const QString& kind);
  std::int64_t capacity() const {
    return config.positions == Positions::learned ? 0 : config.evaluation.memory;
  }
  /// Log-probabilities of the next segment, [2, length, vocabulary], by the engine's own pass.
  at::Tensor expected(const at::Tensor& tokens, Memory& memory) const {
    auto output = model->forward(tokens, memory, capacity(), {architecture, {}}, false);
    memory = std::move(output.memory);
    return model->softmax()
        .log_probabilities(output.hidden.flatten(0, 1))
        .view({tokens.size(0), tokens.size(1), config.vocabulary});
  }
};

void add_kinds() {
  QTest::addColumn<QString>("kind");
  for (const char* kind :
       {"Transformer-XL", "found", "other widths", "same length, clamped", "GPT-2", "words"})
    QTest::newRow(kind) << QString(kind);
}

Exported::Exported(const QString& kind) {
  if (kind == "GPT-2") config = as_gpt2(config);
  if (kind == "same length, clamped") {
    config.same_length = true;
    config.clamp = 5;
  }
  if (kind == "words") {
    config.vocabulary = 50;
    config.cutoffs = {10, 25};
    config.div_val = 2;
    config.tied = false;
  }
  architecture = baseline_architecture(config);
  if (kind == "found")
    architecture = {*find_option("attention-2"), *find_option("experts-2"), skip_option,
                    *find_option("experts-1")};
  if (kind == "other widths")
    architecture = {*find_option("feed-forward-half"), *find_option("experts-half-2"),
                    *find_option("feed-forward-double"), *find_option("experts-half-1")};
  model =
      std::make_unique<LanguageModel>(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(*model, 17);
  module = make_torchscript(config, architecture, *model);
}

}  // namespace

void TestNetworkExport::torchscript_equals_the_network_data() { add_kinds(); }

void TestNetworkExport::torchscript_equals_the_network() {
  QFETCH(QString, kind);
  const at::NoGradGuard no_grad;
  Exported exported(kind);
  const BackboneConfig& config = exported.config;
  Memory memory;
  c10::List<at::Tensor> kept;
  for (int segment = 0; segment < 4; ++segment) {
    // Other lengths and batches need no other module.
    const std::int64_t length = kind == "same length, clamped" ? 6 : 3 + segment % 3;
    const at::Tensor tokens =
        random_tokens(config.vocabulary, {2, length}, static_cast<std::uint64_t>(segment + 1));
    const at::Tensor expected = exported.expected(tokens, memory);
    const auto result = exported.module.forward({tokens, kept}).toTuple();
    const at::Tensor got = result->elements()[0].toTensor();
    QVERIFY2(farthest(expected, got) < 1e-4, qPrintable(QString::number(farthest(expected, got))));
    kept = result->elements()[1].toTensorList();
  }
}

void TestNetworkExport::rings_equal_the_network_data() { add_kinds(); }

/// From a text's first segment on, and beside the engine's own step once the memory is full.
void TestNetworkExport::rings_equal_the_network() {
  QFETCH(QString, kind);
  const at::NoGradGuard no_grad;
  Exported exported(kind);
  const BackboneConfig& config = exported.config;
  const std::int64_t length = 4, capacity = exported.capacity();
  torch::jit::Module& module = exported.module;
  const at::IValue state = module.get_method("begin")({std::int64_t{2}, length});
  InferenceStep own(*exported.model, exported.architecture, 2, length, capacity);
  Memory memory;
  for (int segment = 0; segment < 9; ++segment) {
    const at::Tensor tokens =
        random_tokens(config.vocabulary, {2, length}, static_cast<std::uint64_t>(segment + 1));
    const bool full = segment * length >= capacity;
    if (capacity > 0 && segment == (capacity + length - 1) / length) own.remember(memory);
    const at::Tensor expected = exported.expected(tokens, memory);
    const at::Tensor got = module.get_method("step")({tokens, state}).toTensor();
    QCOMPARE(got.sizes().vec(), (std::vector<std::int64_t>{2, length, config.vocabulary}));
    QVERIFY2(farthest(expected, got) < 1e-4, qPrintable(QString::number(farthest(expected, got))));
    if (full) QVERIFY(farthest(own.forward(tokens), got.flatten(0, 1)) < 1e-4);
  }
  QCOMPARE(state.toTensorVector()[0].item<std::int64_t>(), 9 * length);
}

void TestNetworkExport::a_step_of_another_length_is_refused() {
  const at::NoGradGuard no_grad;
  Exported exported("Transformer-XL");
  const at::IValue state = exported.module.get_method("begin")({std::int64_t{2}, std::int64_t{4}});
  const at::Tensor tokens = random_tokens(exported.config.vocabulary, {2, 3}, 1);
  try {
    exported.module.get_method("step")({tokens, state});
    QFAIL("it was taken");
  } catch (const std::exception& exception) {
    QVERIFY2(
        QString(exception.what()).contains("the state was begun for segments of another length"),
        exception.what());
  }
}

}  // namespace plumbline::test
