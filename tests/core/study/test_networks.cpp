#include <cmath>
#include <filesystem>
#include <fstream>

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/jobs/job_folder.h"
#include "core/jobs/work_locks.h"
#include "core/study/latency_sittings.h"
#include "core/study/lock_entry.h"
#include "tests/core/study/older_study.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

bool names_network(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

void put_file(const std::filesystem::path& file, std::size_t bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << std::string(bytes, 'x');
}

NetworkInfo full_network(const std::string& name) {
  NetworkInfo network = example_network(name);
  network.origin = NetworkOrigin::found;
  network.architecture[2] = skip_option;
  network.base = "base";
  network.search = "s";
  network.target = 0.5;
  network.text = example_text();
  network.validation = MeasuredLoss{1.6180339887, 0.002, 55'000};
  return network;
}

}  // namespace

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
                        const MeasuredLatency& baseline, KeptLatency which = KeptLatency::quieter) {
    return value(study.keep_network_latency({"n", example_key(), own, beside, baseline}, which));
  };
  const auto kept_ms = [&] { return value(study.network_latencies()).front().measured.median_ms; };
  QCOMPARE(keep({2.5, 0.05, 50}, "base", {5, 0.05, 50}), std::string());
  // The spread of a sitting is the greater of both: 4 % here, 2 % before.
  QCOMPARE(keep({3.5, 0.035, 50}, "base", {5, 0.2, 50}),
           std::string("its repeats spread by 4.0 % of the median, those of the one that is kept "
                       "by 2.0 %"));
  QCOMPARE(kept_ms(), 2.5);
  QCOMPARE(keep({3, 0, 1}, "base", {5, 0, 1}),
           std::string("it was repeated too few times to say how quiet the machine was"));
  // However quiet, what was measured alone or beside another says less.
  const std::string apart = "it was not measured in turns with 'base', as the one that is kept was";
  QCOMPARE(keep({3, 0, 50}, "n", {3, 0, 50}), apart);
  QCOMPARE(keep({3, 0, 50}, "", {}), apart);
  QCOMPARE(kept_ms(), 2.5);
  QCOMPARE(keep({2.25, 0.04, 50}, "base", {5, 0.05, 50}), std::string());
  QCOMPARE(kept_ms(), 2.25);
  // Asked for, a louder one is taken; then one beside the existing network takes its place.
  QCOMPARE(keep({4, 1, 50}, "", {}, KeptLatency::newer), std::string());
  QCOMPARE(kept_ms(), 4.0);
  QCOMPARE(keep({3, 0.9, 50}, "base", {5, 2, 50}), std::string());
  QCOMPARE(kept_ms(), 3.0);
  QVERIFY(!study.keep_network_latency({"lost", example_key(), {1, 0, 50}, "", {}},
                                      KeptLatency::quieter));
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
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptLatency::quieter)), std::string());
  table.softmax.median_ms = 0.75;
  table.baseline.spread_ms = 0.5;
  const auto softmax_ms = [&] {
    return value(fixture.study.latency_tables()).front().softmax.median_ms;
  };
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptLatency::quieter)),
           std::string("its repeats spread by 10.0 % of the median, those of the one that is kept "
                       "by 2.0 %"));
  QCOMPARE(softmax_ms(), 0.25);
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptLatency::newer)), std::string());
  QCOMPARE(softmax_ms(), 0.75);
  // However quiet, a table without an option does not replace one that has it; a louder one with
  // more options is taken.
  LatencyTable fewer = table;
  fewer.baseline.spread_ms = 0;
  fewer.options[find_option("experts-1").value()].reset();
  QCOMPARE(value(fixture.study.keep_latency_table(fewer, KeptLatency::quieter)),
           std::string("it lacks options that the one that is kept has"));
  QCOMPARE(value(fixture.study.keep_latency_table(fewer, KeptLatency::newer)), std::string());
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptLatency::quieter)), std::string());
  // Another batch is another thing.
  table.key.batch = 2;
  QCOMPARE(value(fixture.study.keep_latency_table(table, KeptLatency::quieter)), std::string());
  QCOMPARE(value(fixture.study.latency_tables()).size(), std::size_t{2});
}

void TestNetworks::a_network_goes_with_the_searches_from_it() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(full_network("found")));
  NetworkInfo further = example_network("further");
  further.base = "base";
  succeed(study.add_network(further));
  succeed(study.add_network(example_network("other")));
  succeed(study.add_search(example_search("s")));
  SearchInfo elsewhere = example_search("t");
  elsewhere.base = "other";
  succeed(study.add_search(elsewhere));
  succeed(study.set_network_latency(
      {"found", example_key(), {2.5, 0.125, 50}, "base", {5.0, 0.25, 50}}));
  succeed(study.set_network_latency({"base", example_key(), {5.0, 0.25, 50}, "", {}}));
  put_file(fixture.folder() / "networks/base.safetensors", 900'000);
  put_file(fixture.folder() / "networks/base.words", 100'000);
  put_file(fixture.folder() / "networks/found.safetensors", 100);
  put_file(fixture.folder() / "searches/s/search.json", 2'000'000);
  put_file(fixture.folder() / "searches/t/search.json", 100);

  const Dependents goes = value(study.dependents(StudyEntry::network, "base"));
  QCOMPARE(goes.searches, std::vector<std::string>{"s"});
  QCOMPARE(goes.networks, (std::vector<std::string>{"found", "further"}));
  QCOMPARE(goes.bytes, std::uint64_t{3'000'000});
  QCOMPARE(to_text(goes), std::string("the search s; 3.0 MB"));
  QCOMPARE(works_on(StudyEntry::network, "base", goes),
           (std::vector<std::string>{"network base", "search s"}));
  // The search that has found a network still reads it.
  const Dependents of_found = value(study.dependents(StudyEntry::network, "found"));
  QVERIFY(of_found.searches.empty() && of_found.networks.empty());
  QCOMPARE(works_on(StudyEntry::network, "found", of_found),
           (std::vector<std::string>{"network found", "search s"}));

  value(study.remove_entry(StudyEntry::network, "base"));
  QVERIFY(!study.network("base") && !study.search("s"));
  QVERIFY(study.search("t").has_value());
  QVERIFY(!std::filesystem::exists(fixture.folder() / "networks/base.safetensors"));
  QVERIFY(!std::filesystem::exists(fixture.folder() / "networks/base.words"));
  QVERIFY(!std::filesystem::exists(fixture.folder() / "searches/s"));
  QVERIFY(std::filesystem::exists(fixture.folder() / "networks/found.safetensors"));
  QVERIFY(std::filesystem::exists(fixture.folder() / "searches/t/search.json"));
  // A later network "base" is not taken for theirs.
  const NetworkInfo found = value(study.network("found"));
  QVERIFY(found.base.empty() && found.search.empty());
  QVERIFY(value(study.network("further")).base.empty());
  const auto latencies = value(study.network_latencies());
  QCOMPARE(latencies.size(), std::size_t{1});
  QCOMPARE(latencies[0].network, std::string("found"));
  QVERIFY(latencies[0].baseline.empty());
  QCOMPARE(latencies[0].baseline_measured.median_ms, 5.0);

  const auto absent = study.remove_entry(StudyEntry::network, "base");
  QVERIFY(!absent && names_network(absent.error().hint, "there are: found, further, other"));
}

void TestNetworks::a_network_is_renamed_wherever_it_is_named() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  NetworkInfo found = full_network("found");
  found.training = {{"steps", 300}, {"teacher", "base"}, {"rate", 1e-3}};
  succeed(study.add_network(found));
  NetworkInfo other = full_network("other");
  other.base = "elsewhere";
  other.training = {{"teacher", "elsewhere"}};
  succeed(study.add_network(other));
  succeed(study.add_search(example_search("s")));
  succeed(study.set_network_latency(
      {"found", example_key(), {2.5, 0.125, 50}, "base", {5.0, 0.25, 50}}));
  succeed(study.set_network_latency({"base", example_key(), {5.0, 0.25, 50}, "", {}}));
  NetworkEnergy energy = example_energy("found", 1);
  energy.baseline = "base";
  succeed(study.set_network_energy(energy));
  put_file(fixture.folder() / "networks/base.safetensors", 900);
  put_file(fixture.folder() / "networks/base.words", 100);
  const NetworkInfo before = value(study.network("base"));

  succeed(study.rename_entry(StudyEntry::network, "base", "first"));
  const Study again = value(Study::open(fixture.folder(), Access::read_only));
  QVERIFY(!again.network("base"));
  const NetworkInfo first = value(again.network("first"));
  QCOMPARE(first.id, before.id);
  QCOMPARE(first.hash, before.hash);
  QCOMPARE(first.file, std::filesystem::path("networks/first.safetensors"));
  const auto lies = [&](const char* below) {
    return std::filesystem::exists(fixture.folder() / below);
  };
  QVERIFY(!lies("networks/base.safetensors") && !lies("networks/base.words"));
  QCOMPARE(std::filesystem::file_size(fixture.folder() / "networks/first.safetensors"),
           std::uintmax_t{900});
  QCOMPARE(std::filesystem::file_size(fixture.folder() / "networks/first.words"),
           std::uintmax_t{100});
  const NetworkInfo further = value(again.network("found"));
  QCOMPARE(further.base, std::string("first"));
  QCOMPARE(further.training.dump(),
           nlohmann::ordered_json({{"steps", 300}, {"teacher", "first"}, {"rate", 1e-3}}).dump());
  QCOMPARE(value(again.network("other")).base, std::string("elsewhere"));
  QCOMPARE(value(again.network("other")).training.dump(), other.training.dump());
  const SearchInfo search = value(again.search("s"));
  QCOMPARE(search.base, std::string("first"));
  for (const NetworkLatency& latency : value(again.network_latencies()))
    QVERIFY(latency.network == "first" || latency.baseline == "first");
  QCOMPARE(value(again.network_energies()).front().baseline, std::string("first"));
  // It is still what the others are compared with.
  QCOMPARE(existing_network_of(further, {search}), std::string("first"));
  QCOMPARE(value(again.dependents(StudyEntry::network, "first")).searches,
           std::vector<std::string>{"s"});

  // A later network of the old name is another one, and has files of its own.
  succeed(study.add_network(example_network("base")));
  QVERIFY(value(study.dependents(StudyEntry::network, "base")).searches.empty());
  // Found by a search, which knows its networks by what they are.
  succeed(study.rename_entry(StudyEntry::network, "found", "half"));
  QCOMPARE(value(study.network("half")).search, std::string("s"));
}

void TestNetworks::a_name_that_is_taken_changes_nothing() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(example_network("other")));
  put_file(fixture.folder() / "networks/base.safetensors", 10);
  put_file(fixture.folder() / "networks/base.words", 20);
  const auto refused = [&](const std::string& to, const char* why) {
    const auto renamed = study.rename_entry(StudyEntry::network, "base", to);
    const bool whole =
        value(study.network("base")).file == "networks/base.safetensors" &&
        std::filesystem::file_size(fixture.folder() / "networks/base.safetensors") == 10 &&
        std::filesystem::file_size(fixture.folder() / "networks/base.words") == 20;
    return whole && !renamed && names_network(to_string(renamed.error()), why);
  };
  QVERIFY(refused("other", "there is a network 'other' already"));
  for (const char* name : {"", "a/b", "../out", ".hidden", "-x", "a:b"})
    QVERIFY2(refused(name, "the name of a network"), name);
  // Files that are in the way stay as they are, and neither file of the network goes alone.
  put_file(fixture.folder() / "networks/words.words", 30);
  QVERIFY(refused("words", "a file of this name is in the way"));
  QVERIFY(!std::filesystem::exists(fixture.folder() / "networks/words.safetensors"));
  QCOMPARE(std::filesystem::file_size(fixture.folder() / "networks/words.words"),
           std::uintmax_t{30});
  put_file(fixture.folder() / "networks/weights.safetensors", 40);
  QVERIFY(refused("weights", "a file of this name is in the way"));
  QCOMPARE(std::filesystem::file_size(fixture.folder() / "networks/weights.safetensors"),
           std::uintmax_t{40});
  put_file(fixture.folder() / "checkpoints/network begun.safetensors", 50);
  QVERIFY(refused("begun", "the training of 'begun' was begun and is not complete"));
  const auto absent = study.rename_entry(StudyEntry::network, "lost", "found");
  QVERIFY(!absent && names_network(absent.error().hint, "there are: base, other"));
  // What an attempt left that was killed in between is no other file.
  std::filesystem::create_hard_link(fixture.folder() / "networks/base.safetensors",
                                    fixture.folder() / "networks/killed.safetensors");
  succeed(study.rename_entry(StudyEntry::network, "base", "killed"));
  QVERIFY(!std::filesystem::exists(fixture.folder() / "networks/base.safetensors"));
  QCOMPARE(std::filesystem::file_size(fixture.folder() / "networks/killed.words"),
           std::uintmax_t{20});
}

void TestNetworks::a_renaming_leaves_no_other_file_changed() {
  namespace fs = std::filesystem;
  StudyFixture fixture(10);
  const fs::path folder = fixture.folder(), outside = fixture.path("outside");
  put_file(outside / "thesis.safetensors", 10);
  put_file(outside / "thesis.words", 11);
  put_file(fixture.path("beside.safetensors"), 12);
  for (const char* name : {"dots", "linked", "through", "link", "shared", "sharing", "gone"})
    succeed(fixture.study.add_network(example_network(name)));
  fs::create_directories(folder / "networks");
  fs::create_directory_symlink(outside, folder / "networks/elsewhere");
  {
    SQLite::Database database((folder / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec(
        "UPDATE network SET file = '../outside/thesis.safetensors' WHERE name = 'dots';"
        "UPDATE network SET file = 'networks/elsewhere/thesis.safetensors' WHERE name = 'linked';"
        "UPDATE network SET file = 'networks/elsewhere/../beside.safetensors' WHERE name = "
        "'through';"
        "UPDATE network SET file = 'networks/shared.safetensors' WHERE name = 'sharing'");
  }
  for (const char* name : {"dots", "linked"}) {
    const auto renamed = fixture.study.rename_entry(StudyEntry::network, name, "taken");
    QVERIFY2(!renamed && names_network(renamed.error().message, "leads out of the study's folder"),
             name);
    QVERIFY(!fs::exists(folder / "networks/taken.safetensors"));
  }
  // As it is read by whoever opens the file, "elsewhere/.." is the folder itself.
  succeed(fixture.study.rename_entry(StudyEntry::network, "through", "other"));
  QCOMPARE(fs::file_size(fixture.path("beside.safetensors")), std::uintmax_t{12});
  QCOMPARE(fs::file_size(outside / "thesis.safetensors"), std::uintmax_t{10});
  QCOMPARE(fs::file_size(outside / "thesis.words"), std::uintmax_t{11});
  // A link to a file is itself the study's: it has the other name, and leads where it led.
  fs::create_symlink(outside / "thesis.safetensors", folder / "networks/link.safetensors");
  succeed(fixture.study.rename_entry(StudyEntry::network, "link", "moved"));
  QVERIFY(!fs::is_symlink(folder / "networks/link.safetensors"));
  QCOMPARE(fs::read_symlink(folder / "networks/moved.safetensors"), outside / "thesis.safetensors");
  // Weights of two networks stay where the other looks for them.
  put_file(folder / "networks/shared.safetensors", 13);
  succeed(fixture.study.rename_entry(StudyEntry::network, "shared", "alone"));
  QCOMPARE(value(fixture.study.network("alone")).file, fs::path("networks/shared.safetensors"));
  QCOMPARE(fs::file_size(folder / "networks/shared.safetensors"), std::uintmax_t{13});
  // Weights that are missing are no obstacle.
  succeed(fixture.study.rename_entry(StudyEntry::network, "gone", "went"));
  QCOMPARE(value(fixture.study.network("went")).file, fs::path("networks/went.safetensors"));
  // The folder of all networks is elsewhere: what lies in it is not touched.
  fs::rename(folder / "networks", fixture.path("networks"));
  fs::create_directory_symlink(fixture.path("networks"), folder / "networks");
  put_file(fixture.path("networks") / "went.safetensors", 14);
  QVERIFY(!fixture.study.rename_entry(StudyEntry::network, "went", "again"));
  QCOMPARE(fs::file_size(fixture.path("networks") / "went.safetensors"), std::uintmax_t{14});
}

void TestNetworks::a_network_in_use_keeps_its_name() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(full_network("found")));
  succeed(study.add_search(example_search("s")));
  const auto refused = [&](const char* why, const std::string& to = "first") {
    const auto locks = lock_entry(study, StudyEntry::network, "base", to);
    return !locks && names_network(to_string(locks.error()), why);
  };
  for (const char* work : {"network base", "search s", "network first"}) {
    const auto locks = value(lock_works(fixture.folder(), {work}));
    QVERIFY2(refused(work), work);
  }
  const auto described = [&](const char* kind, const std::vector<std::string>& command) {
    return value(describe_job(fixture.folder(), describe_command(kind, command)));
  };
  const std::string folder = fixture.folder().string();
  for (const auto& [kind, command] :
       {std::pair<const char*, std::vector<std::string>>(
            "planer-evaluate", {"planer", "evaluate", folder, "--name", "found,base"}),
        {"planer-train", {"planer", "train", folder, "--from", "base", "--name", "n"}},
        {"planer-train", {"planer", "train", folder, "--teacher", "base", "--name", "n"}},
        {"planer-export", {"planer", "export", folder, "--name", "base", "-o", "f"}}}) {
    const std::string id = described(kind, command);
    QVERIFY2(refused("uses the network 'base'"), command[1].c_str());
    QVERIFY2(refused("uses the network 'base'", ""), command[1].c_str());  // removed
    succeed(remove_job(fixture.folder() / "jobs" / id));
  }
  described("planer-evaluate", {"planer", "evaluate", folder, "--name", "found"});
  QVERIFY(lock_entry(study, StudyEntry::network, "base", "first").has_value());
}

void TestNetworks::what_lies_outside_of_the_study_stays() {
  namespace fs = std::filesystem;
  StudyFixture fixture(10);
  const fs::path folder = fixture.folder(), outside = fixture.path("outside");
  put_file(outside / "thesis.safetensors", 10);
  put_file(fixture.path("beside.safetensors"), 10);
  succeed(fixture.study.add_search(example_search("s")));
  for (const char* name : {"dots", "linked", "through", "link"})
    succeed(fixture.study.add_network(example_network(name)));
  // A study that was made to name what is not its own: by dots, and by a link to a folder.
  fs::create_directories(folder / "networks");
  fs::create_directory_symlink(outside, folder / "networks/elsewhere");
  {
    SQLite::Database database((folder / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec(
        "UPDATE search SET name = '..';"
        "UPDATE network SET file = '../outside/thesis.safetensors' WHERE name = 'dots';"
        "UPDATE network SET file = 'networks/elsewhere/thesis.safetensors' WHERE name = 'linked';"
        "UPDATE network SET file = 'networks/elsewhere/../beside.safetensors' WHERE name = "
        "'through'");
  }
  // A link to a file is itself the study's.
  fs::create_symlink(outside / "thesis.safetensors", folder / "networks/link.safetensors");
  QCOMPARE(value(fixture.study.dependents(StudyEntry::network, "link")).bytes, std::uint64_t{0});
  for (const char* name : {"dots", "linked", "through", "link"})
    value(fixture.study.remove_entry(StudyEntry::network, name));
  QVERIFY(value(fixture.study.dependents(StudyEntry::search, "..")).files.empty());
  value(fixture.study.remove_entry(StudyEntry::search, ".."));
  QVERIFY(fs::exists(outside / "thesis.safetensors"));
  QVERIFY(fs::exists(fixture.path("beside.safetensors")));
  QVERIFY(!fs::is_symlink(folder / "networks/link.safetensors"));
  QVERIFY(fs::exists(folder / "study.sqlite"));
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
  QTest::addColumn<QByteArray>("change");
  QTest::addColumn<QByteArray>("named");
  const auto row = [](const char* change, const char* named) {
    QTest::newRow(change) << QByteArray(change) << QByteArray(named);
  };
  row("UPDATE network SET config = '{\"layers\":'", "network 'n', config");
  row("UPDATE network SET config = '[]'", "network 'n', config");
  row("UPDATE network SET architecture = '{\"options\":[\"skip\"]}'", "network 'n', architecture");
  row("UPDATE network SET origin = 'dreamt'", "network 'n', origin");
  row("UPDATE network SET file = '../../etc/passwd'", "network 'n', file");
  row("UPDATE network SET text = '{\"file\":3}'", "network 'n', text");
  row("UPDATE network SET training = x'00ff'", "network 'n', training");
  row("UPDATE network SET training = hex(zeroblob(9000000))", "network 'n', training");
  row("UPDATE network_latency SET median_ms = -3", "network 'n', latency");
  row("UPDATE latency_table SET document = '{}'", "latency table of 'CPU test, 2 threads'");
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
  std::vector<Error> errors;
  const auto note = [&](const auto& result) {
    if (!result) errors.push_back(result.error());
  };
  note(fixture.study.networks());
  note(fixture.study.network_latencies());
  note(fixture.study.latency_tables());
  QCOMPARE(errors.size(), std::size_t{1});
  QVERIFY2(names_network(errors[0].where, named.constData()), errors[0].where.c_str());
  QVERIFY(names_network(errors[0].where, "study.sqlite"));
}

}  // namespace plumbline::test
