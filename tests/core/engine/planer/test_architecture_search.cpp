#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

#include <ATen/ATen.h>

#include "core/engine/planer/architecture_search.h"
#include "core/engine/planer/loss_evaluation.h"
#include "core/engine/planer/measure_increments.h"
#include "core/engine/planer/search_state.h"
#include "core/planer/random_architecture.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

struct Searched {
  BackboneConfig config = small_backbone();
  LatencyTable table = small_table(config);
  LanguageModel model{config, every_option(config), 1, at::kCPU, at::kFloat};
  at::Tensor text = at::arange(2000, at::kLong).remainder(config.vocabulary).to(at::kByte);
  TokenLanes lanes = value(TokenLanes::make(text, {0, 2000}, 4, 6, "text"));

  LossIncrements flat() const {
    LossIncrements increments;
    increments.config = config;
    increments.base = baseline_architecture(config);
    for (std::size_t slot = 0; slot < model.options().size(); ++slot) {
      auto& row = increments.increments.emplace_back(slot_options().size());
      for (const OptionIndex option : model.options()[slot]) row[option] = 0.0;
    }
    return increments;
  }
  ArchitectureSearchSettings settings(double target) const {
    ArchitectureSearchSettings settings;
    settings.steps = 200;
    settings.every = 2;
    settings.memory = 6;
    settings.target = target * *table.estimate_ms(baseline_architecture(config));
    return settings;
  }
};

}  // namespace

void TestArchitectureSearch::comes_below_its_target() {
  Searched searched;
  const auto settings = searched.settings(0.4);
  ArchitectureSearch search(searched.model, cost_table_of(searched.table), searched.flat(),
                            searched.lanes, settings);
  const double before = search.expected_cost();
  // All options alike: the mean of their latencies in every slot.
  const auto usable = usable_options(searched.config);
  double mean = 0;
  for (const OptionIndex option : usable)
    mean += searched.table.options[option]->median_ms / static_cast<double>(usable.size());
  QVERIFY(std::abs(before - (4 * mean + 0.2)) < 1e-4);
  QVERIFY(before > settings.target);
  for (std::int64_t step = 1; step < settings.steps; step += 2) {
    QVERIFY(search.is_architecture_step(step));
    search.step_architecture(step);
  }
  const double after = search.expected_cost();
  QVERIFY2(after < 1.15 * settings.target && after < 0.75 * before,
           qPrintable(QString("%1 %2").arg(before).arg(after)));
  for (const auto& row : search.probabilities()) {
    double sum = 0;
    for (const float p : row) sum += p;
    QVERIFY(std::abs(sum - 1) < 1e-5);
  }
  // What is found keeps the limit, and is likelier than any other that does.
  const Architecture found = value(search.likeliest_within(settings.target));
  QVERIFY(*searched.table.estimate_ms(found) <= settings.target);
  const auto likely = [&](const Architecture& architecture) {
    double sum = 0;
    for (std::size_t slot = 0; slot < 4; ++slot)
      sum += std::log(search.probabilities()[slot][architecture[slot]]);
    return sum;
  };
  double best = -1e9;
  Architecture all(4);
  const std::size_t n = usable.size();
  for (std::size_t code = 0; code < n * n * n * n; ++code) {
    for (std::size_t slot = 0, rest = code; slot < 4; ++slot, rest /= n)
      all[slot] = usable[rest % n];
    if (*searched.table.estimate_ms(all) <= settings.target) best = std::max(best, likely(all));
  }
  QVERIFY(std::abs(likely(found) - best) < 1e-4);
  QVERIFY(!search.likeliest_within(0.1));
}

/// Where the faster option is the one that draws more, a search for less energy finds the other.
void TestArchitectureSearch::what_it_saves_decides_what_it_finds() {
  const OptionIndex attention = *find_option("attention-2"), dense = *find_option("feed-forward");
  for (const CostKind kind : {CostKind::latency, CostKind::energy}) {
    Searched searched;
    CostTable costs = cost_table_of(searched.table);
    costs.kind = kind;
    std::ranges::fill(costs.options, std::nullopt);
    const OptionIndex cheap = kind == CostKind::latency ? dense : attention;
    costs.options[attention] = costs.options[dense] = 3.0;
    costs.options[cheap] = 0.5;
    ArchitectureSearchSettings settings = searched.settings(1);
    settings.target = costs.fixed + 4 * 0.5 + 1;
    ArchitectureSearch search(searched.model, costs, searched.flat(), searched.lanes, settings);
    const double before = search.expected_cost();
    QVERIFY(std::abs(before - (4 * 1.75 + costs.fixed)) < 1e-4);
    for (std::int64_t step = 1; step < settings.steps; step += 2) search.step_architecture(step);
    QVERIFY2(search.expected_cost() < 1.15 * settings.target,
             qPrintable(QString::number(search.expected_cost())));
    QCOMPARE(value(search.likeliest_within(settings.target)), Architecture(4, cheap));
  }
}

/// Where one option of a slot is better than all others and there is time for it, it is found.
void TestArchitectureSearch::every_option_can_be_found() {
  Searched searched;
  for (const OptionIndex best : usable_options(searched.config)) {
    LossIncrements increments = searched.flat();
    for (auto& increment : increments.increments[1])
      if (increment) increment = 1.0;
    increments.increments[1][best] = 0.0;
    const auto settings = searched.settings(2);
    ArchitectureSearch search(searched.model, cost_table_of(searched.table), increments,
                              searched.lanes, settings);
    for (std::int64_t step = 1; step < 10; step += 2) search.step_architecture(step);
    const Architecture found = value(search.likeliest_within(settings.target));
    QVERIFY2(found[1] == best, slot_option(best).name.data());
  }
}

void TestArchitectureSearch::repeats_and_goes_on_to_the_bit() {
  QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("checkpoint").toStdString();
  const auto course = [&](int stop, int resume) {
    Searched searched;
    ArchitectureSearch search(searched.model, cost_table_of(searched.table), searched.flat(),
                              searched.lanes, searched.settings(0.5));
    WeightTrainerSettings weights;
    weights.steps = 100;
    weights.memory = 6;
    weights.learning_rate = 1e-2;
    WeightTrainer trainer(searched.model, searched.lanes, weights);
    if (resume > 0) {
      const auto saved = value(SafetensorsFile::open(file));
      succeed(search.restore_memory(saved, "checkpoint"));
      succeed(trainer.restore(saved, "checkpoint", search.state()));
      search.restored();
    }
    for (std::int64_t step = resume; step < 40; ++step) {
      if (step == stop) {
        NamedTensors all = trainer.state();
        for (auto& named : search.state()) all.push_back(named);
        succeed(save_tensors(file, trainer.place(), all));
      }
      if (search.is_architecture_step(step))
        search.step_architecture(step);
      else
        trainer.step(search.draw(step));
    }
    return std::pair(search.probabilities(), trainer.read().loss);
  };
  const auto whole = course(13, 0);
  QVERIFY(whole == course(-1, 0));
  QVERIFY(whole == course(-1, 13));
}

void TestArchitectureSearch::random_architectures_take_as_long() {
  const BackboneConfig config = small_backbone();
  const LatencyTable table = small_table(config);
  const auto latency = [&](const Architecture& architecture) {
    return table.estimate_ms(architecture);
  };
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto drawn = random_architecture(4, usable_options(config), latency, 3.9, 4.3, seed);
    QVERIFY(drawn);
    QVERIFY(*latency(*drawn) >= 3.9 && *latency(*drawn) <= 4.3);
    QCOMPARE(*drawn, *random_architecture(4, usable_options(config), latency, 3.9, 4.3, seed));
    seen.insert(strip_text(*drawn));
  }
  QVERIFY(seen.size() > 10);
  QVERIFY(!random_architecture(4, usable_options(config), latency, 90, 91, 1));
}

void TestArchitectureSearch::the_nearest_in_cost_is_kept() {
  NearestInCost nearest;
  QVERIFY(!nearest.is_any() && !nearest.is_near());
  nearest.offer({1}, 1.5);
  QVERIFY(nearest.is_any() && !nearest.is_near());
  nearest.offer({2}, 0.9);
  nearest.offer({3}, 1.2);  // further away
  nearest.offer({4}, 0.9);  // as near: the first one stays
  QVERIFY(!nearest.is_near());
  NearestInCost near = nearest;
  QCOMPARE(nearest.take(), Architecture{2});
  near.offer({5}, 0.97);
  QVERIFY(near.is_near());
  QCOMPARE(near.take(), Architecture{5});
}

void TestArchitectureSearch::increments_are_differences() {
  Searched searched;
  randomize(searched.model, 6);
  const auto increments = measure_increments(searched.model, searched.lanes, 6, 3,
                                             [](std::int64_t, std::int64_t) { return false; });
  QVERIFY(increments);
  QCOMPARE(increments->base, baseline_architecture(searched.config));
  Architecture changed = increments->base;
  changed[2] = *find_option("experts-1");
  const double loss = evaluate_loss(searched.model, changed, searched.lanes, 6, 3, {}).nats;
  QCOMPARE(*increments->increments[2][changed[2]], loss - increments->base_loss);
  QCOMPARE(*increments->increments[0][*find_option("attention-8")], 0.0);
  QVERIFY(!measure_increments(searched.model, searched.lanes, 6, 3,
                              [](std::int64_t done, std::int64_t) { return done == 5; }));
}

}  // namespace plumbline::test
