#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "core/engine/planer/course.h"
#include "core/engine/planer/rectified_product.h"
#include "core/engine/planer/weight_trainer.h"
#include "core/engine/training/checkpoint_writer.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/support/gpu_required.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

bool has_gpu() { return at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0; }

/// A text whose every token follows from the one before.
at::Tensor cyclic_text(std::int64_t vocabulary, std::int64_t tokens) {
  return at::arange(tokens, at::kLong).remainder(vocabulary).to(at::kByte);
}

TokenLanes lanes_of(const at::Tensor& text) {
  return value(TokenLanes::make(text, {0, text.size(0)}, 4, 6, "text"));
}

WeightTrainerSettings settings_of(std::int64_t steps) {
  WeightTrainerSettings settings;
  settings.steps = steps;
  settings.warm_up = 5;
  settings.memory = 6;
  settings.learning_rate = 1e-2;
  return settings;
}

BackboneConfig with_dropout() {
  BackboneConfig config = small_backbone();
  config.dropout = 0.1;
  return config;
}

Teacher teacher_of(const BackboneConfig& config, std::uint64_t seed, double weight) {
  const Architecture architecture = baseline_architecture(config);
  return {
      std::make_shared<LanguageModel>(config, options_of(architecture), seed, at::kCPU, at::kFloat),
      architecture, weight};
}

}  // namespace

void TestWeightTraining::learns_a_repeated_text() {
  const BackboneConfig config = small_backbone();
  const Architecture architecture = {*find_option("attention-2"), *find_option("experts-1"),
                                     skip_option, *find_option("feed-forward")};
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  const at::Tensor text = cyclic_text(config.vocabulary, 600);
  WeightTrainer trainer(model, lanes_of(text), settings_of(150));
  const Mixture mixture{architecture, {}};
  trainer.step(mixture);
  const double first = trainer.read().loss;
  QVERIFY2(std::abs(first - std::log(20.0)) < 0.2, qPrintable(QString::number(first)));
  while (trainer.done() < trainer.steps() - 10) trainer.step(mixture);
  trainer.read();
  while (trainer.done() < trainer.steps()) trainer.step(mixture);
  QVERIFY(trainer.read().loss < 0.05);
}

void TestWeightTraining::goes_on_to_the_bit_data() {
  QTest::addColumn<double>("taught");
  QTest::newRow("of the text") << 0.0;
  QTest::newRow("of a teacher too") << 0.5;
}

void TestWeightTraining::goes_on_to_the_bit() {
  QFETCH(double, taught);
  const BackboneConfig config = with_dropout();
  const Architecture architecture = baseline_architecture(config);
  const Mixture mixture{architecture, {}};
  at::manual_seed(3);
  const at::Tensor text = at::randint(config.vocabulary, {300}, at::kByte);
  const auto teacher = [&]() -> std::optional<Teacher> {
    if (taught == 0) return std::nullopt;
    return teacher_of(config, 5, taught);
  };
  QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("checkpoint").toStdString();
  std::vector<double> losses;
  {
    LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
    WeightTrainer trainer(model, lanes_of(text), settings_of(20), teacher());
    for (int i = 0; i < 20; ++i) {
      if (i == 7) succeed(save_tensors(file, trainer.place(), trainer.state()));
      trainer.step(mixture);
      // Read in threes, so that the checkpoint lies within a reading.
      if (i % 3 == 2) losses.push_back(trainer.read().loss);
    }
  }
  LanguageModel model(config, options_of(architecture), 99, at::kCPU, at::kFloat);
  WeightTrainer trainer(model, lanes_of(text), settings_of(20), teacher());
  succeed(trainer.restore(value(SafetensorsFile::open(file)), "checkpoint"));
  QCOMPARE(trainer.done(), 7);
  std::size_t reading = 2;
  for (int i = 7; i < 20; ++i) {
    trainer.step(mixture);
    if (i % 3 == 2) QCOMPARE(trainer.read().loss, losses[reading++]);
  }
  // Of another network it is refused.
  const Architecture other = {skip_option, architecture[1], architecture[2], architecture[3]};
  LanguageModel smaller(config, options_of(other), 1, at::kCPU, at::kFloat);
  WeightTrainer refused(smaller, lanes_of(text), settings_of(20));
  QVERIFY(!refused.restore(value(SafetensorsFile::open(file)), "checkpoint"));
}

void TestWeightTraining::a_rectified_product_equals_its_parts_data() {
  QTest::addColumn<bool>("on_gpu");
  QTest::newRow("on the CPU") << false;
  QTest::newRow("on a GPU") << true;
}

void TestWeightTraining::a_rectified_product_equals_its_parts() {
  QFETCH(bool, on_gpu);
  if (on_gpu) SKIP_WITHOUT_GPU(has_gpu(), "its product on a GPU is not computed");
  const auto options = at::TensorOptions(on_gpu ? at::kCUDA : at::kCPU).dtype(at::kFloat);
  at::manual_seed(4);
  const at::Tensor x = at::randn({70, 24}, options), weight = at::randn({40, 24}, options),
                   bias = at::randn({40}, options), given = at::randn({70, 40}, options);
  std::vector<at::Tensor> inputs{x, weight, bias}, found, expected;
  for (at::Tensor& input : inputs) input.set_requires_grad(true);
  const auto gradients = [&](const at::Tensor& output) {
    output.backward(given);
    std::vector<at::Tensor> all{output.detach()};
    for (at::Tensor& input : inputs) {
      all.push_back(input.grad().clone());
      input.mutable_grad().reset();
    }
    return all;
  };
  // Narrowed, as an option of a wider layer has it.
  const auto narrow = [](const at::Tensor& tensor) { return tensor.narrow(0, 0, 32); };
  for (const bool narrowed : {false, true}) {
    const at::Tensor own_weight = narrowed ? narrow(weight) : weight,
                     own_bias = narrowed ? narrow(bias) : bias;
    const auto of = [&](const at::Tensor& output) {
      return narrowed ? at::constant_pad_nd(output, {0, 8}) : output;
    };
    found = gradients(of(rectified_product(x, own_weight, own_bias)));
    expected = gradients(of(at::relu(at::linear(x, own_weight, own_bias))));
    for (std::size_t i = 0; i < found.size(); ++i)
      QVERIFY(at::allclose(found[i], expected[i], 1e-4, 1e-4));
  }
  // Only what is asked for.
  x.set_requires_grad(false);
  rectified_product(x, weight, bias).backward(given);
  QVERIFY(!x.grad().defined() && weight.grad().defined() && bias.grad().defined());
}

void TestWeightTraining::a_checkpoint_is_of_when_it_was_begun_data() {
  QTest::addColumn<bool>("on_gpu");
  QTest::newRow("on the CPU") << false;
  QTest::newRow("on a GPU") << true;
}

void TestWeightTraining::a_checkpoint_is_of_when_it_was_begun() {
  QFETCH(bool, on_gpu);
  if (on_gpu) SKIP_WITHOUT_GPU(has_gpu(), "what a GPU has is not written");
  QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("checkpoint").toStdString();
  at::Tensor weights = at::full({1 << 20}, 1.0F, at::Device(on_gpu ? at::kCUDA : at::kCPU));
  at::Tensor kept = at::zeros({1 << 20});
  CheckpointWriter writer(file);
  succeed(writer.finish());  // nothing was begun
  for (const float begun : {1.0F, 2.0F}) {
    weights.fill_(begun);
    succeed(writer.begin({{"step", std::to_string(begun)}}, {{"weights", weights}}));
    // Training goes on in the same memory.
    weights.fill_(-1);
    succeed(writer.finish());
    QVERIFY(!writer.is_busy());
    const auto saved = value(SafetensorsFile::open(file));
    QCOMPARE(*saved.find_metadata("step"), std::to_string(begun));
    succeed(load_tensors(saved, {{"weights", kept}}, "checkpoint"));
    QVERIFY(at::equal(kept, at::full_like(kept, begun)));
  }
  // What could not be written is said once.
  CheckpointWriter nowhere(std::filesystem::path(folder.filePath("none").toStdString()) / "file");
  succeed(nowhere.begin({}, {{"weights", weights}}));
  QVERIFY(!nowhere.finish());
  succeed(nowhere.finish());
  succeed(nowhere.begin({}, {{"weights", weights}}));
  QVERIFY(!nowhere.begin({}, {{"weights", weights}}));
}

void TestWeightTraining::a_stopped_course_has_written_where_it_was() {
  QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("c.safetensors").toStdString();
  // So large that writing takes longer than returning.
  const at::Tensor weights = at::zeros({1 << 22});
  std::int64_t done = 0;
  int states = 0;
  Job job = Job::relayed(
      {.take = [](auto&&...) {},
       .control = [&] { return done < 5 ? JobRelay::Word::go_on : JobRelay::Word::stop; }});
  Course course;
  course.phase = "training";
  course.steps = 1'000'000;
  course.report_every = 1;
  course.done = [&] { return done; };
  course.step = [&] { weights.fill_(static_cast<double>(++done)); };
  course.report = [](std::int64_t) { return true; };
  course.state = [&] {
    ++states;
    return NamedTensors{{"weights", weights}};
  };
  course.place = [&] { return SafetensorsMetadata{{"step", std::to_string(done)}}; };
  course.restore = [&](const SafetensorsFile& saved, const std::string& where) {
    done = std::stoll(*saved.find_metadata("step"));
    return load_tensors(saved, {{"weights", weights}}, where);
  };
  const auto ended = run_course(course, job, file, "settings");
  QVERIFY(!ended);
  QVERIFY(ended.error().kind == ErrorKind::cancelled);
  QVERIFY(done >= 5 && done < course.steps);
  QCOMPARE(states, 1);
  // It is whole when the course returns, with nothing half written beside it.
  const auto saved = value(SafetensorsFile::open(file));
  QCOMPARE(*saved.find_metadata("step"), std::to_string(done));
  QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList{"c.safetensors"});
  // Another process goes on from there.
  const std::int64_t stopped_at = std::exchange(done, 0);
  weights.zero_();
  course.steps = stopped_at + 3;
  Job next = Job::relayed({.take = [](auto&&...) {}, .control = {}});
  std::int64_t first_step = 0;
  course.step = [&] {
    if (first_step == 0) first_step = weights[0].item<std::int64_t>() + 1;
    ++done;
  };
  succeed(run_course(course, next, file, "settings"));
  QCOMPARE(first_step, stopped_at + 1);
  QCOMPARE(done, course.steps);
}

void TestWeightTraining::teachers_probabilities_are_a_part_of_the_loss() {
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  at::manual_seed(4);
  const at::Tensor text = at::randint(config.vocabulary, {300}, at::kByte);
  WeightTrainerSettings still = settings_of(4);
  still.learning_rate = 0;
  const auto reading = [&](std::optional<Teacher> teacher) {
    LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
    WeightTrainer trainer(model, lanes_of(text), still, std::move(teacher));
    for (int i = 0; i < 4; ++i) trainer.step({architecture, {}});
    return trainer.read();
  };
  const auto alone = reading(std::nullopt);
  // Who expects the same teaches nothing: of the gradient the text's share is left, memory and all.
  for (const double weight : {0.25, 1.0}) {
    const auto taught = reading(teacher_of(config, 1, weight));
    QVERIFY2(std::abs(taught.loss - alone.loss) < 1e-6, qPrintable(QString::number(taught.loss)));
    QVERIFY2(std::abs(taught.gradient - (1 - weight) * alone.gradient) < 1e-5 * alone.gradient,
             qPrintable(QString::number(taught.gradient / alone.gradient)));
  }
  QVERIFY(reading(teacher_of(config, 2, 1.0)).gradient > 1e-3);
}

void TestWeightTraining::comes_to_expect_what_its_teacher_does() {
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  const at::NoGradGuard no_grad;
  const Teacher teacher = teacher_of(config, 2, 1.0);
  // Of large weights it is sure of something; the text is noise.
  for (const auto& [name, master] : teacher.model->parameters().masters()) master.mul_(6);
  teacher.model->parameters().refresh();
  at::manual_seed(4);
  const at::Tensor text = at::randint(config.vocabulary, {600}, at::kByte);
  LanguageModel pupil(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  const at::Tensor tokens = at::randint(config.vocabulary, {4, 6}, at::kLong);
  const auto said = [&](LanguageModel& model) {
    return model.log_probabilities(model.forward(tokens, {}, 6, {architecture, {}}, false).hidden);
  };
  const auto divergence = [&] {
    const at::Tensor expected = said(*teacher.model);
    return (expected.exp() * (expected - said(pupil))).sum(-1).mean().item<double>();
  };
  const double before = divergence();
  WeightTrainer trainer(pupil, lanes_of(text), settings_of(200), teacher);
  {
    const at::AutoGradMode grad(true);
    while (trainer.done() < trainer.steps()) trainer.step({architecture, {}});
  }
  const double after = divergence();
  QVERIFY2(after < before / 4, qPrintable(QString("%1 → %2").arg(before).arg(after)));
}

void TestWeightTraining::unused_options_stay() {
  const BackboneConfig config = small_backbone();
  LanguageModel model(config, every_option(config), 1, at::kCPU, at::kFloat);
  const auto master = [&](const char* name) {
    return model.parameters().find(name)->master.clone();
  };
  const at::Tensor feed_forward = master("slots.1.feed_forward.first"),
                   query = master("slots.0.attention.query");
  WeightTrainer trainer(model, lanes_of(cyclic_text(20, 300)), settings_of(3));
  Architecture path = baseline_architecture(config);
  path[1] = skip_option;
  path[0] = *find_option("attention-2");
  for (int i = 0; i < 3; ++i) trainer.step({path, {}});
  QVERIFY(at::equal(feed_forward, master("slots.1.feed_forward.first")));
  // Of attention's heads the first two learn; the others only decay (0.01 · rate a step).
  const at::Tensor now = master("slots.0.attention.query");
  QVERIFY((now - query).narrow(0, 0, 8).abs().max().item<double>() > 1e-3);
  QVERIFY((now - query).narrow(0, 8, 24).abs().max().item<double>() < 1e-4);
}

void TestWeightTraining::adamw_equals_its_formula() {
  ParameterSet parameters(1, at::kCPU, at::kFloat);
  const at::Tensor weight = parameters.make("w", ParameterRole::weight, {3});
  const at::Tensor bias = parameters.make("b", ParameterRole::bias, {2});
  Adamw adamw(parameters, {.beta1 = 0.9, .beta2 = 0.98, .weight_decay = 0.1, .largest_norm = 1.0});
  std::vector<double> w(3), b(2, 0.0), mw(3), vw(3), mb(2), vb(2);
  for (std::size_t i = 0; i < 3; ++i) w[i] = weight[static_cast<std::int64_t>(i)].item<double>();
  for (int step = 1; step <= 4; ++step) {
    const std::vector<double> gw = {0.5 * step, -1.0, 2.0}, gb = {0.3, -0.1 * step};
    weight.mutable_grad() = at::tensor(at::ArrayRef<double>(gw), at::kFloat);
    bias.mutable_grad() = at::tensor(at::ArrayRef<double>(gb), at::kFloat);
    double square = 0;
    for (const double g : gw) square += g * g;
    for (const double g : gb) square += g * g;
    const double norm = std::sqrt(square), shorter = std::min(1.0, 1.0 / (norm + 1e-6));
    QVERIFY(std::abs(adamw.step(at::tensor(0.05f)).item<double>() - norm) < 1e-5);
    const auto update = [&](std::vector<double>& x, std::vector<double>& m, std::vector<double>& v,
                            const std::vector<double>& g, double decay) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double scaled = g[i] * shorter;
        m[i] = 0.9 * m[i] + 0.1 * scaled;
        v[i] = 0.98 * v[i] + 0.02 * scaled * scaled;
        x[i] -= 0.05 * decay * x[i];
        x[i] -= 0.05 * (m[i] / (1 - std::pow(0.9, step))) /
                (std::sqrt(v[i] / (1 - std::pow(0.98, step))) + 1e-8);
      }
    };
    update(w, mw, vw, gw, 0.1);
    update(b, mb, vb, gb, 0.0);
  }
  for (std::int64_t i = 0; i < 3; ++i)
    QVERIFY(std::abs(weight[i].item<double>() - w[static_cast<std::size_t>(i)]) < 1e-5);
  for (std::int64_t i = 0; i < 2; ++i)
    QVERIFY(std::abs(bias[i].item<double>() - b[static_cast<std::size_t>(i)]) < 1e-5);
}

void TestWeightTraining::divergence_is_rolled_back_once() {
  QTemporaryDir folder;
  const std::filesystem::path study = folder.filePath("s.plumb").toStdString();
  const BackboneConfig config = small_backbone();
  const Architecture architecture = baseline_architecture(config);
  LanguageModel model(config, options_of(architecture), 1, at::kCPU, at::kFloat);
  WeightTrainer trainer(model, lanes_of(cyclic_text(20, 600)), settings_of(60));
  JobOptions options;
  options.study = study;
  options.kind = "train";
  options.quiet = true;
  Job job = value(Job::begin(options));
  Course course = weight_course(
      trainer, "training", "", config.vocabulary,
      [&](std::int64_t) { return Mixture{architecture, {}}; }, job);
  // What is learned is spoiled once: training goes back and ends.
  int spoiled = 0;
  const auto step = course.step;
  const auto spoil = [&] {
    const at::NoGradGuard no_grad;
    model.parameters().find("embedding.0.weight")->master.fill_(std::nan(""));
    ++spoiled;
  };
  course.step = [&] {
    step();
    if (trainer.done() == 31 && spoiled == 0) spoil();
  };
  succeed(run_course(course, job, study / "checkpoints" / "c.safetensors", "settings"));
  QCOMPARE(spoiled, 1);
  QCOMPARE(trainer.done(), 60);
  QVERIFY(std::abs(trainer.learning_rate() / (0.5 * settings_of(60).learning_rate * 0.02) - 1) <
          0.2);
  // Twice is an error that says what may help.
  WeightTrainer again(model, lanes_of(cyclic_text(20, 600)), settings_of(60));
  Course second = weight_course(
      again, "training", "", config.vocabulary,
      [&](std::int64_t) { return Mixture{architecture, {}}; }, job);
  const auto plain = second.step;
  second.step = [&] {
    plain();
    if (again.done() == 31) spoil();
  };
  const auto failed = run_course(second, job, study / "checkpoints" / "d.safetensors", "settings");
  QVERIFY(!failed);
  QVERIFY(failed.error().hint.find("--learning-rate") != std::string::npos);
}

}  // namespace plumbline::test
