#include <QtTest>

#include <cmath>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/torchscript_module.h"
#include "core/engine/planer/torchscript_source.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"

namespace plumbline::test {

void TestNetworkExport::torchscript_equals_the_network_data() {
  QTest::addColumn<QString>("kind");
  for (const char* kind : {"Transformer-XL", "found", "same length, clamped", "GPT-2", "words"})
    QTest::newRow(kind) << QString(kind);
}

void TestNetworkExport::torchscript_equals_the_network() {
  QFETCH(QString, kind);
  const at::NoGradGuard no_grad;
  BackboneConfig config = small_backbone();
  if (kind == "GPT-2") {
    config = as_gpt2(config);
  }
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
  Architecture architecture = baseline_architecture(config);
  if (kind == "found")
    architecture = {*find_option("attention-2"), *find_option("experts-2"), skip_option,
                    *find_option("experts-1")};
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(model, 17);
  torch::jit::Module module = make_torchscript(config, architecture, model);
  const std::int64_t capacity = kind == "GPT-2" ? 0 : config.evaluation.memory;
  Memory memory;
  c10::List<at::Tensor> kept;
  for (int segment = 0; segment < 4; ++segment) {
    // Other lengths and batches need no other module.
    const std::int64_t length = kind == "same length, clamped" ? 6 : 3 + segment % 3;
    const at::Tensor tokens =
        random_tokens(config.vocabulary, {2, length}, static_cast<std::uint64_t>(segment + 1));
    auto output = model.forward(tokens, memory, capacity, {architecture, {}}, false);
    const at::Tensor expected = model.softmax()
                                    .log_probabilities(output.hidden.flatten(0, 1))
                                    .view({2, length, config.vocabulary});
    const auto result = module.forward({tokens, kept}).toTuple();
    const at::Tensor got = result->elements()[0].toTensor();
    QVERIFY2((expected - got).abs().max().item<double>() < 1e-4,
             qPrintable(QString::number((expected - got).abs().max().item<double>())));
    memory = std::move(output.memory);
    kept = result->elements()[1].toTensorList();
  }
}

}  // namespace plumbline::test
