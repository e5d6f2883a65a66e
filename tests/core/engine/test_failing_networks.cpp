#include <QtTest>

#include <ATen/ATen.h>

#include "tests/core/engine/computed_run.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

void TestFailingNetworks::a_batch_is_halved_until_it_fits_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("limit");
  QTest::addColumn<int>("ends_with");
  QTest::newRow("it fits") << 32 << 32 << 32;
  QTest::newRow("once") << 32 << 31 << 16;
  QTest::newRow("three times") << 64 << 11 << 8;
  QTest::newRow("an odd batch") << 50 << 15 << 12;
  QTest::newRow("down to one") << 16 << 1 << 1;
}

void TestFailingNetworks::a_batch_is_halved_until_it_fits() {
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
      computer.compute(range, computing.reader(), all, [&](std::int64_t n) { reported += n; }));
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

void TestFailingNetworks::no_memory_for_one_is_an_error() {
  Computing computing(9, "a:identity", 8);
  auto computer = value(computing.computer([] { return mean_network(0); }));
  std::int64_t reported = 0;
  const auto output =
      computer.compute(computing.whole(), computing.reader(), computing.images.samples(),
                       [&](std::int64_t n) { reported += n; });
  QVERIFY(!output);
  QCOMPARE(exit_code(output.error().kind), 4);
  QCOMPARE(output.error().message, std::string("out of memory with a batch of one"));
  QCOMPARE(reported, std::int64_t{0});
}

void TestFailingNetworks::what_a_network_throws_is_an_error() {
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
  const auto output = computer.compute(computing.whole(), computing.reader(),
                                       computing.images.samples(), [](std::int64_t) {});
  QVERIFY(!output);
  QCOMPARE(exit_code(output.error().kind), 4);
  QVERIFY2(QString::fromStdString(output.error().message).contains("third batch of 4"),
           output.error().message.c_str());
  QVERIFY(QString::fromStdString(output.error().hint).contains("resume"));
}

void TestFailingNetworks::a_network_that_refuses_noise_runs_all_the_same() {
  class RefusingNoise final : public Network {
   public:
    explicit RefusingNoise(int& asked) : asked_(asked) {}
    NetworkOutput forward(const at::Tensor& input) override {
      return mean_network()->forward(input);
    }
    void prepare(const std::function<at::Tensor()>& make_input) override {
      ++asked_;
      const at::Tensor noise = make_input();
      TORCH_CHECK(noise.size(0) != 4, "these 4 images are noise");
    }

   private:
    int& asked_;
  };
  int asked = 0;
  Computing computing(20, "a:identity", 4);
  auto computer = value(computing.computer([&] { return std::make_unique<RefusingNoise>(asked); }));
  QCOMPARE(asked, 1);
  QVERIFY(computer.failed().empty());
  QVERIFY(computer.first_guess(0) > 0);
  const auto all = computing.images.samples();
  const auto output =
      value(computer.compute(computing.whole(), computing.reader(), all, [](std::int64_t) {}));
  const auto file = computing.written(output, computing.whole());
  QVERIFY(difference(file, 0, expected_log_probs(computing.images.inputs()), all) < 1e-5);
}

void TestFailingNetworks::one_broken_model_takes_no_other_with_it() {
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
  const auto output = value(computer.compute(computing.whole(), computing.reader(), all,
                                             [&](std::int64_t n) { reported += n; }));
  QCOMPARE(output.voters, std::vector<std::size_t>{0});
  QCOMPARE(reported, std::int64_t{20});
  QCOMPARE(computer.failed().size(), std::size_t{1});
  QCOMPARE(computer.failed().begin()->first, std::string("b"));
  const auto file = computing.written(output, computing.whole());
  QVERIFY(difference(file, 0, expected_log_probs(computing.images.inputs()), all) < 1e-5);
}

}  // namespace plumbline::test
