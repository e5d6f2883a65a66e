#include <QtTest>

#include <ATen/ATen.h>

#include <map>
#include <random>

#include "core/engine/inference/run_pace.h"
#include "core/predictions/class_predictions.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

/// A study whose models are classifiers, and the computer of a run of them.
struct Computing {
  ImageStudy images;
  RunInfo run;
  std::vector<ModelInfo> models;
  std::shared_ptr<OutputHead> head;
  int loaded = 0;

  Computing(int samples, const std::string& voters, int batch)
      : images(samples), run(images.run(voters, batch)), head(class_head_of()) {
    std::vector<StoredWarning> warnings;
    models.reserve(run.voters.size());
    for (const Voter& voter : run.voters) {
      models.push_back(
          images.add_model(voter.model, StudyFixture::card(voter.model, 10), voter.model + ".pt"));
      models.back().card.classes = images.dataset.classes;
      succeed(head->add_model(models.back(), images.dataset, warnings));
    }
  }

  static std::shared_ptr<OutputHead> class_head_of() {
    return head_kinds().find("classes")->make();
  }

  Result<ShardComputer> computer(const std::function<std::unique_ptr<Network>()>& make) {
    std::vector<VoterSetup> voters;
    for (std::size_t v = 0; v < run.voters.size(); ++v)
      voters.push_back({run.voters[v], &models[v]});
    return ShardComputer::make(
        std::move(voters), head, {run, at::kCPU, Precision::fp32},
        [&](const ModelInfo&, const ComputerSettings&) -> Result<std::unique_ptr<Network>> {
          ++loaded;
          return make();
        });
  }

  ShardRange whole() const {
    ShardRange range{0, images.dataset.splits.front().samples, {}};
    for (std::size_t v = 0; v < run.voters.size(); ++v) range.voters.push_back(v);
    return range;
  }

  ClassPredictionFile written(const ShardComputer::Output& output, const ShardRange& range) {
    const auto file = images.file("shard.safetensors");
    succeed(write_predictions(file, output.predictions->draft()));
    return value(ClassPredictionFile::open(file, range.first, range.count));
  }
};

/// What the fixture's classifier gives for inputs, in double.
at::Tensor expected_log_probs(const at::Tensor& inputs) {
  return at::log_softmax(inputs.mean({2, 3}).matmul(mean_weights().to(at::kDouble)), 1);
}

/// The largest difference of a row's log-probabilities from the expected ones; classes, confidences
/// and the labels' values are compared too.
double difference(const ClassPredictionFile& file, int row, const at::Tensor& expected,
                  const std::vector<SampleInfo>& samples) {
  std::vector<float> values(static_cast<std::size_t>(file.count() * file.classes()));
  file.log_probs(row, 0, file.count(), file.classes(), values.data());
  const at::Tensor found =
      at::from_blob(values.data(), {file.count(), file.classes()}, at::kFloat).to(at::kDouble);
  const auto [top, label] = expected.max(1);
  double most = (found - expected).abs().max().item<double>();
  for (std::int64_t i = 0; i < file.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (file.predicted(row)[at] != label[i].item<std::int64_t>()) return 1e9;
    most = std::max(most, std::abs(file.confidence(row)[at] - std::exp(top[i].item<double>())));
    most = std::max(most, std::abs(file.log_prob_label(row)[at] -
                                   expected[i][samples[at].label].item<double>()));
  }
  return most;
}

}  // namespace

void TestShardComputer::predictions_equal_their_definition_data() {
  QTest::addColumn<int>("samples");
  QTest::addColumn<int>("batch");
  QTest::newRow("one batch") << 20 << 64;
  QTest::newRow("even batches") << 64 << 16;
  QTest::newRow("a short last batch") << 67 << 16;
  QTest::newRow("batches of one") << 5 << 1;
}

void TestShardComputer::predictions_equal_their_definition() {
  QFETCH(int, samples);
  QFETCH(int, batch);
  Computing computing(samples, "a:identity,a:flip_x,a:gamma=0.5,b:identity", batch);
  auto computer = value(computing.computer([] { return mean_network(); }));
  QCOMPARE(computing.loaded, 2);
  std::int64_t reported = 0, calls = 0;
  const auto range = computing.whole();
  const auto all = computing.images.samples();
  const auto output = value(
      computer.compute(range, value(computing.images.study.reader(computing.images.dataset.id)),
                       all, [&](std::int64_t n) {
                         reported += n;
                         ++calls;
                       }));
  QCOMPARE(reported, std::int64_t{4} * samples);
  QCOMPARE(calls, std::int64_t{(samples + batch - 1) / batch});
  QVERIFY(output.failures.empty());
  const auto file = computing.written(output, range);
  QCOMPARE(file.rows(), 4);
  const auto inputs = computing.images.inputs();
  const auto identity = expected_log_probs(inputs);
  QVERIFY(difference(file, 0, identity, all) < 1e-5);
  // The means of a mirrored image are the same; a level v becomes 255 · (v / 255)^0.5.
  QVERIFY(difference(file, 1, identity, all) < 1e-5);
  const auto brighter = ((inputs * 0.25 + 0.5).sqrt() - 0.5) / 0.25;
  QVERIFY(difference(file, 2, expected_log_probs(brighter), all) < 2e-2);  // rounded levels
  QVERIFY(difference(file, 3, identity, all) < 1e-5);
  // Only full batches are timed.
  for (std::size_t v = 0; v < 4; ++v)
    QCOMPARE(computer.batch_times(v).size(), static_cast<std::size_t>(samples / batch));
}

void TestShardComputer::a_batch_is_halved_until_it_fits_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("limit");
  QTest::addColumn<int>("ends_with");
  QTest::newRow("it fits") << 32 << 32 << 32;
  QTest::newRow("once") << 32 << 31 << 16;
  QTest::newRow("three times") << 64 << 11 << 8;
  QTest::newRow("an odd batch") << 50 << 15 << 12;
  QTest::newRow("down to one") << 16 << 1 << 1;
}

void TestShardComputer::a_batch_is_halved_until_it_fits() {
  QFETCH(int, batch);
  QFETCH(int, limit);
  QFETCH(int, ends_with);
  constexpr int samples = 75;
  Computing computing(samples, "a:identity,b:identity", batch);
  // One of the two networks needs the memory.
  auto computer = value(
      computing.computer([&] { return mean_network(computing.loaded == 2 ? limit : 1 << 20); }));
  QCOMPARE(computer.batch(), batch);
  std::int64_t reported = 0;
  const auto range = computing.whole();
  const auto all = computing.images.samples();
  const auto output = value(
      computer.compute(range, value(computing.images.study.reader(computing.images.dataset.id)),
                       all, [&](std::int64_t n) { reported += n; }));
  QCOMPARE(computer.batch(), ends_with);
  // What was begun with too large a batch was taken back.
  QCOMPARE(reported, std::int64_t{2} * samples);
  const auto file = computing.written(output, range);
  const auto expected = expected_log_probs(computing.images.inputs());
  QVERIFY(difference(file, 0, expected, all) < 1e-5);
  QVERIFY(difference(file, 1, expected, all) < 1e-5);
  // Times of another batch size are forgotten.
  QCOMPARE(computer.batch_times(0).size(), static_cast<std::size_t>(samples / ends_with));
}

void TestShardComputer::no_memory_for_one_is_an_error() {
  Computing computing(9, "a:identity", 8);
  auto computer = value(computing.computer([] { return mean_network(0); }));
  std::int64_t reported = 0;
  const auto output = computer.compute(
      computing.whole(), value(computing.images.study.reader(computing.images.dataset.id)),
      computing.images.samples(), [&](std::int64_t n) { reported += n; });
  QVERIFY(!output);
  QCOMPARE(exit_code(output.error().kind), 4);
  QCOMPARE(output.error().message, std::string("out of memory with a batch of one"));
  QCOMPARE(reported, std::int64_t{0});
}

void TestShardComputer::what_a_network_throws_is_an_error() {
  class Broken final : public Network {
   public:
    NetworkOutput forward(const at::Tensor& input) override {
      TORCH_CHECK(++calls_ < 3, "the third batch of ", input.size(0), " fails");
      return mean_network()->forward(input);
    }

   private:
    int calls_ = 0;
  };
  Computing computing(20, "a:identity", 4);
  // One call is the warm-up's.
  auto computer = value(computing.computer([] { return std::make_unique<Broken>(); }));
  const auto output = computer.compute(
      computing.whole(), value(computing.images.study.reader(computing.images.dataset.id)),
      computing.images.samples(), [](std::int64_t) {});
  QVERIFY(!output);
  QCOMPARE(exit_code(output.error().kind), 4);
  QVERIFY2(QString::fromStdString(output.error().message).contains("third batch of 4"),
           output.error().message.c_str());
  QVERIFY(QString::fromStdString(output.error().hint).contains("resume"));
}

void TestShardComputer::one_broken_model_takes_no_other_with_it() {
  class BrokenLater final : public Network {
   public:
    NetworkOutput forward(const at::Tensor& input) override {
      TORCH_CHECK(++calls_ < 4, "no more");
      return mean_network()->forward(input);
    }

   private:
    int calls_ = 0;
  };
  Computing computing(20, "a:identity,b:identity,b:flip_x", 4);
  auto computer = value(computing.computer([&]() -> std::unique_ptr<Network> {
    if (computing.loaded == 1) return mean_network();
    return std::make_unique<BrokenLater>();
  }));
  std::int64_t reported = 0;
  const auto all = computing.images.samples();
  const auto output = value(computer.compute(
      computing.whole(), value(computing.images.study.reader(computing.images.dataset.id)), all,
      [&](std::int64_t n) { reported += n; }));
  QCOMPARE(output.voters, std::vector<std::size_t>{0});
  QCOMPARE(reported, std::int64_t{20});
  QCOMPARE(computer.failed().size(), std::size_t{1});
  QCOMPARE(computer.failed().begin()->first, std::string("b"));
  const auto file = computing.written(output, computing.whole());
  QVERIFY(difference(file, 0, expected_log_probs(computing.images.inputs()), all) < 1e-5);
}

void TestShardComputer::pieces_of_a_block_have_the_same_batches() {
  // The sizes of the batches that a network sees, whatever the pieces of the range are.
  std::vector<std::int64_t> seen;
  class Noting final : public Network {
   public:
    explicit Noting(std::vector<std::int64_t>& sizes) : seen_(sizes) {}
    NetworkOutput forward(const at::Tensor& input) override {
      seen_.push_back(input.size(0));
      return mean_network()->forward(input);
    }

   private:
    std::vector<std::int64_t>& seen_;
  };
  Computing computing(50, "a:identity", 8);
  auto computer = value(computing.computer([&] { return std::make_unique<Noting>(seen); }));
  const auto reader = value(computing.images.study.reader(computing.images.dataset.id));
  const auto batches = [&](const std::vector<std::int64_t>& ends) {
    seen.clear();
    std::int64_t first = 0;
    for (const std::int64_t end : ends) {
      const auto samples = value(
          computing.images.study.samples(computing.images.dataset.id, "test", first, end - first));
      value(computer.compute({first, end - first, {0}}, reader, samples, [](std::int64_t) {}));
      first = end;
    }
    return seen;
  };
  const std::vector<std::int64_t> whole = {8, 8, 8, 8, 8, 8, 2};
  QCOMPARE(batches({50}), whole);
  QCOMPARE(batches({8, 24, 50}), whole);
  // A beginning amid a batch, of a run with other batches: the next batch is a whole one again.
  QCOMPARE(batches({20, 50}), (std::vector<std::int64_t>{8, 8, 4, 4, 8, 8, 8, 2}));
}

void TestShardComputer::ranges_may_be_queued_before_one_is_settled() {
  Computing computing(67, "a:identity,b:gamma=0.5", 16);
  const auto reader = value(computing.images.study.reader(computing.images.dataset.id));
  const auto all = computing.images.samples();
  const std::vector<SampleInfo> front(all.begin(), all.begin() + 32),
      back(all.begin() + 32, all.end());
  const ShardRange first{0, 32, {0, 1}}, second{32, 35, {0, 1}};
  auto at_once = value(computing.computer([] { return mean_network(); }));
  auto in_steps = value(computing.computer([] { return mean_network(); }));
  const auto ignored = [](std::int64_t) {};
  auto a = value(in_steps.queue(first, reader, front, ignored));
  auto b = value(in_steps.queue(second, reader, back, ignored));
  // Nothing is known of a time before the device has been waited for.
  QVERIFY(in_steps.batch_times(0).empty());
  succeed(in_steps.settle(a, front));
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{2});
  succeed(in_steps.settle(b, back));
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{4});
  succeed(in_steps.settle(b, back));  // it is finished: nothing more is done
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{4});
  const auto same = [&](const ShardComputer::Output& steps, const ShardRange& range,
                        const std::vector<SampleInfo>& samples) {
    const auto whole = value(at_once.compute(range, reader, samples, ignored));
    for (int row = 0; row < 2; ++row) {
      std::vector<float> values[2];
      for (int i = 0; i < 2; ++i) {
        const auto file = computing.written(i == 0 ? steps : whole, range);
        values[i].resize(static_cast<std::size_t>(file.count() * file.classes()));
        file.log_probs(row, 0, file.count(), file.classes(), values[i].data());
      }
      if (values[0] != values[1]) return false;
    }
    return true;
  };
  QVERIFY(same(a, first, front));
  QVERIFY(same(b, second, back));
  const StageSeconds stages = in_steps.stages();
  QVERIFY(stages.networks > 0 && stages.views > 0 && stages.queueing >= stages.networks);
}

void TestShardComputer::paces_follow_what_was_measured() {
  const ShardRange block{shard_samples, shard_samples, {0, 1, 2, 3}};
  // Fast machines write whole blocks.
  QCOMPARE(RunPace(64, 1e-5).next(block).count, shard_samples);
  QCOMPARE(RunPace(64, 0).next(block).voters.size(), std::size_t{4});
  // 0.01 s a voter and sample, 4 s: 100 samples of four voters, or one batch of 64.
  RunPace pace(64, 0.01);
  auto piece = pace.next(block);
  QCOMPARE(piece.count, std::int64_t{64});
  QCOMPARE(piece.voters.size(), std::size_t{4});
  QCOMPARE(pace.expected(piece), 0.01 * 64 * 4);
  // Ten times slower a batch of all is too much already; a voter's is the least.
  QCOMPARE(RunPace(64, 0.03).next(block).voters, (std::vector<std::size_t>{0, 1}));
  QCOMPARE(RunPace(64, 10).next(block).voters, std::vector<std::size_t>{0});
  // All pieces together are the range, each ends where a batch ends, whatever the paces are.
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const int batch = 1 + static_cast<int>(random() % 300);
    const std::int64_t offset = static_cast<std::int64_t>(random() % 2048);
    const ShardRange range{shard_samples + offset, shard_samples - offset, {0, 1, 2}};
    RunPace changing(batch, 1e-4 * static_cast<double>(1 + random() % 1000));
    std::map<std::pair<std::int64_t, std::size_t>, int> times;
    std::vector<ShardRange> left{range};
    while (!left.empty()) {
      const ShardRange front = left.front();
      left.erase(left.begin());
      const ShardRange part = changing.next(front);
      QVERIFY(part.count > 0 && !part.voters.empty());
      const std::int64_t end = part.first + part.count - shard_samples;
      QVERIFY(end % batch == 0 || end == shard_samples);
      for (std::int64_t i = 0; i < part.count; ++i)
        for (const std::size_t v : part.voters) ++times[{part.first + i, v}];
      const auto rest = RunPace::rest(front, part);
      left.insert(left.begin(), rest.begin(), rest.end());
      changing.took(part, static_cast<double>(random() % 10), batch);
    }
    QCOMPARE(times.size(), static_cast<std::size_t>(3 * range.count));
    for (const auto& [cell, count] : times) QCOMPARE(count, 1);
  }
}

void TestShardComputer::an_unreadable_image_has_no_prediction() {
  Computing computing(12, "a:identity,b:identity", 5);
  auto computer = value(computing.computer([] { return mean_network(); }));
  auto samples = computing.images.samples();
  samples[7].locator.record = 1'000'000;
  const auto range = computing.whole();
  const auto output = value(
      computer.compute(range, value(computing.images.study.reader(computing.images.dataset.id)),
                       samples, [](std::int64_t) {}));
  QCOMPARE(output.failures.size(), std::size_t{1});
  QCOMPARE(output.failures[0].sample, std::int64_t{7});
  const auto file = computing.written(output, range);
  const auto expected = expected_log_probs(computing.images.inputs());
  for (int row = 0; row < 2; ++row) {
    QCOMPARE(file.predicted(row)[7], -1);
    QCOMPARE(file.confidence(row)[7], 0.0F);
    QVERIFY(std::isnan(file.log_prob_label(row)[7]));
    std::vector<float> values(10);
    file.log_probs(row, 7, 8, 10, values.data());
    for (const float v : values) QCOMPARE(v, -std::numeric_limits<float>::infinity());
    // Its neighbours have theirs.
    QCOMPARE(std::int64_t{file.predicted(row)[6]}, expected[6].argmax().item<std::int64_t>());
    QCOMPARE(std::int64_t{file.predicted(row)[8]}, expected[8].argmax().item<std::int64_t>());
  }
}

void TestShardComputer::classes_stand_in_the_data_sets_order() {
  Computing computing(30, "a:identity", 8);
  // The same network, whose card names the classes from behind.
  auto& names = computing.models[0].card.classes;
  std::ranges::reverse(names);
  computing.head = Computing::class_head_of();
  std::vector<StoredWarning> warnings;
  succeed(computing.head->add_model(computing.models[0], computing.images.dataset, warnings));
  QVERIFY(warnings.empty());
  auto computer = value(computing.computer([] { return mean_network(); }));
  const auto range = computing.whole();
  const auto samples = computing.images.samples();
  const auto output = value(
      computer.compute(range, value(computing.images.study.reader(computing.images.dataset.id)),
                       samples, [](std::int64_t) {}));
  const auto expected = expected_log_probs(computing.images.inputs()).flip(1);
  QVERIFY(difference(computing.written(output, range), 0, expected, samples) < 1e-5);
}

void TestShardComputer::further_classes_of_one_name_have_one_place() {
  Computing computing(30, "a:identity,b:identity", 8);
  // The last two outputs are classes that the data set has not: in another order each.
  const std::string last[2][2] = {{"owl", "cow"}, {"cow", "owl"}};
  computing.head = Computing::class_head_of();
  std::vector<StoredWarning> warnings;
  for (std::size_t m = 0; m < 2; ++m) {
    auto& names = computing.models[m].card.classes;
    names[8] = last[m][0];
    names[9] = last[m][1];
    succeed(computing.head->add_model(computing.models[m], computing.images.dataset, warnings));
  }
  auto computer = value(computing.computer([] { return mean_network(); }));
  const auto range = computing.whole();
  const auto output = value(
      computer.compute(range, value(computing.images.study.reader(computing.images.dataset.id)),
                       computing.images.samples(), [](std::int64_t) {}));
  const auto file = computing.written(output, range);
  QCOMPARE(file.classes(), 12);
  QCOMPARE(file.further(), (FurtherClasses{"owl", "cow"}));
  const auto expected = expected_log_probs(computing.images.inputs());
  // By row: the output behind the places of owl and cow.
  const std::int64_t behind[2][2] = {{8, 9}, {9, 8}};
  std::vector<float> values(static_cast<std::size_t>(file.count()) * 12);
  for (int row = 0; row < 2; ++row) {
    file.log_probs(row, 0, file.count(), 12, values.data());
    for (std::int64_t i = 0; i < file.count(); ++i) {
      const float* found = values.data() + i * 12;
      QVERIFY(std::isinf(found[8]) && std::isinf(found[9]));  // which the models do not have
      for (int k = 0; k < 2; ++k)
        QVERIFY(std::abs(double{found[10 + k]} - expected[i][behind[row][k]].item<double>()) <
                1e-5);
    }
  }
}

}  // namespace plumbline::test
