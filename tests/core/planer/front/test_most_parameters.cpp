#include <algorithm>

#include <QtTest>

#include "core/planer/front/most_parameters.h"
#include "tests/core/planer/front/brute_force.h"
#include "tests/core/planer/front/tests.h"

namespace plumbline::test {

namespace {

std::int64_t parameters_at_work(const BackboneConfig& config, const Architecture& architecture) {
  return count_parameters(config, architecture).active;
}

/// Whether each slot holds what the rule may put there.
bool keeps_its_kinds(const BackboneConfig& config, const Architecture& architecture) {
  const Architecture published = baseline_architecture(config);
  for (std::size_t slot = 0; slot < architecture.size(); ++slot)
    if (architecture[slot] != skip_option &&
        slot_option(architecture[slot]).kind != slot_option(published[slot]).kind)
      return false;
  return true;
}

}  // namespace

void TestMostParameters::none_within_the_limit_has_more() {
  std::mt19937 random(5);
  for (int round = 0; round < 6; ++round) {
    const Knapsack knapsack = random_knapsack(random, 2, 20, 0.1);
    const BackboneConfig& config = knapsack.increments.config;
    Knapsack every = knapsack;
    for (auto& row : every.increments.increments)
      for (const OptionIndex option : usable_options(config))
        if (every.table.options[option]) row[option] = 0.0;
    const auto all = all_architectures(every);
    for (const double limit_ms : {0.0408, 0.043, 0.046, 0.05, 1.0}) {
      std::int64_t most = -1;
      for (const FrontPoint& point : all)
        if (point.cost <= limit_ms && keeps_its_kinds(config, point.architecture))
          most = std::max(most, parameters_at_work(config, point.architecture));
      const auto chosen = most_parameters_within(config, usable_options(config),
                                                 cost_table_of(knapsack.table), limit_ms);
      QCOMPARE(chosen.has_value(), most >= 0);
      if (!chosen) continue;
      QVERIFY(keeps_its_kinds(config, *chosen));
      QVERIFY(*knapsack.table.estimate_ms(*chosen) <= limit_ms + 1e-9);
      QCOMPARE(parameters_at_work(config, *chosen), most);
    }
  }
}

void TestMostParameters::takes_only_what_is_offered() {
  std::mt19937 random(6);
  Knapsack knapsack = random_knapsack(random, 1, 5, 0);
  const BackboneConfig& config = knapsack.increments.config;
  const OptionIndex narrow = *find_option("attention-1"), half = *find_option("feed-forward-half");
  // Embedding and softmax are 0.04 ms, skip is nothing.
  knapsack.table.options[skip_option].reset();
  const OptionIndex offered[] = {skip_option, narrow, half};
  QCOMPARE(most_parameters_within(config, offered, cost_table_of(knapsack.table), 1e3).value(),
           (Architecture{narrow, half}));
  knapsack.table.options[half].reset();
  QCOMPARE(most_parameters_within(config, offered, cost_table_of(knapsack.table), 1e3).value(),
           (Architecture{narrow, skip_option}));
  const auto refused = most_parameters_within(config, offered, cost_table_of(knapsack.table), 0.03);
  QVERIFY(!refused);
  QCOMPARE(QString::fromStdString(refused.error().hint), QString("the least is 0.04 ms"));
}

}  // namespace plumbline::test
