#include <cmath>
#include <filesystem>

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/study/sittings.h"
#include "tests/core/study/damage_rows.h"
#include "tests/core/study/older_study.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestNetworks::networks_are_read_back() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("base")));
  succeed(fixture.study.add_network(full_network("found-0.5")));
  const Study again = value(Study::open(fixture.folder(), Access::read_only));
  const auto networks = value(again.networks());
  QCOMPARE(networks.size(), std::size_t{2});
  QCOMPARE(networks[0].name, std::string("base"));
  QVERIFY(!networks[0].text && !networks[0].validation);
  const NetworkInfo expected = full_network("found-0.5"), read = value(again.network("found-0.5"));
  QVERIFY(read.origin == expected.origin && read.config == expected.config);
  QCOMPARE(read.architecture, expected.architecture);
  QCOMPARE(read.file, expected.file);
  QCOMPARE(read.hash, expected.hash);
  QCOMPARE(read.base, expected.base);
  QCOMPARE(read.search, expected.search);
  QCOMPARE(read.target, 0.5);
  QVERIFY(read.text == expected.text);
  QCOMPARE(read.validation->nats, 1.6180339887);
  QCOMPARE(read.validation->error, 0.002);
  QCOMPARE(read.validation->tokens, std::int64_t{55'000});
  QCOMPARE(read.training.dump(), expected.training.dump());
  QCOMPARE(read.made_at, expected.made_at);
  const auto absent = again.network("lost");
  QVERIFY(!absent && names_network(absent.error().hint, "base, found-0.5"));
}

void TestNetworks::a_name_stands_for_one_network() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(full_network("n")));
  NetworkInfo later = full_network("n");
  later.made_at = "2027-01-01T00:00:00Z";
  succeed(fixture.study.add_network(later));
  QCOMPARE(value(fixture.study.network("n")).made_at, full_network("n").made_at);
  const auto refused = [&](auto change) {
    NetworkInfo other = full_network("n");
    change(other);
    return !fixture.study.add_network(other);
  };
  QVERIFY(refused([](NetworkInfo& n) { n.hash = "0"; }));
  QVERIFY(refused([](NetworkInfo& n) { n.architecture[0] = skip_option; }));
  QVERIFY(refused([](NetworkInfo& n) { n.config.dropout = 0.1; }));
  QVERIFY(refused([](NetworkInfo& n) { n.validation.reset(); }));
  QVERIFY(refused([](NetworkInfo& n) { n.validation->nats += 1e-12; }));
  QVERIFY(refused([](NetworkInfo& n) { n.training["steps"] = 301; }));
  QVERIFY(refused([](NetworkInfo& n) { n.origin = NetworkOrigin::random; }));
  QCOMPARE(value(fixture.study.networks()).size(), std::size_t{1});
}

void TestNetworks::bad_names_files_and_figures_are_refused() {
  StudyFixture fixture(10);
  for (const std::string& name :
       {std::string(), std::string("a:b"), std::string("a,b"), std::string("../a"),
        std::string(".hidden"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\xff"),
        std::string(101, 'x')}) {
    const auto added = fixture.study.add_network(example_network(name));
    QVERIFY(!added && added.error().kind == ErrorKind::usage);
  }
  for (const char* file : {"", "../other/n.safetensors", "/etc/passwd", "networks/../../n", "."}) {
    NetworkInfo network = example_network("n");
    network.file = file;
    QVERIFY(!fixture.study.add_network(network));
  }
  NetworkInfo unfit = full_network("n");
  unfit.validation->nats = std::nan("");
  QVERIFY(!fixture.study.add_network(unfit));
  QVERIFY(value(fixture.study.networks()).empty());
  // A file that is named in full is kept relative, so that a study can be moved.
  NetworkInfo absolute = example_network("n");
  absolute.file = fixture.folder() / "networks" / "n.safetensors";
  succeed(fixture.study.add_network(absolute));
  QCOMPARE(value(fixture.study.network("n")).file, std::filesystem::path("networks/n.safetensors"));
  Study reader = value(Study::open(fixture.folder(), Access::read_only));
  QVERIFY(!reader.add_network(example_network("m")));
}

void TestNetworks::validation_is_replaced() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(full_network("n")));
  TextReference other = example_text();
  other.tokens = "words";
  succeed(fixture.study.set_validation("n", other, {3.25, 0.5, 100}));
  const auto network = value(fixture.study.network("n"));
  QVERIFY(network.text == other);
  QCOMPARE(network.validation->nats, 3.25);
  QVERIFY(!fixture.study.set_validation("m", other, {3.25, 0.5, 100}));
  QVERIFY(!fixture.study.set_validation("n", other, {HUGE_VAL, 0.5, 100}));
}

void TestNetworks::the_latest_latency_of_a_key_counts() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(example_network("base")));
  succeed(fixture.study.add_network(full_network("n")));
  NetworkLatency latency{"n", example_key(), {2.5, 0.125, 50}, "base", {5.0, 0.25, 50}};
  succeed(fixture.study.set_network_latency(latency));
  latency.measured.median_ms = 2.25;
  succeed(fixture.study.set_network_latency(latency));
  NetworkLatency other = latency;
  other.key.batch = 32;
  succeed(fixture.study.set_network_latency(other));
  const auto all = value(fixture.study.network_latencies());
  QCOMPARE(all.size(), std::size_t{2});
  QCOMPARE(all[0].network, std::string("n"));
  QVERIFY(all[0].key == example_key());
  QCOMPARE(all[0].measured.median_ms, 2.25);
  QCOMPARE(all[0].measured.spread_ms, 0.125);
  QCOMPARE(all[0].measured.repeats, 50);
  QCOMPARE(all[0].baseline, std::string("base"));
  QCOMPARE(all[0].baseline_measured.median_ms, 5.0);
  QCOMPARE(all[1].key.batch, std::int64_t{32});
  latency.network = "lost";
  QVERIFY(!fixture.study.set_network_latency(latency));
  latency.network = "n";
  latency.measured.median_ms = -1;
  QVERIFY(!fixture.study.set_network_latency(latency));
}

void TestNetworks::the_latest_table_of_a_configuration_counts() {
  StudyFixture fixture(10);
  LatencyTable table = example_table();
  succeed(fixture.study.set_latency_table(table));
  table.softmax.median_ms = 0.75;
  table.config.dropout = 0.1;  // takes no time at inference
  succeed(fixture.study.set_latency_table(table));
  LatencyTable wider = table;
  wider.config.d_inner = 1024;
  succeed(fixture.study.set_latency_table(wider));
  LatencyTable batch = table;
  batch.key.batch = 8;
  succeed(fixture.study.set_latency_table(batch));
  const auto tables = value(fixture.study.latency_tables());
  QCOMPARE(tables.size(), std::size_t{3});
  QCOMPARE(tables[0].softmax.median_ms, 0.75);
  QCOMPARE(tables[1].config.d_inner, std::int64_t{1024});
  QCOMPARE(tables[2].key.batch, std::int64_t{8});
  LatencyTable unfit = example_table();
  unfit.options[3]->median_ms = std::nan("");
  QVERIFY(!fixture.study.set_latency_table(unfit));
  QCOMPARE(value(fixture.study.latency_tables()).size(), std::size_t{3});
}

void TestNetworks::the_quietest_sitting_stays() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(full_network("n")));
  const auto keep = [&](const MeasuredLatency& own, const std::string& beside,
                        const MeasuredLatency& baseline, KeptSitting which = KeptSitting::quieter) {
    return value(study.keep_network_latency({"n", example_key(), own, beside, baseline}, which));
  };
  const auto kept_ms = [&] { return value(study.network_latencies()).front().measured.median_ms; };
  QCOMPARE(keep({2.5, 0.05, 50}, "base", {5, 0.05, 50}), std::string());
  // The spread of a sitting is the greater of both: 4 % here, 2 % before.
  QCOMPARE(
      keep({3.5, 0.035, 50}, "base", {5, 0.2, 50}),
      std::string("its repeats spread by 4.0 % of the median, those of the kept one by 2.0 %"));
  QCOMPARE(kept_ms(), 2.5);
  QCOMPARE(keep({3, 0, 1}, "base", {5, 0, 1}),
           std::string("it was repeated too few times to say how quiet the machine was"));
  // However quiet, what was measured alone or beside another says less.
  const std::string apart = "it was not measured in turns with 'base', as the kept one was";
  QCOMPARE(keep({3, 0, 50}, "n", {3, 0, 50}), apart);
  QCOMPARE(keep({3, 0, 50}, "", {}), apart);
  QCOMPARE(kept_ms(), 2.5);
  QCOMPARE(keep({2.25, 0.04, 50}, "base", {5, 0.05, 50}), std::string());
  QCOMPARE(kept_ms(), 2.25);
  // Asked for, a louder one is taken; then one beside the existing network takes its place.
  QCOMPARE(keep({4, 1, 50}, "", {}, KeptSitting::newer), std::string());
  QCOMPARE(kept_ms(), 4.0);
  QCOMPARE(keep({3, 0.9, 50}, "base", {5, 2, 50}), std::string());
  QCOMPARE(kept_ms(), 3.0);
  QVERIFY(!study.keep_network_latency({"lost", example_key(), {1, 0, 50}, "", {}},
                                      KeptSitting::quieter));
  // A ratio is of one sitting with the existing network.
  const NetworkLatency beside{"n", example_key(), {2, 0, 50}, "base", {4, 0, 50}};
  QCOMPARE(latency_fraction(beside, "base").value(), 0.5);
  QVERIFY(!latency_fraction(beside, "other") && !latency_fraction(beside, ""));
  const NetworkLatency itself{"base", example_key(), {4, 0, 50}, "base", {4, 0, 50}};
  QVERIFY(!latency_fraction(itself, "base"));
  // What was trained further from a found network is compared with what the search began with.
  NetworkInfo further = full_network("further");
  further.base = "n";
  SearchInfo search = example_search("s");
  QCOMPARE(existing_network_of(further, {search}), std::string("base"));
  further.search.clear();
  QCOMPARE(existing_network_of(further, {search}), std::string("n"));
}

void TestNetworks::the_quietest_table_stays() {
  StudyFixture fixture(10);
  LatencyTable table = example_table();  // its baseline spreads by 2 %
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptSitting::quieter)), std::string());
  table.softmax.median_ms = 0.75;
  table.baseline.spread_ms = 0.5;
  const auto softmax_ms = [&] {
    return value(fixture.study.latency_tables()).front().softmax.median_ms;
  };
  QCOMPARE(
      value(fixture.study.keep_latency_table(table, KeptSitting::quieter)),
      std::string("its repeats spread by 10.0 % of the median, those of the kept one by 2.0 %"));
  QCOMPARE(softmax_ms(), 0.25);
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptSitting::newer)), std::string());
  QCOMPARE(softmax_ms(), 0.75);
  // However quiet, a table without an option does not replace one that has it; a louder one with
  // more options is taken.
  LatencyTable fewer = table;
  fewer.baseline.spread_ms = 0;
  fewer.options[find_option("experts-1").value()].reset();
  QCOMPARE(value(fixture.study.keep_latency_table(fewer, KeptSitting::quieter)),
           std::string("it lacks options that the kept one has"));
  QCOMPARE(value(fixture.study.keep_latency_table(fewer, KeptSitting::newer)), std::string());
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptSitting::quieter)), std::string());
  // Another batch is another thing.
  table.key.batch = 2;
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptSitting::quieter)), std::string());
  QCOMPARE(value(fixture.study.latency_tables()).size(), std::size_t{2});
}

void TestNetworks::a_study_of_the_second_version_is_brought_up_to_date() {
  StudyFixture fixture(10);
  drop_planer_tables(fixture.folder(), 2);
  {
    const Study reader = value(Study::open(fixture.folder(), Access::read_only));
    QVERIFY(value(reader.networks()).empty());
    QVERIFY(value(reader.network_latencies()).empty());
    QVERIFY(value(reader.latency_tables()).empty());
    QVERIFY(value(reader.searches()).empty());
    QVERIFY(value(reader.search_points("s")).empty());
    QVERIFY(!reader.network("n") && !reader.search("s"));
  }
  Study writer = value(Study::open(fixture.folder(), Access::read_write));
  succeed(writer.add_network(example_network("n")));
  QCOMPARE(value(writer.networks()).size(), std::size_t{1});
}

void TestNetworks::damaged_documents_are_named_data() {
  add_damage_columns();
  add_damage("UPDATE network SET config = '{\"layers\":'", "network 'n', config");
  add_damage("UPDATE network SET config = '[]'", "network 'n', config");
  add_damage("UPDATE network SET architecture = '{\"options\":[\"skip\"]}'",
             "network 'n', architecture");
  add_damage("UPDATE network SET origin = 'dreamt'", "network 'n', origin");
  add_damage("UPDATE network SET file = '../../etc/passwd'", "network 'n', file");
  add_damage("UPDATE network SET text = '{\"file\":3}'", "network 'n', text");
  add_damage("UPDATE network SET training = x'00ff'", "network 'n', training");
  add_damage("UPDATE network SET training = hex(zeroblob(9000000))", "network 'n', training");
  add_damage("UPDATE network_latency SET median_ms = -3", "network 'n', latency");
  add_damage("UPDATE latency_table SET document = '{}'", "latency table of 'CPU test, 2 threads'");
}

void TestNetworks::damaged_documents_are_named() {
  QFETCH(QByteArray, change);
  QFETCH(QByteArray, named);
  StudyFixture fixture(10);
  succeed(fixture.study.add_network(full_network("n")));
  succeed(fixture.study.set_network_latency({"n", example_key(), {2, 0, 1}, "", {}}));
  succeed(fixture.study.set_latency_table(example_table()));
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  database.exec(change.toStdString());
  const auto errors = errors_of(fixture.study.networks(), fixture.study.network_latencies(),
                                fixture.study.latency_tables());
  QCOMPARE(errors.size(), std::size_t{1});
  QVERIFY2(names_network(errors[0].where, named.constData()), errors[0].where.c_str());
  QVERIFY(names_network(errors[0].where, "study.sqlite"));
}

}  // namespace plumbline::test
