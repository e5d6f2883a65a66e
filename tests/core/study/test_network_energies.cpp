#include <cmath>

#include <QtTest>

#include "core/study/copy_search.h"
#include "core/study/search_front.h"
#include "core/study/sittings.h"
#include "tests/core/study/damage_rows.h"
#include "tests/core/study/older_study.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

Study opened(const StudyFixture& fixture, Access access) {
  return value(Study::open(fixture.folder(), access));
}

}  // namespace

void TestNetworkEnergies::energies_are_read_back() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("base")));
  succeed(fixture.study.add_network(example_network("n")));
  succeed(fixture.study.set_network_energy(example_energy("n", 7)));
  succeed(fixture.study.set_network_energy(example_energy("n", 1.25)));
  const auto energies = value(opened(fixture, Access::read_only).network_energies());
  QCOMPARE(energies.size(), std::size_t{1});  // the latest of a key
  const NetworkEnergy& read = energies.front();
  QCOMPARE(read.network, std::string("n"));
  QVERIFY(read.key == example_key());
  QCOMPARE(read.measured.joules, 1.25);
  QCOMPARE(read.measured.spread, 0.01);
  QCOMPARE(read.measured.idle, 0.2);
  QCOMPARE(read.measured.repeats, 5);
  QCOMPARE(read.baseline_measured.joules, 2.0);
  QCOMPARE(read.idle_watts, 50.0);
  QCOMPARE(read.source, std::string("NVML"));
  QCOMPARE(energy_fraction(read, "base").value(), 0.625);
  QVERIFY(!energy_fraction(read, "another"));
  QVERIFY(!energy_fraction(read, ""));
}

void TestNetworkEnergies::the_latest_table_of_a_configuration_counts() {
  StudyFixture fixture(10);
  QVERIFY(value(fixture.study.energy_tables()).empty());
  EnergyTable table = example_energies();
  succeed(fixture.study.set_energy_table(table));
  table.baseline.joules = 2.5;
  succeed(fixture.study.set_energy_table(table));
  table.config.d_inner *= 2;
  succeed(fixture.study.set_energy_table(table));
  const auto tables = value(opened(fixture, Access::read_only).energy_tables());
  QCOMPARE(tables.size(), std::size_t{2});
  QCOMPARE(tables[0].baseline.joules, 2.5);
  QVERIFY(to_json(tables[1]) == to_json(table));
}

void TestNetworkEnergies::the_quietest_energies_stay() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  EnergyTable table = example_energies();
  table.baseline = {3, 0.06, 0.6, 5};  // 2 %
  QCOMPARE(value(study.keep_energy_table(table, KeptSitting::quieter)), std::string());
  table.softmax.joules = 0.75;
  table.baseline.spread = 0.3;
  const auto softmax_joules = [&] { return value(study.energy_tables()).front().softmax.joules; };
  QCOMPARE(
      value(study.keep_energy_table(table, KeptSitting::quieter)),
      std::string("its repeats spread by 10.0 % of the median, those of the kept one by 2.0 %"));
  QCOMPARE(softmax_joules(), 0.25);
  QCOMPARE(value(study.keep_energy_table(table, KeptSitting::newer)), std::string());
  QCOMPARE(softmax_joules(), 0.75);
  EnergyTable fewer = table;
  fewer.baseline.spread = 0;
  fewer.options[find_option("experts-1").value()].reset();
  QCOMPARE(value(study.keep_energy_table(fewer, KeptSitting::quieter)),
           std::string("it lacks options that the kept one has"));

  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(full_network("n")));
  const auto keep = [&](const TokenEnergy& own, const std::string& beside,
                        KeptSitting which = KeptSitting::quieter) {
    NetworkEnergy energy = example_energy("n", 0);
    energy.measured = own;
    energy.baseline = beside;
    energy.baseline_measured = beside.empty() ? TokenEnergy() : TokenEnergy{2, 0.02, 0.4, 5};
    return value(study.keep_network_energy(energy, which));
  };
  const auto kept_joules = [&] { return value(study.network_energies()).front().measured.joules; };
  QCOMPARE(keep({1.5, 0.03, 0.2, 5}, "base"), std::string());
  QCOMPARE(
      keep({1.75, 0.07, 0.2, 5}, "base"),
      std::string("its repeats spread by 4.0 % of the median, those of the kept one by 2.0 %"));
  QCOMPARE(keep({1.75, 0, 0.2, 3}, "base"),
           std::string("it was repeated too few times to say how quiet the machine was"));
  QCOMPARE(keep({1.75, 0, 0.2, 5}, ""),
           std::string("it was not measured in turns with 'base', as the kept one was"));
  QCOMPARE(kept_joules(), 1.5);
  QCOMPARE(keep({1.25, 0.0125, 0.2, 5}, "base"), std::string());
  QCOMPARE(kept_joules(), 1.25);
  QCOMPARE(keep({4, 2, 0.2, 5}, "", KeptSitting::newer), std::string());
  QCOMPARE(kept_joules(), 4.0);
}

void TestNetworkEnergies::what_is_no_energy_is_refused() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("n")));
  for (const double joules : {std::nan(""), HUGE_VAL, -1.0, 1e9}) {
    QVERIFY(!fixture.study.set_network_energy(example_energy("n", joules)));
    EnergyTable table = example_energies();
    table.options[skip_option] = TokenEnergy{joules, 0, 0, 1};
    QVERIFY(!fixture.study.set_energy_table(table));
  }
  QVERIFY(!fixture.study.set_network_energy(example_energy("nobody", 1)));
  QVERIFY(value(fixture.study.network_energies()).empty());
  QVERIFY(value(fixture.study.energy_tables()).empty());
}

void TestNetworkEnergies::damaged_energies_are_named_data() {
  add_damage_columns();
  add_damage("UPDATE network_energy SET joules = -3", "network 'n', energy");
  add_damage("UPDATE network_energy SET joules_idle = 9e999", "network 'n', energy");
  add_damage("UPDATE network_energy SET source = hex(zeroblob(9000))", "network 'n', energy");
  add_damage("UPDATE energy_table SET document = '{}'", "energy table of 'CPU test, 2 threads'");
  add_damage("UPDATE energy_table SET document = '[[[['", "energy table of 'CPU test, 2 threads'");
  add_damage("UPDATE search SET settings = '{\"cost\":\"money\"}'", "search 's', settings");
  add_damage("UPDATE search SET settings = '{\"cost\":7}'", "search 's', settings");
  add_damage("UPDATE network SET training = '{\"cost\":\"money\"}'", "network 'n', training");
}

void TestNetworkEnergies::damaged_energies_are_named() {
  QFETCH(QByteArray, change);
  QFETCH(QByteArray, named);
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("n")));
  succeed(fixture.study.set_network_energy(example_energy("n", 1)));
  succeed(fixture.study.set_energy_table(example_energies()));
  succeed(fixture.study.add_search(example_search("s")));
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  database.exec(change.toStdString());
  const auto errors = errors_of(fixture.study.networks(), fixture.study.network_energies(),
                                fixture.study.energy_tables(), fixture.study.searches());
  QCOMPARE(errors.size(), std::size_t{1});
  QVERIFY2(errors[0].where.find(named.toStdString()) != std::string::npos, errors[0].where.c_str());
}

void TestNetworkEnergies::a_search_says_what_it_saves() {
  StudyFixture fixture(10);
  SearchInfo search = example_search("s");
  search.cost = CostKind::energy;
  succeed(fixture.study.add_search(search));
  succeed(fixture.study.add_search(example_search("of time")));
  QVERIFY(value(fixture.study.search("s")).cost == CostKind::energy);
  QVERIFY(value(fixture.study.search("of time")).cost == CostKind::latency);
  QVERIFY(!value(fixture.study.search("of time")).settings.contains("cost"));
  // Further targets are of the same kind.
  search.targets = {0.3};
  succeed(fixture.study.add_search(search));
  QCOMPARE(value(fixture.study.search("s")).targets, (std::vector<double>{0.7, 0.5, 0.3}));
  search.cost = CostKind::latency;
  QVERIFY(!fixture.study.add_search(search));
  NetworkInfo network = example_network("n");
  network.target = 0.5;
  network.target_cost = CostKind::energy;
  succeed(fixture.study.add_network(network));
  succeed(fixture.study.add_network(network));  // the same once more
  QVERIFY(value(fixture.study.network("n")).target_cost == CostKind::energy);
}

void TestNetworkEnergies::a_front_of_energies_by_hand() {
  StudyFixture fixture(10);
  SearchInfo search = example_search("s");
  search.cost = CostKind::energy;
  search.increments = example_increments();
  succeed(fixture.study.add_search(search));
  succeed(fixture.study.set_latency_table(example_table()));
  const auto without = load_search_front(fixture.study, "s");
  QVERIFY(!without);
  QVERIFY2(without.error().message.starts_with("there is no energy table") &&
               without.error().hint.ends_with("planer profile --energy"),
           to_string(without.error()).c_str());
  succeed(fixture.study.set_energy_table(example_energies()));
  const SearchFront front = value(load_search_front(fixture.study, "s"));
  QVERIFY(front.costs.kind == CostKind::energy);
  QVERIFY(front.table);  // latencies besides: where time goes
  // 0.5 + 4 · (3/8 + 2/8), of attention-8 and feed-forward
  QCOMPARE(front.baseline_cost, 3.0);
  // Option 7 draws nothing and costs nothing: it is the best of all in every slot.
  QCOMPARE(front.front.points().size(), std::size_t{1});
  QCOMPARE(front.front.least_cost(), 0.5);
  const auto json = to_json(front);
  QCOMPARE(json["cost"].get<std::string>(), std::string("energy"));
  QCOMPARE(json["baseline_joules_per_1000_tokens"].get<double>(), 3.0);
  QCOMPARE(json["measured_baseline_joules_per_1000_tokens"].get<double>(), 3.0);
  QCOMPARE(json["least_joules_per_1000_tokens"].get<double>(), 0.5);
  QCOMPARE(json["points"][0]["joules_per_1000_tokens"].get<double>(), 0.5);
  QCOMPARE(json["points"][0]["fraction"].get<double>(), 0.5 / 3.0);
  QVERIFY(!json.contains("baseline_ms") && !json["points"][0].contains("latency_ms"));
}

void TestNetworkEnergies::damage_of_the_other_kind_stops_no_front() {
  StudyFixture fixture(10);
  SearchInfo search = example_search("of time");
  search.increments = example_increments();
  succeed(fixture.study.add_search(search));
  search.name = "of energy";
  search.cost = CostKind::energy;
  succeed(fixture.study.add_search(search));
  succeed(fixture.study.set_latency_table(example_table()));
  succeed(fixture.study.set_energy_table(example_energies()));
  QVERIFY(value(load_search_front(fixture.study, "of time")).damaged.empty());
  const auto damage = [&](const char* change) {
    SQLite::Database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE)
        .exec(change);
  };
  damage("UPDATE energy_table SET document = '{}'");
  const SearchFront front = value(load_search_front(fixture.study, "of time"));
  // 0.5 + 4 · (4/8 + 5/8), of attention-8 and feed-forward
  QCOMPARE(front.baseline_cost, 5.0);
  QCOMPARE(front.damaged.size(), std::size_t{1});
  const std::string& said = front.damaged.front();
  QVERIFY2(said.starts_with("the energy tables are left out: ") &&
               names_network(said, "energy table of 'CPU test, 2 threads'") &&
               names_network(said, "planer profile --energy"),
           said.c_str());
  QCOMPARE(to_json(front)["damaged"].size(), std::size_t{1});
  const auto own = load_search_front(fixture.study, "of energy");
  QVERIFY(!own);
  QVERIFY2(names_network(own.error().where, "energy table of"), own.error().where.c_str());

  succeed(fixture.study.set_energy_table(example_energies()));  // in place of the damaged one
  damage("UPDATE latency_table SET document = '{}'");
  const SearchFront of_energy = value(load_search_front(fixture.study, "of energy"));
  QCOMPARE(of_energy.baseline_cost, 3.0);
  QVERIFY(!of_energy.table);
  QVERIFY2(of_energy.damaged.front().starts_with("the latency tables are left out: "),
           of_energy.damaged.front().c_str());
  QVERIFY(!load_search_front(fixture.study, "of time"));
}

void TestNetworkEnergies::a_study_of_the_tenth_version_is_brought_up_to_date() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("n")));
  {
    SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    forget_network_energies(database);
  }
  {
    const Study reader = opened(fixture, Access::read_only);
    QVERIFY(value(reader.network_energies()).empty());
    QVERIFY(value(reader.energy_tables()).empty());
    QCOMPARE(value(reader.networks()).size(), std::size_t{1});
  }
  Study writer = opened(fixture, Access::read_write);
  succeed(writer.set_network_energy(example_energy("n", 1)));
  succeed(writer.set_energy_table(example_energies()));
  QCOMPARE(value(writer.network_energies()).size(), std::size_t{1});
}

void TestNetworkEnergies::energies_go_with_their_network() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("base")));
  succeed(fixture.study.add_network(example_network("n")));
  succeed(fixture.study.set_network_energy(example_energy("n", 1)));
  succeed(fixture.study.set_network_energy(example_energy("base", 2)));
  value(fixture.study.remove_entry(StudyEntry::network, "base"));
  const auto energies = value(fixture.study.network_energies());
  QCOMPARE(energies.size(), std::size_t{1});
  // A new network of that name was not measured beside it.
  QCOMPARE(energies.front().baseline, std::string());
}

}  // namespace plumbline::test
