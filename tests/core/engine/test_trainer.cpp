#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "core/data/dataset_scan.h"
#include "core/engine/training/trainer.h"
#include "core/engine/training/viewed_images.h"
#include "tests/core/engine/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

TrainSettings settings_of(const std::string& architecture, std::int64_t epochs,
                          std::uint64_t seed = 1) {
  TrainRequest request;
  request.architecture = architecture;
  request.epochs = epochs;
  request.batch = 32;
  request.seed = seed;
  request.device = "cpu";
  return value(train_settings(request));
}

/// Three classes that a network can learn: bright left, bright right, neither; with noise.
TrainData stripes(std::int64_t count, int side = 16) {
  at::manual_seed(4);
  TrainData data;
  data.labels = at::randint(0, 3, {count}, at::kLong);
  data.images = at::randn({count, side, side, 1});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = data.labels[i].item<std::int64_t>();
    if (label < 2) data.images[i].slice(1, label * side / 2, (label + 1) * side / 2) += 1.0;
  }
  data.validation_images = data.images.slice(0, 0, count / 4).clone();
  data.validation_labels = data.labels.slice(0, 0, count / 4).clone();
  return data;
}

constexpr auto ignore = [](const TrainMetric&) {};

void run_to_the_end(Trainer& trainer) {
  while (!trainer.finished()) succeed(trainer.step(ignore));
}

bool same_weights(const Trainer& a, const Trainer& b) {
  const auto left = a.weights(false), right = b.weights(false);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i].first != right[i].first || !at::equal(left[i].second, right[i].second))
      return false;
  return left.size() == right.size();
}

}  // namespace

/// What is not asked for is the architecture's recipe; its rate is for batches of 128.
void TestTrainer::recipes_fill_in_what_is_left_out() {
  for (const NetworkArchitecture& architecture : architectures()) {
    TrainRequest request;
    request.architecture = architecture.name;
    const TrainSettings own = value(train_settings(request));
    QCOMPARE(own.batch, architecture.batch);
    QCOMPARE(to_string(own.schedule), architecture.schedule);
    QCOMPARE(own.learning_rate,
             architecture.learning_rate * static_cast<double>(architecture.batch) / 128);
    request.batch = 2 * architecture.batch;
    QCOMPARE(value(train_settings(request)).learning_rate, 2 * own.learning_rate);
    request.schedule = "step";
    request.learning_rate = 0.25;
    const TrainSettings asked = value(train_settings(request));
    QCOMPARE(asked.batch, 2 * architecture.batch);
    QCOMPARE(asked.schedule, Schedule::step);
    QCOMPARE(asked.learning_rate, 0.25);
    request.batch = 0;
    QVERIFY(!train_settings(request));
  }
}

void TestTrainer::recipes_are_the_measured_ones_data() {
  QTest::addColumn<qlonglong>("batch");
  QTest::addColumn<double>("rate");
  QTest::addColumn<double>("decay");
  QTest::newRow("lenet5") << 128LL << 0.05 << 5e-4;
  QTest::newRow("convnet") << 128LL << 0.03 << 1e-3;
  QTest::newRow("centernet-small") << 16LL << 0.1 << 5e-4;
}

/// A rate that looks rounder costs points or ends a training: tests/bench/results says what each
/// of these was compared with. All rise to their rate.
void TestTrainer::recipes_are_the_measured_ones() {
  QFETCH(qlonglong, batch);
  QFETCH(double, rate);
  QFETCH(double, decay);
  TrainRequest request;
  request.architecture = QTest::currentDataTag();
  const TrainSettings own = value(train_settings(request));
  QCOMPARE(own.batch, std::int64_t(batch));
  QCOMPARE(own.learning_rate, rate);
  QCOMPARE(own.weight_decay, decay);
  QCOMPARE(own.schedule, Schedule::one_cycle);
}

/// A training of an architecture whose recipe is another one now goes on with the words of its own.
void TestTrainer::options_of_an_older_recipe_are_named() {
  TrainRequest request;
  request.architecture = "lenet5";
  request.dataset = "d";
  const auto now = describe(value(train_settings(request)), request);
  QCOMPARE(options_to_go_on(now, now), std::string());
  TrainRequest older = request;
  older.learning_rate = 0.02;
  older.schedule = "cosine";
  older.batch = 128;
  older.dataset = "e";
  auto before = describe(value(train_settings(older)), older);
  auto other = now;
  other["batch"] = 64;
  other["learning_rate"] = 0.5;
  other["schedule"] = "one-cycle";
  QCOMPARE(options_to_go_on(before, other),
           std::string("--dataset e --batch 128 --learning-rate 0.02 --schedule cosine"));
  // As a shell reads them back, also the empty ones.
  before["data"] = "my clothes";
  before["validation"] = "";
  other["validation"] = "held";
  QCOMPARE(options_to_go_on(before, other),
           std::string("--dataset 'my clothes' --validation '' --batch 128 --learning-rate 0.02 "
                       "--schedule cosine"));
  // No option has the loss of an older version.
  before["loss"] = "focal, box";
  other["loss"] = "focal, box, cross-entropy";
  QCOMPARE(options_to_go_on(before, other), std::string());
}

void TestTrainer::schedules_equal_their_closed_forms() {
  const std::int64_t steps = 1000;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double t = double(i) / steps;
    QVERIFY(std::abs(learning_rate(Schedule::cosine, 0.1, i, steps) -
                     0.05 * (1 + std::cos(std::numbers::pi * t))) < 1e-15);
    QCOMPARE(learning_rate(Schedule::step, 0.1, i, steps), t < 0.5 ? 0.1 : t < 0.75 ? 0.01 : 0.001);
    QVERIFY(learning_rate(Schedule::one_cycle, 0.1, i, steps) <= 0.1);
  }
  QCOMPARE(learning_rate(Schedule::one_cycle, 0.1, 0, steps), 0.004);
  QVERIFY(std::abs(learning_rate(Schedule::one_cycle, 0.1, 200, steps) - 0.1) < 1e-15);
  QVERIFY(learning_rate(Schedule::one_cycle, 0.1, 999, steps) < 2e-5);
  for (const auto schedule : {Schedule::cosine, Schedule::one_cycle, Schedule::step})
    QVERIFY(value(parse_schedule(to_string(schedule))) == schedule);
  QVERIFY(!parse_schedule("linear"));
}

void TestTrainer::epochs_are_permutations_of_their_seed() {
  const std::int64_t n = 5000;
  const auto plan = plan_epoch(3, 7, n, Augmentation::crop_flip, 4);
  auto sorted = plan.order;
  std::ranges::sort(sorted);
  for (std::int64_t i = 0; i < n; ++i) QCOMPARE(sorted[std::size_t(i)], i);
  QVERIFY(plan.order == plan_epoch(3, 7, n, Augmentation::none, 4).order);
  QVERIFY(plan.order != plan_epoch(3, 8, n, Augmentation::crop_flip, 4).order);
  QVERIFY(plan.order != plan_epoch(4, 7, n, Augmentation::crop_flip, 4).order);
  // Each of the nine shifts a ninth of the time, each side half of it: within five deviations.
  for (const auto* shifts : {&plan.down, &plan.right}) {
    std::map<std::int64_t, int> counts;
    for (const auto shift : *shifts) ++counts[shift];
    QCOMPARE(counts.size(), std::size_t(9));
    QCOMPARE(counts.begin()->first, std::int64_t(-4));
    for (const auto& [shift, count] : counts)
      QVERIFY(std::abs(count - n / 9.0) < 5 * std::sqrt(n / 9.0 * 8 / 9));
  }
  const auto mirrored = std::ranges::count(plan.mirrored, 1);
  QVERIFY(std::abs(double(mirrored) - n / 2.0) < 5 * std::sqrt(n / 4.0));
  const auto still = plan_epoch(3, 7, n, Augmentation::none, 4);
  QVERIFY(std::ranges::count(still.down, 0) == n && std::ranges::count(still.mirrored, 0) == n);
  QVERIFY(std::ranges::count(plan_epoch(3, 7, n, Augmentation::crop, 4).mirrored, 0) == n);
}

void TestTrainer::only_photographs_are_mirrored_data() {
  QTest::addColumn<int>("channels");
  QTest::addColumn<QStringList>("classes");
  QTest::addColumn<QString>("view");
  QTest::addColumn<QString>("augmentation");
  const QStringList animals{"cat", "dog"};
  QTest::newRow("photographs") << 3 << animals << "identity"
                               << "crop-flip";
  QTest::newRow("photographs, mirrored") << 3 << animals << "flip_x"
                                         << "crop";
  QTest::newRow("grey") << 1 << animals << "identity"
                        << "crop";
  QTest::newRow("digits in colour") << 3 << QStringList{"0", "1", "2"} << "identity"
                                    << "crop";
  QTest::newRow("numbers") << 3 << QStringList{"9", "10", "124"} << "identity"
                           << "crop";
  QTest::newRow("letters") << 3 << QStringList{"A", "ж", "あ"} << "identity"
                           << "crop";
  QTest::newRow("a letter and a word") << 3 << QStringList{"A", "cat"} << "identity"
                                       << "crop-flip";
  QTest::newRow("classes without names") << 3 << QStringList{} << "identity"
                                         << "crop-flip";
}

void TestTrainer::only_photographs_are_mirrored() {
  QFETCH(int, channels);
  QFETCH(QStringList, classes);
  QFETCH(QString, view);
  QFETCH(QString, augmentation);
  std::vector<std::string> names;
  for (const auto& name : classes) names.push_back(name.toStdString());
  TrainRequest request;
  request.architecture = "lenet5";
  request.view = value(parse_view(view.toStdString()));
  request.device = "cpu";
  TrainSettings settings = value(train_settings(request));
  settle_augmentation(settings, channels, names);
  QCOMPARE(QString::fromStdString(std::string(to_string(*settings.augmentation))), augmentation);
  // What is asked for stays, but for members that mirror anyway.
  request.augment = "crop-flip";
  settings = value(train_settings(request));
  QCOMPARE(*settings.augmentation == Augmentation::crop_flip, view == "identity");
}

void TestTrainer::batches_equal_slow_shifts() {
  at::manual_seed(2);
  const int height = 9, width = 7;
  const at::Tensor images = at::randn({6, height, width, 3});
  const auto longs = [](std::vector<std::int64_t> v) {
    return at::tensor(at::ArrayRef<std::int64_t>(v), at::kLong);
  };
  const std::vector<std::int64_t> order = {5, 0, 3}, down = {2, -3, 0}, right = {-1, 4, 0},
                                  mirrored = {0, 1, 1};
  const at::Tensor batch =
      gather_batch(images, longs(order), longs(down), longs(right), longs(mirrored));
  QCOMPARE(batch.sizes().vec(), (std::vector<int64_t>{3, 3, height, width}));
  for (std::size_t i = 0; i < 3; ++i)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        // The edge pixel is repeated where the shift looks outside; then the image is mirrored.
        const auto row = std::clamp<std::int64_t>(y - down[i], 0, height - 1);
        auto column = std::clamp<std::int64_t>(x - right[i], 0, width - 1);
        if (mirrored[i] != 0) column = width - 1 - column;
        QVERIFY(at::equal(batch[std::int64_t(i)].select(1, y).select(1, x),
                          images[order[i]][row][column]));
      }
}

void TestTrainer::one_step_equals_nesterovs_formula() {
  auto settings = settings_of("lenet5", 1);
  settings.augmentation = Augmentation::none;
  settings.batch = 64;
  settings.schedule = Schedule::step;
  const TrainData data = stripes(64);
  Trainer trainer(settings, {1, 16, 16, 3}, data);
  const auto source = [initial = initial_tensors(1)](const std::string& name, TensorRole role,
                                                     std::vector<std::int64_t> shape) {
    return initial(name, role, std::move(shape)).requires_grad_();
  };
  const auto network = settings.architecture->make({1, 16, 16, 3}, source);
  at::cross_entropy_loss(network->forward(data.images.permute({0, 3, 1, 2}), true), data.labels)
      .backward();
  succeed(trainer.step(ignore));
  QVERIFY(trainer.finished());
  const auto weights = trainer.weights(false);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& named = network->tensors()[i];
    // From momentum 0: the gradient counts once itself and once by the momentum.
    at::Tensor g = named.tensor.grad();
    if (named.role == TensorRole::weight) g = g + settings.weight_decay * named.tensor.detach();
    const at::Tensor expected =
        named.tensor.detach() - settings.learning_rate * (g + settings.momentum * g);
    QVERIFY2(at::allclose(weights[i].second, expected, 1e-4, 1e-6), named.name.c_str());
  }
}

void TestTrainer::a_network_learns_real_images() {
  // The demo's test images serve as a small set to learn: 3,000 to train, 1,000 others to measure.
  const std::string demo = PLUMBLINE_SOURCE_DIR "/resources/demo/fashion-mnist/";
  QTemporaryDir folder;
  auto study = value(Study::open((folder.path() + "/s.plumb").toStdString(), Access::create));
  const auto scan =
      value(scan_idx(demo + "t10k-images-idx3-ubyte.gz", demo + "t10k-labels-idx1-ubyte.gz", {}));
  value(study.add_split("fashion", "all", scan));
  const auto dataset = value(study.dataset("fashion"));
  const auto images = value(read_images(study, dataset, {"all"}, [](auto, auto) { return true; }));
  QCOMPARE(images.pixels.sizes().vec(), (std::vector<int64_t>{10'000, 28, 28, 1}));
  const auto moments = channel_moments(images.pixels);
  for (const char* view : {"identity", "hist"}) {
    const at::Tensor seen = viewed_images(images.pixels.narrow(0, 0, 4000), value(parse_view(view)),
                                          moments, c10::kCPU);
    TrainData data{seen.narrow(0, 0, 3000), images.labels.narrow(0, 0, 3000),
                   seen.narrow(0, 3000, 1000), images.labels.narrow(0, 3000, 1000)};
    auto settings = settings_of("lenet5", 5);
    settings.augmentation = Augmentation::none;
    Trainer trainer(settings, {1, 28, 28, 10}, std::move(data));
    run_to_the_end(trainer);
    double accuracy = 0, first_loss = 0, last_loss = 0;
    for (const auto& metric : trainer.history()) {
      if (metric.name == "accuracy/validation") accuracy = metric.value;
      if (metric.name == "loss/train" && first_loss == 0) first_loss = metric.value;
      if (metric.name == "loss/train") last_loss = metric.value;
    }
    QVERIFY2(accuracy > 0.75, qPrintable(QString("%1: %2").arg(view).arg(accuracy)));
    QVERIFY(last_loss < 0.5 * first_loss);
  }
}

void TestTrainer::a_restored_training_goes_on_to_the_bit_data() {
  QTest::addColumn<QString>("architecture");
  QTest::addColumn<int>("steps");
  for (const char* name : {"lenet5", "resnet20"})
    for (const int steps : {0, 1, 5, 9, 10, 13})
      QTest::newRow(qPrintable(QString("%1 after %2").arg(name).arg(steps))) << name << steps;
}

void TestTrainer::a_restored_training_goes_on_to_the_bit() {
  QFETCH(QString, architecture);
  QFETCH(int, steps);
  const auto settings = settings_of(architecture.toStdString(), 2);
  const ClassifierShape shape{1, 16, 16, 3};
  const TrainData data = stripes(320);  // 10 batches
  Trainer whole(settings, shape, data), first(settings, shape, data), second(settings, shape, data);
  run_to_the_end(whole);
  for (int i = 0; i < steps; ++i) succeed(first.step(ignore));
  QTemporaryDir folder;
  const auto file = folder.filePath("c.safetensors").toStdString();
  succeed(save_tensors(file, first.place(), first.state()));
  succeed(second.restore(value(SafetensorsFile::open(file)), file));
  QCOMPARE(second.images_seen(), first.images_seen());
  run_to_the_end(second);
  QVERIFY(same_weights(whole, second));
  QCOMPARE(second.history().size(), whole.history().size());
  for (std::size_t i = 0; i < whole.history().size(); ++i) {
    QCOMPARE(second.history()[i].name, whole.history()[i].name);
    QCOMPARE(second.history()[i].value, whole.history()[i].value);
    QCOMPARE(second.history()[i].step, whole.history()[i].step);
  }
}

void TestTrainer::another_seed_makes_another_network() {
  const ClassifierShape shape{1, 16, 16, 3};
  const TrainData data = stripes(200);
  Trainer one(settings_of("lenet5", 1, 1), shape, data),
      same(settings_of("lenet5", 1, 1), shape, data),
      other(settings_of("lenet5", 1, 2), shape, data);
  for (Trainer* trainer : {&one, &same, &other}) run_to_the_end(*trainer);
  QVERIFY(same_weights(one, same));
  QVERIFY(!same_weights(one, other));
}

void TestTrainer::a_loss_that_is_not_finite_is_an_error() {
  auto settings = settings_of("lenet5", 3);
  settings.learning_rate = 1e6;
  settings.schedule = Schedule::cosine;  // the whole of it from the first step on
  Trainer trainer(settings, {1, 16, 16, 3}, stripes(800));
  Result<void> result;
  while (result && !trainer.finished()) result = trainer.step(ignore);
  QVERIFY(!result);
  const auto message = QString::fromStdString(to_string(result.error()));
  QVERIFY2(message.contains("no longer finite") && message.contains("epoch 1 of 3") &&
               message.contains("learning rate"),
           qPrintable(message));
}

void TestTrainer::damaged_checkpoints_are_refused() {
  const auto settings = settings_of("lenet5", 2);
  Trainer trainer(settings, {1, 16, 16, 3}, stripes(100));
  QTemporaryDir folder;
  const auto file = folder.filePath("c.safetensors").toStdString();
  const auto refused = [&](const SafetensorsMetadata& place, const NamedTensors& tensors) {
    succeed(save_tensors(file, place, tensors));
    return !trainer.restore(value(SafetensorsFile::open(file)), file);
  };
  QVERIFY(!refused(trainer.place(), trainer.state()));
  for (std::size_t i = 0; i < trainer.place().size(); ++i) {
    auto place = trainer.place();
    place[i].second = "x";
    QVERIFY2(refused(place, trainer.state()), place[i].first.c_str());
  }
  auto tensors = trainer.state();
  tensors.pop_back();
  QVERIFY(refused(trainer.place(), tensors));
  tensors = trainer.state();
  tensors.front().second = at::zeros({2});
  QVERIFY(refused(trainer.place(), tensors));
  auto place = trainer.place();
  place[0].second = "9";
  QVERIFY(refused(place, trainer.state()));
}

void TestTrainer::moments_are_those_of_the_pixels() {
  at::manual_seed(6);
  const at::Tensor pixels = (at::randn({50, 8, 9, 3}) * 40 + 100).clamp(0, 255).to(at::kByte);
  const auto moments = channel_moments(pixels);
  const at::Tensor values = pixels.to(at::kDouble) / 255;
  for (std::int64_t c = 0; c < 3; ++c) {
    const at::Tensor channel = values.select(3, c);
    QVERIFY(std::abs(moments.mean[std::size_t(c)] - channel.mean().item<double>()) <= 5e-5);
    QVERIFY(std::abs(moments.std[std::size_t(c)] - channel.std(false).item<double>()) <= 5e-5);
  }
}

}  // namespace plumbline::test
