#include <QtTest>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/study/run_energies.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// Two of three voters, as if a GPU had told.
RunEnergies measured_energies() {
  RunEnergies energies;
  energies.device = "NVIDIA H200";
  energies.source = "NVML";
  energies.measured_at = "2026-11-29T18:00:00Z";
  energies.idle_watts = 74.25;
  energies.voters = {VoterEnergy{585.9375, 4.5, 97.65625, 1.5625, 64, 5}, std::nullopt,
                     VoterEnergy{0.125, 0, 0.0625, 0.001, 1, 3}};
  energies.reasons = {"", "its predictions were computed elsewhere", ""};
  return energies;
}

std::filesystem::path file_of(const StudyFixture& fixture, const RunInfo& run) {
  return fixture.folder() / energies_file(run.id);
}

std::string text_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void TestRunEnergies::energies_are_read_back() {
  StudyFixture fixture(30);
  const RunInfo run = fixture.add_run("r", 3);
  QVERIFY(!value(read_run_energies(fixture.study, run)));
  const std::size_t voters[] = {2, 0}, all[] = {0, 1, 2};
  const KnownEnergies none = known_energies(fixture.study, run, voters);
  QVERIFY(none.joules.empty());
  QVERIFY(none.missing.starts_with("no energy was measured for this run's voters"));
  const RunEnergies written = measured_energies();
  succeed(write_run_energies(fixture.study, run, written));
  const auto read = value(read_run_energies(fixture.study, run));
  QVERIFY(read);
  QCOMPARE(read->device, written.device);
  QCOMPARE(read->source, written.source);
  QCOMPARE(read->measured_at, written.measured_at);
  QCOMPARE(read->idle_watts, 74.25);
  QCOMPARE(read->reasons, written.reasons);
  QVERIFY(read->voters[0] && !read->voters[1] && read->voters[2]);
  QCOMPARE(read->voters[0]->joules, 585.9375);
  QCOMPARE(read->voters[0]->spread, 4.5);
  QCOMPARE(read->voters[0]->idle_joules, 97.65625);
  QCOMPARE(read->voters[0]->seconds, 1.5625);
  QCOMPARE(read->voters[0]->batch, 64);
  QCOMPARE(read->voters[2]->repeats, 3);
  const KnownEnergies known = known_energies(fixture.study, run, voters);
  QVERIFY(known.missing.empty());
  QCOMPARE(known.joules, (std::vector<std::optional<double>>{0.125, 585.9375}));
  const KnownEnergies partly = known_energies(fixture.study, run, all);
  QCOMPARE(partly.joules[1], std::optional<double>());
  QCOMPARE(partly.missing,
           std::string("the energy of m1:identity was not measured: its predictions "
                       "were computed elsewhere"));
  // Measured again, it is another.
  RunEnergies again = written;
  again.voters[0]->joules = 600;
  succeed(write_run_energies(fixture.study, run, again));
  QCOMPARE(value(read_run_energies(fixture.study, run))->voters[0]->joules, 600.0);
}

void TestRunEnergies::energies_go_with_their_run() {
  StudyFixture fixture(30);
  const RunInfo run = fixture.add_run("r", 3);
  succeed(write_run_energies(fixture.study, run, measured_energies()));
  succeed(fixture.study.rename_entry(StudyEntry::run, "r", "other"));
  QVERIFY(value(read_run_energies(fixture.study, value(fixture.study.run("other")))));
  QVERIFY(std::filesystem::exists(file_of(fixture, run)));
  value(fixture.study.remove_entry(StudyEntry::run, "other"));
  QVERIFY(!std::filesystem::exists(file_of(fixture, run)));
}

void TestRunEnergies::a_damaged_file_is_named_data() {
  QTest::addColumn<QString>("what");
  QTest::addColumn<QString>("instead");
  QTest::addColumn<QString>("why");
  QTest::newRow("cut") << "\"voters\"" << "" << "JSON";
  QTest::newRow("a newer version") << "\"version\": 1" << "\"version\": 2" << "version";
  QTest::newRow("less than nothing") << "585.9375" << "-585.9375" << "joules_per_1000";
  QTest::newRow("no number") << "585.9375" << "\"much\"" << "joules_per_1000";
  QTest::newRow("no batch") << "\"batch\": 64" << "\"batch\": 0" << "batch";
  QTest::newRow("a word too many") << "\"repeats\": 5"
                                   << "\"repeats\": 5, \"colour\": 1"
                                   << "colour";
  QTest::newRow("without its device") << "\"device\"" << "\"engine\"" << "device";
  QTest::newRow("of fewer voters") << "\"voters\": [" << "\"voters\": [], \"more\": [" << "voters";
}

void TestRunEnergies::a_damaged_file_is_named() {
  QFETCH(QString, what);
  QFETCH(QString, instead);
  QFETCH(QString, why);
  StudyFixture fixture(30);
  const RunInfo run = fixture.add_run("r", 3);
  succeed(write_run_energies(fixture.study, run, measured_energies()));
  const auto file = file_of(fixture, run);
  std::string text = text_in(file);
  const auto at = text.find(what.toStdString());
  QVERIFY2(at != std::string::npos, text.c_str());
  if (instead.isEmpty())
    text.resize(at);
  else
    text.replace(at, static_cast<std::size_t>(what.size()), instead.toStdString());
  std::ofstream(file, std::ios::trunc) << text;
  const auto read = read_run_energies(fixture.study, run);
  QVERIFY(!read);
  QCOMPARE(exit_code(read.error().kind), 3);
  const std::string words = to_string(read.error());
  QVERIFY2(words.find(why.toStdString()) != std::string::npos, words.c_str());
  QVERIFY2(words.find(file.filename().string()) != std::string::npos, words.c_str());
  // A decision has its other figures all the same.
  const std::size_t voters[] = {0};
  const KnownEnergies known = known_energies(fixture.study, run, voters);
  QVERIFY(known.joules.empty());
  QCOMPARE(known.missing, words);
}

}  // namespace plumbline::test
