#include <algorithm>
#include <array>
#include <cmath>

#include <QtTest>

#include "core/planer/front/likeliest.h"
#include "tests/core/planer/front/brute_force.h"
#include "tests/core/planer/front/tests.h"

namespace plumbline::test {

namespace {

/// One layer of two slots: skip (0 ms), attention-1 (1 ms), attention-8 (3 ms), feed-forward (2
/// ms); nothing besides.
Knapsack probabilities(const std::array<std::array<double, 4>, 2>& rows) {
  std::mt19937 random(1);
  Knapsack knapsack = random_knapsack(random, 1, 2, 0);
  for (auto& option : knapsack.table.options) option.reset();
  knapsack.table.embedding = knapsack.table.softmax = {0, 0, 1};
  const OptionIndex options[] = {skip_option, *find_option("attention-1"),
                                 *find_option("attention-8"), *find_option("feed-forward")};
  const double ms[] = {0, 1, 3, 2};
  for (std::size_t i = 0; i < 4; ++i) knapsack.table.options[options[i]] = {ms[i], 0, 1};
  for (std::size_t slot = 0; slot < 2; ++slot) {
    auto& row = knapsack.increments.increments[slot];
    row.assign(slot_options().size(), std::nullopt);
    for (std::size_t i = 0; i < 4; ++i)
      if (rows[slot][i] > 0) row[options[i]] = -std::log(rows[slot][i]);
  }
  return knapsack;
}

std::string found(const Knapsack& knapsack, double latency_ms, double near) {
  auto architecture =
      likeliest_within(knapsack.increments, cost_table_of(knapsack.table), latency_ms, near);
  return architecture ? strip_text(*architecture) : to_string(architecture.error());
}

double cost(const Knapsack& knapsack, const Architecture& architecture) {
  double sum = 0;
  for (std::size_t slot = 0; slot < architecture.size(); ++slot)
    sum += *knapsack.increments.increments[slot][architecture[slot]];
  return sum;
}

}  // namespace

void TestLikeliest::spends_what_is_left_by_hand() {
  const Knapsack knapsack = probabilities({{{0.5, 0.3, 0.15, 0.05}, {0.1, 0.0, 0.1, 0.8}}});
  // Likeliest of all: skip and feed-forward, 2 ms. Attention-1 is 0.6 × as likely as skip,
  // attention-8 0.3 ×; of the second slot's others none is near.
  QCOMPARE(found(knapsack, 2, 4), std::string("– FF"));
  QCOMPARE(found(knapsack, 3, 4), std::string("A1 FF"));
  QCOMPARE(found(knapsack, 4.9, 4), std::string("A1 FF"));
  QCOMPARE(found(knapsack, 5, 4), std::string("A8 FF"));
  QCOMPARE(found(knapsack, 1000, 4), std::string("A8 FF"));
  // Nearer than a third there is attention-1 alone, than a half nothing.
  QCOMPARE(found(knapsack, 1000, 3), std::string("A1 FF"));
  QCOMPARE(found(knapsack, 1000, 1.5), std::string("– FF"));
  QCOMPARE(found(knapsack, 1000, 1), std::string("– FF"));
  // Where the likeliest does not fit, what fits is taken as it is.
  QCOMPARE(found(knapsack, 1.5, 4), std::string("– –"));
}

void TestLikeliest::none_of_the_near_ones_is_better() {
  std::mt19937 random(7);
  int filled = 0;
  for (int i = 0; i < 60; ++i) {
    const Knapsack knapsack = random_knapsack(random, 2, 200, 0.2);
    const auto all = all_architectures(knapsack);
    const double slowest = std::ranges::max(all, {}, &FrontPoint::cost).cost,
                 fastest = std::ranges::min(all, {}, &FrontPoint::cost).cost;
    const double limit =
        fastest + (slowest - fastest) * std::generate_canonical<double, 53>(random);
    constexpr double near = 1.5;
    const auto plain = likeliest_within(knapsack.increments, cost_table_of(knapsack.table), limit);
    const auto fuller =
        likeliest_within(knapsack.increments, cost_table_of(knapsack.table), limit, near);
    QVERIFY(plain && fuller);
    const double taken = *knapsack.table.estimate_ms(*fuller), price = cost(knapsack, *fuller);
    QVERIFY(taken <= limit + 1e-9);
    // Exactly the likeliest within the limit …
    for (const FrontPoint& other : all)
      if (other.cost <= limit)
        QVERIFY(cost(knapsack, *plain) <= cost(knapsack, other.architecture) + 1e-9);
    if (*fuller == *plain) continue;
    ++filled;
    QVERIFY(taken > *knapsack.table.estimate_ms(*plain));
    // … and of those that are near to it in every slot none slower is as likely, none as slow
    // likelier.
    for (const FrontPoint& other : all) {
      bool is_near = other.cost <= limit;
      for (std::size_t slot = 0; slot < plain->size(); ++slot) {
        const auto& row = knapsack.increments.increments[slot];
        const OptionIndex option = other.architecture[slot], likeliest = (*plain)[slot];
        is_near =
            is_near && (option == likeliest || (*row[option] <= *row[likeliest] + std::log(near) &&
                                                knapsack.table.options[option]->median_ms >
                                                    knapsack.table.options[likeliest]->median_ms));
      }
      if (!is_near) continue;
      const double its = cost(knapsack, other.architecture);
      QVERIFY(other.cost <= taken + 1e-9 || its > price + 1e-9);
      QVERIFY(other.cost < taken - 1e-9 || its >= price - 1e-9);
    }
  }
  QVERIFY2(filled >= 10, qPrintable(QString::number(filled)));
}

void TestLikeliest::a_target_that_nothing_meets_is_named() {
  Knapsack knapsack = probabilities({{{0.5, 0.3, 0.15, 0.05}, {0.1, 0.0, 0.1, 0.8}}});
  knapsack.table.embedding = {0.25, 0, 1};
  const QString error = QString::fromStdString(found(knapsack, 0.2, 4));
  QVERIFY2(error.contains("as fast as 0.2 ms") && error.contains("0.25 ms"), qPrintable(error));
}

}  // namespace plumbline::test
