#include <QtTest>

#include <cmath>

#include <ATen/ATen.h>

#include "core/engine/planer/inference_step.h"
#include "core/engine/planer/language_model.h"
#include "core/engine/planer/network_files.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"

namespace plumbline::test {

namespace {

Architecture mixed_architecture() {
  return {*find_option("attention-4"), *find_option("experts-2"), *find_option("attention-8"),
          *find_option("experts-1")};
}

}  // namespace

void TestLanguageModel::memory_is_the_text_before() {
  const at::NoGradGuard no_grad;
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(model, 3);
  const at::Tensor tokens = random_tokens(config.vocabulary, {2, 12}, 4);
  const Mixture mixture{architecture, {}};
  const auto whole = model.forward(tokens, {}, 0, mixture, false);
  const auto first = model.forward(tokens.narrow(1, 0, 6), {}, 6, mixture, false);
  const auto second = model.forward(tokens.narrow(1, 6, 6), first.memory, 6, mixture, false);
  QVERIFY(farthest(whole.hidden.narrow(1, 0, 6), first.hidden) < 2e-5);
  QVERIFY(farthest(whole.hidden.narrow(1, 6, 6), second.hidden) < 2e-5);
  // Without its memory the second half is another.
  const auto alone = model.forward(tokens.narrow(1, 6, 6), {}, 0, mixture, false);
  QVERIFY(farthest(whole.hidden.narrow(1, 6, 6), alone.hidden) > 0.1);
}

void TestLanguageModel::step_equals_the_pass_data() {
  QTest::addColumn<bool>("gpt2");
  QTest::addColumn<bool>("experts");
  QTest::addColumn<int>("memory");
  QTest::newRow("Transformer-XL") << false << false << 6;
  QTest::newRow("Transformer-XL with experts") << false << true << 6;
  QTest::newRow("Transformer-XL, memory of no whole segments") << false << false << 11;
  QTest::newRow("Transformer-XL, memory shorter than a segment") << false << false << 4;
  QTest::newRow("GPT-2") << true << false << 0;
}

void TestLanguageModel::step_equals_the_pass() {
  QFETCH(bool, gpt2);
  QFETCH(bool, experts);
  QFETCH(int, memory);
  const at::NoGradGuard no_grad;
  BackboneConfig config = small_backbone();
  if (gpt2) {
    config = as_gpt2(config);
  } else {
    config.same_length = true;
    config.clamp = 7;
  }
  const Architecture architecture = experts ? mixed_architecture() : baseline_architecture(config);
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(model, 8);
  const Mixture mixture{architecture, {}};
  const at::Tensor tokens = random_tokens(config.vocabulary, {3, 24}, 9);
  Memory before;
  for (int segment = 0; segment < 3; ++segment)
    before = model.forward(tokens.narrow(1, 6 * segment, 6), before, memory, mixture, false).memory;
  InferenceStep step(model, architecture, 3, 6, memory);
  step.remember(before);
  const at::Tensor last = tokens.narrow(1, 18, 6);
  const auto pass = model.forward(last, before, memory, mixture, false);
  const at::Tensor expected = model.softmax().log_probabilities(pass.hidden.flatten(0, 1));
  const at::Tensor got = step.forward(last);
  QVERIFY2(farthest(expected, got) < 5e-5, qPrintable(QString::number(farthest(expected, got))));
  // Again, with the memory that the step itself has kept, until its rings have turned.
  before = pass.memory;
  for (std::uint64_t seed = 10; seed < 16; ++seed) {
    const at::Tensor next = random_tokens(config.vocabulary, {3, 6}, seed);
    const auto following = model.forward(next, before, memory, mixture, false);
    const at::Tensor after = model.softmax().log_probabilities(following.hidden.flatten(0, 1));
    QVERIFY(farthest(after, step.forward(next)) < 5e-5);
    before = following.memory;
  }
}

void TestLanguageModel::token_layers_equal_their_definition_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<bool>("gelu");
  for (const SlotOption& option : slot_options())
    for (const bool gelu : {false, true})
      if (option.kind == OptionKind::feed_forward || option.kind == OptionKind::experts)
        QTest::addRow("%s, %s", option.name.data(), gelu ? "GELU" : "ReLU")
            << QString(option.name.data()) << gelu;
}

/// Feed-forwards and experts of every width, token by token in float64: as part of all options'
/// weights, with weights of their own, and as a step.
void TestLanguageModel::token_layers_equal_their_definition() {
  QFETCH(QString, name);
  QFETCH(bool, gelu);
  const at::NoGradGuard no_grad;
  BackboneConfig config = small_backbone();
  config.layers = 1;
  if (gelu) config.activation = Activation::gelu;
  const OptionIndex index = *find_option(name.toStdString());
  const SlotOption& option = slot_option(index);
  const Architecture architecture = {index, skip_option};
  const std::int64_t width = config.d_inner * option.width / 100;
  const bool experts = option.kind == OptionKind::experts;
  for (const bool alone : {false, true}) {
    LanguageModel model(config, alone ? options_of(architecture) : every_option(config), 1,
                        at::kCPU, at::kFloat);
    randomize(model, 5);
    const at::Tensor tokens = random_tokens(config.vocabulary, {2, 6}, 6);
    const std::string prefix = experts ? "slots.0.experts." : "slots.0.feed_forward.";
    const auto master = [&](const char* part) {
      return model.parameters().find(prefix + part)->master.to(at::kDouble);
    };
    // [in, units] and [units, out], experts' one by one.
    const auto inner = [&](const at::Tensor& x, const at::Tensor& first, const at::Tensor& bias) {
      const at::Tensor sum = at::matmul(x, first.narrow(1, 0, width)) + bias.narrow(0, 0, width);
      return gelu ? at::gelu(sum, "tanh") : at::relu(sum);
    };
    const auto change = [&](const at::Tensor& x) {
      if (!experts)
        return at::matmul(inner(x, master("first").t(), master("first_bias")),
                          master("second").t().narrow(0, 0, width)) +
               master("second_bias");
      const at::Tensor likely = at::matmul(master("gate"), x).softmax(0);
      const at::Tensor order = likely.argsort(/*stable=*/true, 0, /*descending=*/true);
      at::Tensor sum = at::zeros_like(x);
      double shares = 0;
      for (int k = 0; k < option.top_k; ++k) {
        const auto e = order[k].item<std::int64_t>();
        const auto share = likely[e].item<double>();
        shares += share;
        sum += share * (at::matmul(inner(x, master("first")[e], master("first_bias")[e]),
                                   master("second")[e].narrow(0, 0, width)) +
                        master("second_bias")[e]);
      }
      return option.top_k > 1 ? sum / shares : sum;
    };
    const at::Tensor x = model.embedding()(tokens).to(at::kDouble).flatten(0, 1);
    std::vector<at::Tensor> rows;
    for (std::int64_t t = 0; t < x.size(0); ++t)
      rows.push_back(at::layer_norm(x[t] + change(x[t]), {config.d_model}, master("norm.weight"),
                                    master("norm.bias"), 1e-5));
    const at::Tensor expected = at::stack(rows);
    const auto pass = model.forward(tokens, {}, 0, {architecture, {}}, false);
    QVERIFY2(farthest(expected, pass.hidden.flatten(0, 1).to(at::kDouble)) < 5e-5,
             alone ? "alone" : "of all");
    InferenceStep step(model, architecture, 2, 6, 0);
    const at::Tensor stepped = step.slots(step.embed(tokens));
    QVERIFY2(farthest(expected, stepped.flatten(0, 1).to(at::kDouble)) < 5e-5,
             alone ? "step alone" : "step of all");
  }
}

void TestLanguageModel::mixture_of_one_is_that_option() {
  const at::NoGradGuard no_grad;
  const BackboneConfig config = small_backbone();
  LanguageModel model(config, every_option(config), 1, at::kCPU, at::kFloat);
  randomize(model, 12);
  const at::Tensor tokens = random_tokens(config.vocabulary, {2, 6}, 13);
  for (const OptionIndex option : usable_options(config)) {
    Architecture architecture = baseline_architecture(config);
    architecture[1] = option;
    architecture[2] = option;
    at::Tensor weights = at::zeros({4, static_cast<std::int64_t>(slot_options().size())});
    for (std::size_t slot = 0; slot < architecture.size(); ++slot)
      weights[static_cast<std::int64_t>(slot)][architecture[slot]] = 1.0;
    const auto chosen = model.forward(tokens, {}, 6, {architecture, {}}, false);
    const auto mixed = model.forward(tokens, {}, 6, {{}, weights}, false);
    QVERIFY2(farthest(chosen.hidden, mixed.hidden) < 2e-5, slot_option(option).name.data());
  }
}

void TestLanguageModel::parameters_are_as_counted_data() {
  QTest::addColumn<QString>("config");
  for (const std::string& name : {std::string("tiny"), std::string("enwik8-base")})
    QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

void TestLanguageModel::parameters_are_as_counted() {
  QFETCH(QString, config);
  const BackboneConfig backbone = *load_backbone_config(config.toStdString());
  LanguageModel baseline(backbone, options_of(baseline_architecture(backbone)), 1, at::kCPU,
                         at::kFloat);
  QCOMPARE(baseline.parameters().count(),
           count_parameters(backbone, baseline_architecture(backbone)).all);
  // Every option once, on a short backbone.
  BackboneConfig one = backbone;
  one.layers = 1;
  for (const OptionIndex option : usable_options(one)) {
    const Architecture architecture = {option, skip_option};
    LanguageModel model(one, options_of(architecture), 1, at::kCPU, at::kFloat);
    QCOMPARE(model.parameters().count(), count_parameters(one, architecture).all);
  }
}

void TestLanguageModel::adaptive_softmax_is_a_distribution() {
  const at::NoGradGuard no_grad;
  BackboneConfig config = small_backbone();
  config.vocabulary = 50;
  config.cutoffs = {10, 25};
  config.d_embed = 16;
  config.div_val = 2;
  const Architecture architecture = baseline_architecture(config);
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(model, 21);
  QCOMPARE(model.parameters().count(), count_parameters(config, architecture).all);
  const at::Tensor hidden = at::randn({40, config.d_model});
  const at::Tensor all = model.softmax().log_probabilities(hidden);
  QVERIFY(all.logsumexp(1, false).abs().max().item<double>() < 1e-5);
  const at::Tensor targets = random_tokens(50, {40}, 22);
  const at::Tensor own = all.gather(1, targets.unsqueeze(1)).squeeze(1).neg();
  QVERIFY(farthest(own, model.softmax().losses(hidden, targets)) < 1e-5);
  // Embedding by cluster: a token's vector is its own row, through its cluster's projection.
  const auto& clusters = model.embedding().clusters();
  const at::Tensor tokens = at::tensor({3, 12, 49}, at::kLong).unsqueeze(0);
  const at::Tensor embedded = model.embedding()(tokens)[0];
  const double scale = std::sqrt(32.0);
  const auto vector = [&](std::size_t cluster, std::int64_t row) {
    return at::mv(clusters[cluster].projection, clusters[cluster].weight[row]) * scale;
  };
  QVERIFY(farthest(embedded[0], vector(0, 3)) < 1e-5);
  QVERIFY(farthest(embedded[1], vector(1, 2)) < 1e-5);
  QVERIFY(farthest(embedded[2], vector(2, 24)) < 1e-5);
}

void TestLanguageModel::heads_in_another_order_compute_the_same() {
  const at::NoGradGuard no_grad;
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(model, 31);
  // The last head is the strongest.
  model.parameters().find("slots.0.attention.value")->master.narrow(0, 28, 4).mul_(10.0);
  const at::Tensor strongest =
      model.parameters().find("slots.0.attention.query")->master.narrow(0, 28, 4).clone();
  const at::Tensor tokens = random_tokens(config.vocabulary, {2, 6}, 32);
  const Mixture mixture{architecture, {}};
  const at::Tensor before = model.forward(tokens, {}, 0, mixture, false).hidden;
  order_by_strength(model);
  // So are a feed-forward's units: by falling strength.
  const at::Tensor strength =
      model.parameters().find("slots.1.feed_forward.first")->master.norm(2, 1) *
      model.parameters().find("slots.1.feed_forward.second")->master.norm(2, 0);
  QVERIFY(at::equal(strength, std::get<0>(strength.sort(0, /*descending=*/true))));
  const at::Tensor after = model.forward(tokens, {}, 0, mixture, false).hidden;
  QVERIFY(farthest(before, after) < 2e-5);
  QVERIFY(at::equal(strongest,
                    model.parameters().find("slots.0.attention.query")->master.narrow(0, 0, 4)));
}

void TestLanguageModel::options_begin_with_the_networks_weights() {
  const at::NoGradGuard no_grad;
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  LanguageModel base(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  randomize(base, 41);
  LanguageModel super(config, every_option(config), 2, at::kCPU, at::kFloat);
  inherit_weights(base, super);
  const at::Tensor tokens = random_tokens(config.vocabulary, {2, 6}, 42);
  const auto hidden = [&](LanguageModel& model, const Architecture& path) {
    return model.forward(tokens, {}, 0, {path, {}}, false).hidden;
  };
  QVERIFY(at::equal(hidden(base, architecture), hidden(super, architecture)));
  // Experts that are copies of the feed-forward compute it, whichever is chosen: top-2's gates sum
  // to 1.
  Architecture experts = architecture;
  experts[1] = *find_option("experts-2");
  QVERIFY(farthest(hidden(base, architecture), hidden(super, experts)) < 2e-5);
  // A wider feed-forward computes what the published one does; a narrower one has its first units.
  for (const char* name : {"feed-forward-half", "feed-forward-double"}) {
    Architecture other = architecture;
    other[1] = *find_option(name);
    const bool same = farthest(hidden(base, architecture), hidden(super, other)) < 2e-5;
    QCOMPARE(same, slot_option(other[1]).width > 100);
    LanguageModel alone(config, options_of(other), 3, at::kCPU, at::kFloat);
    inherit_weights(super, alone);
    QVERIFY(farthest(hidden(alone, other), hidden(super, other)) < 2e-5);
  }
  // Half experts that are copies compute what half the feed-forward does; wider ones that begin
  // with them do so too.
  const auto with = [&](const char* name) {
    Architecture other = architecture;
    other[1] = *find_option(name);
    return other;
  };
  QVERIFY(farthest(hidden(super, with("feed-forward-half")),
                   hidden(super, with("experts-half-2"))) < 2e-5);
  for (const char* name : {"experts-half-1", "experts-half-2"}) {
    const Architecture narrow = with(name);
    LanguageModel alone(config, options_of(narrow), 3, at::kCPU, at::kFloat);
    inherit_weights(super, alone);
    QVERIFY(farthest(hidden(alone, narrow), hidden(super, narrow)) < 2e-5);
    QCOMPARE(alone.parameters().find("slots.1.experts.first")->master.size(2), config.d_inner / 2);
    const Architecture wide = with(narrow == with("experts-half-1") ? "experts-1" : "experts-2");
    LanguageModel grown(config, options_of(wide), 4, at::kCPU, at::kFloat);
    inherit_weights(alone, grown);
    QVERIFY(farthest(hidden(alone, narrow), hidden(grown, wide)) < 2e-5);
  }
  // A slot that had attention has its layer's feed-forward as well.
  const auto master = [](const LanguageModel& model, const char* name) {
    return model.parameters().find(name)->master;
  };
  QVERIFY(at::equal(master(super, "slots.2.feed_forward.first").narrow(0, 0, config.d_inner),
                    master(base, "slots.3.feed_forward.first")));
  // A network found has the first heads.
  Architecture narrow = architecture;
  narrow[0] = *find_option("attention-2");
  LanguageModel found(config, options_of(narrow), 3, at::kCPU, at::kFloat);
  inherit_weights(super, found);
  QVERIFY(at::equal(hidden(found, narrow), hidden(super, narrow)));
}

}  // namespace plumbline::test
