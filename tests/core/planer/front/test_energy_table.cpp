#include <cmath>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/planer/front/energy_table.h"
#include "core/planer/front/likeliest.h"
#include "tests/core/planer/front/tests.h"
#include "tests/support/json_mistakes.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

OptionIndex named_option(const char* name) { return find_option(name).value(); }

/// Option i draws i/8 J; embedding 0.25 J, softmax 0.5 J.
EnergyTable example_energies() {
  EnergyTable table;
  table.key = {"CPU test, 2 threads", 4, 64, 128, "fp32"};
  table.config = load_backbone_config("tiny").value();
  for (std::size_t i = 0; i < slot_options().size(); ++i)
    table.options.emplace_back(
        TokenEnergy{static_cast<double>(i) / 8, 0.0625, static_cast<double>(i) / 32, 5});
  table.options[named_option("attention-2")].reset();
  table.embedding = {0.25, 0.01, 0.0625, 5};
  table.softmax = {0.5, 0.02, 0.125, 5};
  table.baseline = {4.5, 0.1, 1.125, 5};
  table.idle_watts = 74.5;
  table.source = "RAPL of one package";
  table.measured_at = "2026-11-30T11:00:00Z";
  return table;
}

/// A backbone in which each slot has attention of two heads or feed-forward, of which the one is
/// faster and the other draws less; both are better than nothing, and equally so.
struct UnlikeCosts {
  LossIncrements increments;
  CostTable latencies, energies;
};

UnlikeCosts unlike_costs() {
  UnlikeCosts costs;
  costs.increments.config = load_backbone_config("tiny").value();
  costs.increments.base = baseline_architecture(costs.increments.config);
  costs.increments.base_loss = 2;
  for (std::int64_t slot = 0; slot < costs.increments.config.slots(); ++slot) {
    auto& row = costs.increments.increments.emplace_back(slot_options().size());
    row[skip_option] = 1.0;
    row[named_option("attention-2")] = row[named_option("feed-forward")] = 0.125;
  }
  for (CostTable* table : {&costs.latencies, &costs.energies}) {
    table->config = costs.increments.config;
    table->options.resize(slot_options().size());
    table->options[skip_option] = 0.0;
    table->fixed = 0.5;
  }
  costs.energies.kind = CostKind::energy;
  costs.latencies.options[named_option("attention-2")] = 1.0;
  costs.latencies.options[named_option("feed-forward")] = 2.0;
  costs.energies.options[named_option("attention-2")] = 2.0;
  costs.energies.options[named_option("feed-forward")] = 1.0;
  return costs;
}

}  // namespace

void TestEnergyTable::estimate_by_hand() {
  const CostTable costs = cost_table_of(example_energies());
  QVERIFY(costs.kind == CostKind::energy);
  // attention-8 is the fifth option: 0.5 J; experts-2 0.875 J.
  QCOMPARE(costs.estimate({named_option("attention-8"), named_option("experts-2")}).value(),
           0.25 + 0.5 + 0.5 + 0.875);
  QVERIFY(!costs.estimate({named_option("attention-2")}));
  // 0.75 + 4 · (0.5 + 0.625) = 5.25 against 4.5
  QCOMPARE(costs.estimate_error(), 5.25 / 4.5 - 1);
  EnergyTable unmeasured = example_energies();
  unmeasured.baseline = {};
  QVERIFY(std::isnan(cost_table_of(unmeasured).estimate_error()));
  unmeasured.options[skip_option].reset();
  QCOMPARE(cost_table_of(unmeasured).option_cost(skip_option).value(), 0.0);
  QCOMPARE(cost_with_unit(CostKind::energy, 1.9314), std::string("1.931 J per 1,000 tokens"));
  QCOMPARE(cost_with_unit(CostKind::latency, 1.9314), std::string("1.931 ms"));
}

void TestEnergyTable::tables_are_read_back() {
  const EnergyTable table = example_energies();
  const json document = to_json(table);
  const auto read = parse_energy_table(document, "x.json");
  QVERIFY(read);
  QVERIFY(json(to_json(*read)) == document);
  QVERIFY(!read->options[named_option("attention-2")]);
  QCOMPARE(read->options[named_option("experts-2")]->idle, 7.0 / 32);
  QCOMPARE(read->baseline.joules, 4.5);
  QCOMPARE(read->idle_watts, 74.5);
  // One of an older version has fewer options.
  json older = document;
  older["options"].erase("experts-2");
  QVERIFY(!parse_energy_table(older, "x.json")->options[named_option("experts-2")]);
}

void TestEnergyTable::mistakes_are_named_data() {
  add_mistakes({{R"({"schema": 2})", "schema"},
                {R"({"key": null})", "key"},
                {R"({"key": {"precision": "fp7"}})", "precision"},
                {R"({"config": {"layers": 0}})", "layers"},
                {R"({"options": {"skip": {"joules_per_1000_tokens": -1}}})", "options.skip"},
                {R"({"options": {"skip": {"joules_per_1000_tokens": 1e300}}})", "options.skip"},
                {R"({"options": {"skip": {"joules_per_1000_tokens": "much"}}})", "options.skip"},
                {R"({"options": {"levitation": {}}})", "levitation"},
                {R"({"embedding": null})", "embedding"},
                {R"({"softmax": {"repeats": -2}})", "softmax.repeats"},
                {R"({"baseline": {"watts": 3}})", "watts"},
                {R"({"idle_watts": -5})", "idle_watts"},
                {R"({"source": 5})", "source"},
                {R"({"guessed": true})", "guessed"}});
}

void TestEnergyTable::mistakes_are_named() {
  check_mistake<EnergyTable>(parse_energy_table, json(to_json(example_energies())));
}

void TestEnergyTable::what_is_saved_decides_the_front() {
  const UnlikeCosts costs = unlike_costs();
  const auto slots = static_cast<std::size_t>(costs.increments.config.slots());
  const Architecture fast(slots, named_option("attention-2")),
      frugal(slots, named_option("feed-forward"));
  const double limit = 0.5 + static_cast<double>(slots);
  const auto of_time = SurrogateFront::solve(costs.increments, costs.latencies);
  const auto of_energy = SurrogateFront::solve(costs.increments, costs.energies);
  QVERIFY(of_time && of_energy);
  QCOMPARE(of_time->within(limit)->architecture, fast);
  QCOMPARE(of_energy->within(limit)->architecture, frugal);
  QCOMPARE(of_energy->within(limit)->cost, limit);
  QCOMPARE(of_energy->least_cost(), 0.5);
  // The search's own choice, with likelihoods in the increments' place.
  QCOMPARE(likeliest_within(costs.increments, costs.latencies, limit).value(), fast);
  QCOMPARE(likeliest_within(costs.increments, costs.energies, limit).value(), frugal);
  QVERIFY(*costs.latencies.estimate(frugal) > limit);
  const auto none = likeliest_within(costs.increments, costs.energies, 0.25);
  QVERIFY(!none);
  const auto error = QString::fromStdString(to_string(none.error()));
  QVERIFY2(error.contains("draws as little as 0.25 J per 1,000 tokens") &&
               error.contains("--target-energy") && error.contains("0.5 J"),
           qPrintable(error));
}

void TestEnergyTable::energies_beyond_reason_are_refused() {
  UnlikeCosts costs = unlike_costs();
  for (const double joules : {std::nan(""), HUGE_VAL, 1e7}) {
    costs.energies.options[named_option("feed-forward")] = joules;
    const auto front = SurrogateFront::solve(costs.increments, costs.energies);
    QVERIFY(!front);
    QVERIFY(front.error().message.find("an energy is out of range") != std::string::npos);
  }
}

}  // namespace plumbline::test
