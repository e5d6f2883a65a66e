#include <fstream>

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/data/hash.h"
#include "core/study/copy_search.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

/// A network with a file of some bytes, as the study names it.
NetworkInfo with_file(const Study& study, NetworkInfo network, const std::string& bytes) {
  fs::create_directories(study.folder() / "networks");
  std::ofstream(study.folder() / network.file, std::ios::binary) << bytes;
  network.hash = hash_bytes(std::as_bytes(std::span(bytes.data(), bytes.size())));
  network.text = example_text();
  network.validation = MeasuredLoss{1.25, 0.01, 1000};
  return network;
}

NetworkInfo found_by(const Study& study, const std::string& name, const std::string& search) {
  NetworkInfo network = with_file(study, example_network(name), "weights of " + name);
  network.origin = NetworkOrigin::found;
  network.base = "base";
  network.search = search;
  network.target = 0.5;
  return network;
}

/// A study with a search "s" from "base", two found networks, one trained further from one of them,
/// and what does not belong to it.
void fill_with_search(Study& study) {
  succeed(study.add_network(with_file(study, example_network("base"), "weights of base")));
  succeed(study.add_network(found_by(study, "s-0.7", "s")));
  succeed(study.add_network(found_by(study, "s-0.5", "s")));
  succeed(study.add_network(found_by(study, "of another", "t")));
  NetworkInfo further = with_file(study, example_network("further"), "weights of further");
  further.base = "s-0.5";
  succeed(study.add_network(further));
  NetworkInfo continued = with_file(study, example_network("continued"), "weights of continued");
  continued.base = "base";
  succeed(study.add_network(continued));
  SearchInfo search = example_search("s");
  search.increments = example_increments();
  succeed(study.add_search(search));
  succeed(study.set_search_points("s", 0.7, example_points(0.7, 5, 1)));
  succeed(study.set_search_points("s", 0.5, example_points(0.5, 7, 2)));
  succeed(study.set_latency_table(example_table()));
  LatencyTable elsewhere = example_table();
  elsewhere.key.batch = 8;
  succeed(study.set_latency_table(elsewhere));
  succeed(study.set_energy_table(example_energies()));
  EnergyTable unlike = example_energies();
  unlike.key.batch = 8;
  succeed(study.set_energy_table(unlike));
  succeed(study.set_network_energy(example_energy("further", 1.25)));
  succeed(study.set_network_latency(
      {"further", example_key(), {2.5, 0.02, 60}, "base", {5.0, 0.04, 60}}));
}

Study taking_study(const QTemporaryDir& folder, const char* name = "taken.plumb") {
  return value(Study::open(fs::path(folder.path().toStdString()) / name, Access::create));
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void TestCopySearch::a_search_comes_over_whole() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  fill_with_search(from);
  const QTemporaryDir folder;
  Study to = taking_study(folder);
  const CopiedSearch copied = value(copy_search(from, to, "s", TextPath::name_only));
  QCOMPARE(copied.networks, (std::vector<std::string>{"base", "s-0.7", "s-0.5", "further"}));
  QCOMPARE(copied.known_networks, std::size_t{0});
  QCOMPARE(copied.latencies, std::size_t{2});
  QCOMPARE(copied.energies, std::size_t{2});  // the other table is of another batch
  QCOMPARE(copied.quieter_energies, std::size_t{0});
  QCOMPARE(content_of(to.folder() / "networks/s-0.5.safetensors"), std::string("weights of s-0.5"));
  const SearchInfo search = value(to.search("s")), original = value(from.search("s"));
  QCOMPARE(search.text.file, std::string("a.txt"));
  QCOMPARE(search.text.hash, original.text.hash);
  QCOMPARE(search.targets, original.targets);
  QVERIFY(search.settings == original.settings);
  QVERIFY(search.increments->increments == original.increments->increments);
  const auto points = value(to.search_points("s")), expected = value(from.search_points("s"));
  QCOMPARE(points.size(), std::size_t{12});
  for (std::size_t i = 0; i < points.size(); ++i) {
    QCOMPARE(points[i].cost, expected[i].cost);
    QVERIFY(points[i].probabilities == expected[i].probabilities);
  }
  QCOMPARE(value(to.latency_tables()).size(), std::size_t{1});
  QCOMPARE(value(to.network_latencies()).front().measured.median_ms, 2.5);
  QCOMPARE(value(to.energy_tables()).size(), std::size_t{1});
  QCOMPARE(value(to.network_energies()).front().measured.joules, 1.25);
  const NetworkInfo further = value(to.network("further"));
  QCOMPARE(further.base, std::string("s-0.5"));
  QCOMPARE(further.text->file, std::string("a.txt"));
}

void TestCopySearch::a_second_copy_adds_nothing_and_known_networks_stay() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  fill_with_search(from);
  const QTemporaryDir folder;
  Study to = taking_study(folder);
  // The same existing network, imported here from the same weights, judged on the same text
  // elsewhere.
  NetworkInfo base = with_file(to, example_network("base"), "weights of base");
  base.text->file = "/here/a.txt";
  succeed(to.add_network(base));
  const CopiedSearch copied = value(copy_search(from, to, "s", TextPath::as_in_study));
  QCOMPARE(copied.networks, (std::vector<std::string>{"s-0.7", "s-0.5", "further"}));
  QCOMPARE(copied.known_networks, std::size_t{1});
  QCOMPARE(value(to.search("s")).text.file, std::string("/here/a.txt"));
  QCOMPARE(value(to.network("s-0.5")).text->file, std::string("/here/a.txt"));
  const CopiedSearch again = value(copy_search(from, to, "s", TextPath::as_in_study));
  QVERIFY(again.networks.empty());
  QCOMPARE(again.energies, std::size_t{2});  // as quiet as those before
  QCOMPARE(again.known_networks, std::size_t{4});
  QCOMPARE(value(to.networks()).size(), std::size_t{4});
  QCOMPARE(value(to.search_points("s")).size(), std::size_t{12});
}

void TestCopySearch::quieter_energies_stay() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  fill_with_search(from);
  const QTemporaryDir folder;
  Study to = taking_study(folder);
  value(copy_search(from, to, "s", TextPath::as_in_study));
  EnergyTable table = example_energies();
  table.baseline.spread = 0;
  table.softmax.joules = 0.75;
  succeed(to.set_energy_table(table));
  const CopiedSearch again = value(copy_search(from, to, "s", TextPath::as_in_study));
  QCOMPARE(again.energies, std::size_t{1});
  QCOMPARE(again.quieter_energies, std::size_t{1});
  QCOMPARE(value(to.energy_tables()).front().softmax.joules, 0.75);
}

/// Of the search's own kind of cost nothing may be damaged; what is of the other kind stays behind.
void TestCopySearch::damage_of_the_other_kind_stops_no_copy() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  fill_with_search(from);
  const auto damage = [&](const char* change) {
    SQLite::Database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE)
        .exec(change);
  };
  damage("UPDATE energy_table SET document = '{}'");
  damage("UPDATE network_energy SET joules = -3");
  const QTemporaryDir folder;
  Study to = taking_study(folder);
  const CopiedSearch copied = value(copy_search(from, to, "s", TextPath::as_in_study));
  QCOMPARE(copied.networks.size(), std::size_t{4});
  QCOMPARE(copied.latencies, std::size_t{2});
  QCOMPARE(copied.energies, std::size_t{0});
  QCOMPARE(copied.damaged.size(), std::size_t{2});
  QVERIFY2(copied.damaged[0].starts_with("the energy tables are left out: "),
           copied.damaged[0].c_str());
  QVERIFY2(copied.damaged[1].starts_with("the networks' energies are left out: ") &&
               copied.damaged[1].find("network 'further', energy") != std::string::npos,
           copied.damaged[1].c_str());
  QVERIFY(value(to.energy_tables()).empty() && value(to.network_energies()).empty());
  damage("UPDATE latency_table SET document = '{}'");
  Study second = taking_study(folder, "second.plumb");
  const auto refused = copy_search(from, second, "s", TextPath::as_in_study);
  QVERIFY(!refused);
  QVERIFY2(refused.error().where.find("latency table of") != std::string::npos,
           refused.error().where.c_str());
}

void TestCopySearch::changed_weights_and_other_networks_are_refused() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  fill_with_search(from);
  const QTemporaryDir folder;
  {
    Study to = taking_study(folder, "other.plumb");
    succeed(to.add_network(with_file(to, example_network("base"), "other weights")));
    const auto refused = copy_search(from, to, "s", TextPath::as_in_study);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, std::string("the study has another network 'base'"));
    QVERIFY(value(to.searches()).empty());
  }
  std::ofstream(from.folder() / "networks/s-0.5.safetensors", std::ios::app) << "more";
  Study to = taking_study(folder);
  const auto refused = copy_search(from, to, "s", TextPath::as_in_study);
  QVERIFY(!refused);
  QVERIFY(refused.error().where.ends_with("networks/s-0.5.safetensors"));
  QVERIFY(value(to.searches()).empty());
  QVERIFY(value(to.networks()).empty());
  const auto missing = copy_search(from, to, "nothing", TextPath::as_in_study);
  QVERIFY(!missing);
  QCOMPARE(missing.error().message, std::string("there is no search 'nothing'"));
}

/// A study from elsewhere may name any file within itself as weights: none of the study that takes
/// it is written over.
void TestCopySearch::weights_lie_where_weights_lie() {
  const StudyFixture fixture(10);
  Study from = value(Study::open(fixture.folder(), Access::read_write));
  NetworkInfo base = example_network("base");
  base.file = "notes.txt";
  succeed(from.add_network(with_file(from, base, "weights of base")));
  succeed(from.add_search(example_search("s")));
  const QTemporaryDir folder;
  Study to = taking_study(folder);
  value(copy_search(from, to, "s", TextPath::as_in_study));
  QVERIFY(!fs::exists(to.folder() / "notes.txt"));
  QCOMPARE(value(to.network("base")).file, fs::path("networks/base.safetensors"));
  QCOMPARE(content_of(to.folder() / "networks/base.safetensors"), std::string("weights of base"));
}

}  // namespace plumbline::test
