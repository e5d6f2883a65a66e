#include <cmath>
#include <limits>

#include <QtTest>

#include "core/planer/front/prediction.h"
#include "tests/core/planer/front/brute_force.h"
#include "tests/core/planer/front/tests.h"

namespace plumbline::test {

namespace {

SurrogateFront solve(const Knapsack& knapsack) {
  auto front = SurrogateFront::solve(knapsack.increments, cost_table_of(knapsack.table));
  if (!front) qFatal("%s", to_string(front.error()).c_str());
  return std::move(*front);
}

std::vector<FrontPoint> points_of(const Knapsack& knapsack) { return solve(knapsack).points(); }

/// One layer: skip, one attention and one feed-forward are measured.
Knapsack small_knapsack() {
  std::mt19937 random(1);
  Knapsack knapsack = random_knapsack(random, 1, 2, 0);
  for (auto& option : knapsack.table.options) option.reset();
  const OptionIndex attention = attention_option(8).value(),
                    feed_forward = find_option("feed-forward").value();
  knapsack.table.options[attention] = {4, 0, 1};
  knapsack.table.options[feed_forward] = {2, 0, 1};
  knapsack.table.embedding = {0.5, 0, 1};
  knapsack.table.softmax = {0.5, 0, 1};
  for (auto& row : knapsack.increments.increments) row.assign(slot_options().size(), std::nullopt);
  auto& rows = knapsack.increments.increments;
  rows[0][skip_option] = 0.5;
  rows[0][attention] = 0;
  rows[0][feed_forward] = 0.25;
  rows[1][skip_option] = 0.125;
  rows[1][attention] = 0.0625;
  rows[1][feed_forward] = 0;
  knapsack.increments.base_loss = 1;
  return knapsack;
}

/// As a search on enwik8 might measure it: what is slower is mostly better, each slot differently.
Knapsack realistic_knapsack(std::int64_t layers, unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return std::generate_canonical<double, 53>(random); };
  Knapsack knapsack = random_knapsack(random, layers, 2, 0);
  constexpr double ms[] = {0.004, 0.21, 0.25, 0.34, 0.5, 0.4, 0.55, 0.8};
  constexpr double gain[] = {0, 0.01, 0.014, 0.018, 0.02, 0.015, 0.03, 0.034};
  for (std::size_t i = 0; i < std::size(ms); ++i)
    knapsack.table.options[i] = {ms[i] * (1 + 0.1 * uniform()), 0, 1};
  for (auto& row : knapsack.increments.increments)
    for (std::size_t i = 0; i < std::size(gain); ++i)
      row[i] = 0.03 * (1 + uniform()) - gain[i] * (0.5 + uniform()) * (1 + 2 * uniform());
  return knapsack;
}

}  // namespace

void TestSurrogate::two_slots_by_hand() {
  const SurrogateFront front = solve(small_knapsack());
  // skip skip 1 ms 1.625; FF skip 3 1.375 (skip FF 3 1.5); FF FF 5 1.25; skip A8 is worse than
  // FF skip; A8 skip 5 1.125 beats FF FF; A8 FF 7 1.0.
  QCOMPARE(front.points().size(), std::size_t{4});
  const double latencies[] = {1, 3, 5, 7}, losses[] = {1.625, 1.375, 1.125, 1};
  const char* strips[] = {"– –", "FF –", "A8 –", "A8 FF"};
  for (std::size_t i = 0; i < 4; ++i) {
    QCOMPARE(front.points()[i].cost, latencies[i]);
    QCOMPARE(front.points()[i].loss, losses[i]);
    QCOMPARE(strip_text(front.points()[i].architecture), std::string(strips[i]));
  }
  QCOMPARE(front.least_cost(), 1.0);
}

void TestSurrogate::equals_brute_force_data() {
  QTest::addColumn<int>("layers");
  QTest::addColumn<int>("levels");
  QTest::addColumn<double>("missing");
  QTest::newRow("one layer") << 1 << 1000 << 0.0;
  QTest::newRow("two layers") << 2 << 1000 << 0.0;
  QTest::newRow("many ties") << 2 << 3 << 0.0;
  QTest::newRow("all equal") << 2 << 1 << 0.0;
  QTest::newRow("options missing") << 2 << 50 << 0.4;
  QTest::newRow("most missing, ties") << 2 << 4 << 0.8;
}

void TestSurrogate::equals_brute_force() {
  QFETCH(int, layers);
  QFETCH(int, levels);
  QFETCH(double, missing);
  std::mt19937 random(static_cast<unsigned>(levels));
  for (int round = 0; round < 60; ++round) {
    const Knapsack knapsack = random_knapsack(random, layers, levels, missing);
    const auto expected = front_of(all_architectures(knapsack));
    const auto points = points_of(knapsack);
    QCOMPARE(points.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      QCOMPARE(points[i].cost, expected[i].cost);
      QCOMPARE(points[i].loss, expected[i].loss);
      QCOMPARE(points[i].architecture, expected[i].architecture);
    }
  }
}

void TestSurrogate::ties_go_to_the_lower_option_first_slot_first() {
  Knapsack knapsack = small_knapsack();
  const OptionIndex attention = attention_option(8).value(),
                    feed_forward = find_option("feed-forward").value();
  // Either slot may have the one feed-forward; attention is as fast and as good as it.
  knapsack.table.options[attention] = knapsack.table.options[feed_forward];
  for (auto& row : knapsack.increments.increments) {
    row[skip_option] = 0.1;
    row[attention] = row[feed_forward] = 0.0;
  }
  const auto points = points_of(knapsack);
  QCOMPARE(points.size(), std::size_t{3});
  QCOMPARE(strip_text(points[1].architecture), std::string("– A8"));
  QCOMPARE(strip_text(points[2].architecture), std::string("A8 A8"));
}

void TestSurrogate::better_and_slower_all_along() {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const auto points = points_of(realistic_knapsack(12, seed));
    QVERIFY(points.size() > 100);
    for (std::size_t i = 1; i < points.size(); ++i) {
      QVERIFY(points[i].cost > points[i - 1].cost);
      QVERIFY(points[i].loss < points[i - 1].loss);
    }
  }
}

void TestSurrogate::each_point_is_its_architectures_sum() {
  const Knapsack knapsack = realistic_knapsack(12, 3);
  for (const FrontPoint& point : points_of(knapsack)) {
    // 26 terms, each rounded to a nanosecond and to 1e-12 nats.
    const double latency = knapsack.table.estimate_ms(point.architecture).value();
    QVERIFY(std::abs(point.cost - latency) < 26 * 0.5e-6);
    const double loss = predicted_loss(knapsack.increments, point.architecture).value();
    QVERIFY(std::abs(point.loss - loss) < 1e-10);
  }
}

void TestSurrogate::within_is_the_last_that_fits() {
  const SurrogateFront front = solve(realistic_knapsack(4, 9));
  const auto& points = front.points();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double exact = points[i].cost;
    QCOMPARE(front.within(exact), &points[i]);
    const double below = std::nextafter(exact, 0.0);
    QCOMPARE(front.within(below), i == 0 ? nullptr : &points[i - 1]);
  }
  constexpr double endless = std::numeric_limits<double>::infinity();
  QCOMPARE(front.within(endless), &points.back());
  QVERIFY(front.within(-endless) == nullptr);
  QVERIFY(front.within(0) == nullptr);
  QVERIFY(front.within(std::numeric_limits<double>::quiet_NaN()) == nullptr);
  QCOMPARE(front.least_cost(), points.front().cost);
}

void TestSurrogate::no_architecture_beats_the_front() {
  std::mt19937 random(17);
  for (const std::int64_t layers : {4, 12, 18}) {
    const Knapsack knapsack = realistic_knapsack(layers, 4);
    const SurrogateFront front = solve(knapsack);
    const auto usable = usable_options(knapsack.table.config);
    for (int round = 0; round < 5000; ++round) {
      // Near the front: one of its points with a few slots changed.
      Architecture architecture = front.points()[random() % front.points().size()].architecture;
      for (unsigned i = 0; i <= round % 3U; ++i)
        architecture[random() % architecture.size()] = usable[random() % usable.size()];
      const double latency = knapsack.table.estimate_ms(architecture).value();
      const FrontPoint* best = front.within(latency + 38 * 0.5e-6);
      QVERIFY(best != nullptr);
      QVERIFY(best->loss <= predicted_loss(knapsack.increments, architecture).value() + 1e-10);
    }
  }
}

void TestSurrogate::what_cannot_be_solved_is_named() {
  const auto message = [](const Knapsack& knapsack) {
    const auto front = SurrogateFront::solve(knapsack.increments, cost_table_of(knapsack.table));
    return front ? QString() : QString::fromStdString(front.error().message);
  };
  const Knapsack fine = small_knapsack();
  QCOMPARE(message(fine), QString());
  Knapsack fewer = fine;
  fewer.increments.increments.pop_back();
  QVERIFY(message(fewer).contains("increments for 1 slots"));
  Knapsack empty = fine;
  empty.increments.increments[1].assign(slot_options().size(), std::nullopt);
  QVERIFY(message(empty).contains("slot 1 has no option"));
  Knapsack wider = fine;
  wider.increments.increments[0].resize(slot_options().size() + 1);
  QVERIFY(message(wider).contains("options that do not exist"));
  Knapsack other = fine;
  other.table.config.d_inner += 1;
  QVERIFY(message(other).contains("another configuration"));
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {nan, 1e300, -1e5, std::numeric_limits<double>::infinity()}) {
    Knapsack loss = fine;
    loss.increments.increments[0][skip_option] = bad;
    QVERIFY(message(loss).contains("is out of range"));
  }
  Knapsack latency = fine;
  latency.table.options[attention_option(8).value()]->median_ms = nan;
  QVERIFY(message(latency).contains("is out of range"));
}

}  // namespace plumbline::test
