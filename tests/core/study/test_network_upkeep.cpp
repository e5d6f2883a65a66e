#include <filesystem>
#include <fstream>

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/jobs/job_folder.h"
#include "core/jobs/work_locks.h"
#include "core/study/lock_entry.h"
#include "core/study/sittings.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

void put_file(const fs::path& file, std::size_t bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << std::string(bytes, 'x');
}

/// Makes a study name what is not its own: by dots, and by a link to a folder. `further`: SQL.
void lead_outside(const StudyFixture& fixture, const fs::path& outside, const char* further) {
  fs::create_directories(fixture.folder() / "networks");
  fs::create_directory_symlink(outside, fixture.folder() / "networks/elsewhere");
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  database.exec(
      "UPDATE network SET file = '../outside/thesis.safetensors' WHERE name = 'dots';"
      "UPDATE network SET file = 'networks/elsewhere/thesis.safetensors' WHERE name = 'linked';"
      "UPDATE network SET file = 'networks/elsewhere/../beside.safetensors' WHERE name = "
      "'through'");
  database.exec(further);
}

}  // namespace

void TestNetworkUpkeep::a_network_goes_with_the_searches_from_it() {
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
  QVERIFY(!fs::exists(fixture.folder() / "networks/base.safetensors"));
  QVERIFY(!fs::exists(fixture.folder() / "networks/base.words"));
  QVERIFY(!fs::exists(fixture.folder() / "searches/s"));
  QVERIFY(fs::exists(fixture.folder() / "networks/found.safetensors"));
  QVERIFY(fs::exists(fixture.folder() / "searches/t/search.json"));
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

void TestNetworkUpkeep::a_network_is_renamed_wherever_it_is_named() {
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
  QCOMPARE(first.file, fs::path("networks/first.safetensors"));
  const auto lies = [&](const char* below) { return fs::exists(fixture.folder() / below); };
  QVERIFY(!lies("networks/base.safetensors") && !lies("networks/base.words"));
  QCOMPARE(fs::file_size(fixture.folder() / "networks/first.safetensors"), std::uintmax_t{900});
  QCOMPARE(fs::file_size(fixture.folder() / "networks/first.words"), std::uintmax_t{100});
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

void TestNetworkUpkeep::a_name_that_is_taken_changes_nothing() {
  StudyFixture fixture(10);
  Study& study = fixture.study;
  succeed(study.add_network(example_network("base")));
  succeed(study.add_network(example_network("other")));
  put_file(fixture.folder() / "networks/base.safetensors", 10);
  put_file(fixture.folder() / "networks/base.words", 20);
  const auto refused = [&](const std::string& to, const char* why) {
    const auto renamed = study.rename_entry(StudyEntry::network, "base", to);
    const bool whole = value(study.network("base")).file == "networks/base.safetensors" &&
                       fs::file_size(fixture.folder() / "networks/base.safetensors") == 10 &&
                       fs::file_size(fixture.folder() / "networks/base.words") == 20;
    return whole && !renamed && names_network(to_string(renamed.error()), why);
  };
  QVERIFY(refused("other", "there is a network 'other' already"));
  for (const char* name : {"", "a/b", "../out", ".hidden", "-x", "a:b"})
    QVERIFY2(refused(name, "the name of a network"), name);
  // Files that are in the way stay as they are, and neither file of the network goes alone.
  put_file(fixture.folder() / "networks/words.words", 30);
  QVERIFY(refused("words", "a file of this name is in the way"));
  QVERIFY(!fs::exists(fixture.folder() / "networks/words.safetensors"));
  QCOMPARE(fs::file_size(fixture.folder() / "networks/words.words"), std::uintmax_t{30});
  put_file(fixture.folder() / "networks/weights.safetensors", 40);
  QVERIFY(refused("weights", "a file of this name is in the way"));
  QCOMPARE(fs::file_size(fixture.folder() / "networks/weights.safetensors"), std::uintmax_t{40});
  put_file(fixture.folder() / "checkpoints/network begun.safetensors", 50);
  QVERIFY(refused("begun", "the training of 'begun' was begun and is not complete"));
  const auto absent = study.rename_entry(StudyEntry::network, "lost", "found");
  QVERIFY(!absent && names_network(absent.error().hint, "there are: base, other"));
  // What an attempt left that was killed in between is no other file.
  fs::create_hard_link(fixture.folder() / "networks/base.safetensors",
                       fixture.folder() / "networks/killed.safetensors");
  succeed(study.rename_entry(StudyEntry::network, "base", "killed"));
  QVERIFY(!fs::exists(fixture.folder() / "networks/base.safetensors"));
  QCOMPARE(fs::file_size(fixture.folder() / "networks/killed.words"), std::uintmax_t{20});
}

void TestNetworkUpkeep::a_renaming_leaves_no_other_file_changed() {
  StudyFixture fixture(10);
  const fs::path folder = fixture.folder(), outside = fixture.path("outside");
  put_file(outside / "thesis.safetensors", 10);
  put_file(outside / "thesis.words", 11);
  put_file(fixture.path("beside.safetensors"), 12);
  for (const char* name : {"dots", "linked", "through", "link", "shared", "sharing", "gone"})
    succeed(fixture.study.add_network(example_network(name)));
  lead_outside(fixture, outside,
               "UPDATE network SET file = 'networks/shared.safetensors' WHERE name = 'sharing'");
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

void TestNetworkUpkeep::a_network_in_use_keeps_its_name() {
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

void TestNetworkUpkeep::what_lies_outside_of_the_study_stays() {
  StudyFixture fixture(10);
  const fs::path folder = fixture.folder(), outside = fixture.path("outside");
  put_file(outside / "thesis.safetensors", 10);
  put_file(fixture.path("beside.safetensors"), 10);
  succeed(fixture.study.add_search(example_search("s")));
  for (const char* name : {"dots", "linked", "through", "link"})
    succeed(fixture.study.add_network(example_network(name)));
  lead_outside(fixture, outside, "UPDATE search SET name = '..'");
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

}  // namespace plumbline::test
