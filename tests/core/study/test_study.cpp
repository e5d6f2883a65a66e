#include <unistd.h>

#include <QFile>
#include <QtTest>
#include <map>
#include <set>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/study/schema.h"
#include "tests/core/study/older_study.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

std::string sqlite_file(const StudyFixture& fixture) {
  return (fixture.folder() / "study.sqlite").string();
}

void overwrite(const std::filesystem::path& path, const QByteArray& bytes) {
  QFile file(QString::fromStdString(path.string()));
  if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
  file.write(bytes);
}

QByteArray bytes_of(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read");
  return file.readAll();
}

/// A closed study's database, so that all of it is in one file.
std::filesystem::path closed_study(QTemporaryDir& directory) {
  const std::filesystem::path folder = directory.filePath("c.plumb").toStdString();
  auto study = value(Study::open(folder, Access::create));
  value(study.add_split("d", "test", StudyFixture::scan(300, 3)));
  return folder;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

void TestStudy::split_is_read_back() {
  StudyFixture fixture(3000, 4);
  const auto scan = StudyFixture::scan(3000, 4);
  const auto dataset = value(fixture.study.dataset("d"));
  QCOMPARE(dataset.classes, scan.classes);
  QCOMPARE(dataset.splits.size(), std::size_t{1});
  QCOMPARE(dataset.splits[0].samples, std::int64_t{3000});
  const auto samples = value(fixture.study.samples(dataset.id, "test", 1000, 500));
  const auto labels = value(fixture.study.labels(dataset.id, "test"));
  QCOMPARE(samples.size(), std::size_t{500});
  for (std::size_t i = 0; i < samples.size(); ++i) {
    QCOMPARE(samples[i].name, scan.samples[1000 + i].name);
    QCOMPARE(samples[i].label, scan.samples[1000 + i].label);
    QCOMPARE(labels[1000 + i], scan.samples[1000 + i].label);
    QCOMPARE(samples[i].locator.source, 0);
  }
  // A page that reaches over the end holds what there is.
  QCOMPARE(value(fixture.study.samples(dataset.id, "test", 2990, 500)).size(), std::size_t{10});
}

void TestStudy::same_split_again_adds_nothing() {
  StudyFixture fixture(500, 3);
  QCOMPARE(value(fixture.study.add_split("d", "test", StudyFixture::scan(500, 3))),
           std::int64_t{0});
  QCOMPARE(value(fixture.study.dataset("d")).splits.size(), std::size_t{1});
}

void TestStudy::other_samples_under_the_same_name_are_refused() {
  StudyFixture fixture(500, 3);
  const auto added = fixture.study.add_split("d", "test", StudyFixture::scan(501, 3));
  QVERIFY(!added);
  QVERIFY(contains(added.error().message, "'test'"));
  auto other_format = StudyFixture::scan(10, 3);
  other_format.format = DatasetFormat::idx;
  QVERIFY(!fixture.study.add_split("d", "more", other_format));
  QCOMPARE(value(fixture.study.dataset("d")).splits.size(), std::size_t{1});
}

void TestStudy::further_split_maps_classes_by_name() {
  StudyFixture fixture(100, 3);
  auto scan = StudyFixture::scan(50, 2);
  scan.classes = {"class2", "class9"};
  value(fixture.study.add_split("d", "train", scan));
  const auto dataset = value(fixture.study.dataset("d"));
  QCOMPARE(dataset.classes, (std::vector<std::string>{"class0", "class1", "class2", "class9"}));
  const auto labels = value(fixture.study.labels(dataset.id, "train"));
  for (std::size_t i = 0; i < labels.size(); ++i)
    QCOMPARE(int{labels[i]}, scan.samples[i].label == 0 ? 2 : 3);
}

void TestStudy::division_is_stratified_and_repeatable() {
  const auto divide = [](std::int64_t samples) {
    StudyFixture fixture(samples, 5);
    const auto id = value(fixture.study.dataset("d")).id;
    const auto before = value(fixture.study.samples(id, "test", 0, samples));
    const auto moved = value(fixture.study.divide_split("d", "test", "validation", 0.3));
    const auto stay = value(fixture.study.samples(id, "test", 0, samples));
    const auto gone = value(fixture.study.samples(id, "validation", 0, samples));
    if (static_cast<std::int64_t>(gone.size()) != moved) qFatal("counts differ");
    std::map<ClassIndex, std::array<int, 2>> by_class;
    std::multiset<std::string> names, names_before;
    for (const auto& s : stay) ++by_class[s.label][0], names.insert(s.name);
    for (const auto& s : gone) ++by_class[s.label][1], names.insert(s.name);
    for (const auto& s : before) names_before.insert(s.name);
    if (names != names_before) qFatal("samples were lost or made twice");
    for (const auto& [label, counts] : by_class) {
      const double expected = 0.3 * (counts[0] + counts[1]);
      if (std::abs(counts[1] - expected) >= 1) qFatal("class %d is not stratified", label);
    }
    std::vector<std::string> order;
    for (const auto& s : gone) {
      // Labels must still belong to their samples.
      if (s.name.substr(0, s.name.find('/')) != "class" + std::to_string(s.label)) qFatal("labels");
      order.push_back(s.name);
    }
    return order;
  };
  QCOMPARE(divide(1000), divide(1000));
  QVERIFY(divide(1000).size() > 290);
}

void TestStudy::what_another_program_changed_is_seen() {
  StudyFixture fixture(1000, 5);
  const auto id = value(fixture.study.dataset("d")).id;
  const auto before = value(fixture.study.samples(id, "test", 0, 1000));
  Study other = value(Study::open(fixture.folder(), Access::read_write));
  QVERIFY(value(other.divide_split("d", "test", "validation", 0.3)) > 0);
  const auto after = value(fixture.study.samples(id, "test", 0, 1000));
  const auto labels = value(fixture.study.labels(id, "test"));
  QVERIFY(after.size() < before.size());
  QCOMPARE(after.size(), labels.size());
  for (std::size_t i = 0; i < after.size(); ++i) QCOMPARE(after[i].label, labels[i]);
}

void TestStudy::what_another_connection_wrote_is_noticed() {
  StudyFixture fixture(40, 2);
  const auto reader = value(Study::open(fixture.folder(), Access::read_only));
  const auto version = reader.version();
  const std::string contents = reader.contents();
  QCOMPARE(reader.version(), version);
  // A tag is a change, but not of what the study holds by name.
  const std::vector<ItemRef> items{ItemRef(3)};
  QVERIFY(
      fixture.study.set_tag(value(reader.dataset("d")).id, "test", "odd", items, true).has_value());
  const auto tagged = reader.version();
  QVERIFY(tagged != version);
  QCOMPARE(reader.contents(), contents);
  QVERIFY(fixture.study.rename_entry(StudyEntry::dataset, "d", "e").has_value());
  QVERIFY(reader.version() != tagged);
  QVERIFY(reader.contents() != contents);
}

void TestStudy::names_are_those_of_the_samples() {
  StudyFixture fixture(1000, 5);
  const auto id = value(fixture.study.dataset("d")).id;
  std::vector<std::string> names;
  succeed(
      fixture.study.names(id, "test", [&](std::string_view name) { names.emplace_back(name); }));
  const auto samples = value(fixture.study.samples(id, "test", 0, 1000));
  QCOMPARE(names.size(), samples.size());
  for (std::size_t i = 0; i < names.size(); ++i) QCOMPARE(names[i], samples[i].name);
  QVERIFY(!fixture.study.names(id, "none", [](std::string_view) {}));
}

void TestStudy::division_of_a_split_with_predictions_is_refused() {
  StudyFixture fixture(300, 3);
  fixture.add_run("r", 1);
  const auto divided = fixture.study.divide_split("d", "test", "validation", 0.5);
  QVERIFY(!divided);
  QVERIFY(contains(divided.error().message, "has predictions"));
}

void TestStudy::newer_version_is_refused_and_untouched() {
  QTemporaryDir directory;
  const auto folder = closed_study(directory);
  {
    SQLite::Database database((folder / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 99");
  }
  const auto before = bytes_of(folder / "study.sqlite");
  for (const auto access : {Access::read_only, Access::read_write, Access::create}) {
    const auto opened = Study::open(folder, access);
    QVERIFY(!opened);
    QVERIFY(contains(opened.error().message, "version 99"));
  }
  QCOMPARE(bytes_of(folder / "study.sqlite"), before);
}

void TestStudy::folder_that_is_no_study_is_named() {
  QTemporaryDir directory;
  const std::filesystem::path folder = directory.path().toStdString();
  overwrite(folder / "holiday.jpg", "x");
  const auto opened = Study::open(folder, Access::read_write);
  QVERIFY(!opened);
  QCOMPARE(opened.error().where, folder.string());
  // Nor is a folder with other things in it made a study.
  QVERIFY(!Study::open(folder, Access::create));
  const auto absent = Study::open(folder / "absent.plumb", Access::read_only);
  QVERIFY(!absent);
  QVERIFY(contains(absent.error().message, "no such study"));
  QCOMPARE(exit_code(absent.error().kind), 3);
}

void TestStudy::damaged_database_is_named() {
  QTemporaryDir directory;
  const auto folder = closed_study(directory);
  overwrite(folder / "study.sqlite", QByteArray(20'000, 'z'));
  const auto opened = Study::open(folder, Access::read_only);
  QVERIFY(!opened);
  QVERIFY(contains(to_string(opened.error()), "study.sqlite"));
  QVERIFY(contains(to_string(opened.error()), "damaged"));
}

void TestStudy::truncated_database_is_named() {
  QTemporaryDir directory;
  const auto folder = closed_study(directory);
  const auto whole = bytes_of(folder / "study.sqlite");
  for (const int part : {1, 2, 3, 5, 9}) {
    overwrite(folder / "study.sqlite", whole.left(whole.size() * part / 10));
    const auto opened = Study::open(folder, Access::read_only);
    if (!opened) continue;
    // Where the head is whole, the damage shows when the samples are read.
    const auto datasets = opened->datasets();
    QVERIFY(!datasets || !opened->samples(1, "test", 0, 300) ||
            opened->samples(1, "test", 0, 300)->size() < 300);
  }
}

void TestStudy::read_only_study_can_be_read() {
  QTemporaryDir directory;
  const auto folder = closed_study(directory);
  auto reader = value(Study::open(folder, Access::read_only));
  QCOMPARE(value(reader.dataset("d")).splits[0].samples, std::int64_t{300});
  const auto added = reader.add_split("e", "test", StudyFixture::scan(10, 2));
  QVERIFY(!added);
  QVERIFY(contains(added.error().message, "reading only"));

  if (::geteuid() == 0) {
    // To root nothing is write-protected; what SQLite does on such media is tried on a copy that
    // has no write-ahead log and an immutable file.
    SQLite::Database immutable("file:" + (folder / "study.sqlite").string() + "?immutable=1",
                               SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    QCOMPARE(immutable.execAndGet("SELECT count(*) FROM sample").getInt(), 300);
    return;
  }
  QFile::setPermissions(QString::fromStdString(folder.string()),
                        QFile::ReadOwner | QFile::ExeOwner);
  const auto protected_study = Study::open(folder, Access::read_only);
  const auto refused = Study::open(folder, Access::read_write);
  QFile::setPermissions(QString::fromStdString(folder.string()),
                        QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  QVERIFY(protected_study.has_value());
  QCOMPARE(value(protected_study->dataset("d")).splits[0].samples, std::int64_t{300});
  QVERIFY(!refused);
  QVERIFY(contains(refused.error().message, "write-protected"));
}

void TestStudy::second_writer_is_told() {
  StudyFixture fixture(100, 2);
  SQLite::Database other(sqlite_file(fixture), SQLite::OPEN_READWRITE);
  auto held = std::make_unique<SQLite::Transaction>(other, SQLite::TransactionBehavior::IMMEDIATE);
  const auto added = fixture.study.add_split("e", "test", StudyFixture::scan(10, 2));
  QVERIFY(!added);
  QVERIFY(contains(added.error().message, "another program is writing"));
  // Reading goes on meanwhile, and writing once the other has ended.
  QCOMPARE(value(fixture.study.datasets()).size(), std::size_t{1});
  held.reset();
  QCOMPARE(value(fixture.study.add_split("e", "test", StudyFixture::scan(10, 2))),
           std::int64_t{10});
}

void TestStudy::interrupted_creation_is_finished() {
  // Killed after each step of its making, a study is whole after the next opening.
  QTemporaryDir directory;
  const std::filesystem::path folder = directory.filePath("k.plumb").toStdString();
  std::filesystem::create_directories(folder / "predictions");
  overwrite(folder / "study.sqlite", "");
  QVERIFY(!Study::open(folder, Access::read_only));
  auto study = value(Study::open(folder, Access::create));
  QCOMPARE(value(study.add_split("d", "test", StudyFixture::scan(10, 2))), std::int64_t{10});
  QVERIFY(std::filesystem::is_directory(folder / "jobs"));
  QVERIFY(std::filesystem::is_directory(folder / "cache"));
}

void TestStudy::missing_names_are_told_with_those_there_are() {
  StudyFixture fixture(100, 2);
  fixture.add_run("r7", 2);
  QVERIFY(contains(to_string(fixture.study.dataset("x").error()), "data sets: d"));
  QVERIFY(contains(to_string(fixture.study.model("x").error()), "models: m0, m1"));
  QVERIFY(contains(to_string(fixture.study.run("x").error()), "runs: r7"));
  QVERIFY(contains(to_string(fixture.study.labels(1, "x").error()), "splits: test"));
}

void TestStudy::run_is_read_back() {
  StudyFixture fixture(100, 2);
  const auto run = fixture.add_run("r", 3);
  QCOMPARE(run.voters.size(), std::size_t{3});
  QCOMPARE(to_string(run.voters[2]), std::string("m2:identity"));
  QCOMPARE(run.splits, (std::vector<std::string>{"test"}));
  QCOMPARE(run.batch, 64);
  QCOMPARE(value(fixture.study.committed(run, "test")), std::int64_t{100});
  const auto sets = value(fixture.study.prediction_sets(run, "test"));
  succeed(fixture.study.set_latency(sets[1].id, {"CPU", 64, 55, 12.5, 0.25}));
  const auto again = value(fixture.study.prediction_sets(run, "test"));
  QVERIFY(!again[0].latency);
  QCOMPARE(again[1].latency->median_ms, 12.5);
  QCOMPARE(again[1].latency->batches, 55);
}

void TestStudy::a_shard_that_is_committed_twice_counts_once() {
  StudyFixture fixture(100, 2);
  const auto run = fixture.add_run("r", 1);
  const auto set = value(fixture.study.prediction_sets(run, "test"))[0].id;
  const auto rows = value(fixture.study.shard_rows(set));
  QCOMPARE(rows.size(), std::size_t{1});
  succeed(fixture.study.commit_shard(rows[0].shard.file.string(), 0, 100, std::span(&set, 1)));
  succeed(fixture.study.commit_shard("other.safetensors", 0, 100, std::span(&set, 1)));
  QCOMPARE(value(fixture.study.shard_rows(set)).size(), std::size_t{1});
  QCOMPARE(value(fixture.study.committed(run, "test")), std::int64_t{100});
}

void TestStudy::warnings_are_kept_once() {
  StudyFixture fixture(100, 2);
  fixture.add_run("r", 1);
  const std::vector<StoredWarning> warnings = {{"image", "a.jpg", "cut off"},
                                               {"image", "b.jpg", "cut off"}};
  succeed(fixture.study.add_warnings("r", warnings));
  succeed(fixture.study.add_warnings("r", warnings));
  QCOMPARE(value(fixture.study.warnings("r")).size(), std::size_t{2});
}

void TestStudy::a_study_of_the_third_version_is_read_as_it_is_data() {
  QTest::addColumn<int>("access");
  QTest::newRow("for reading, as it is") << int(Access::read_only);
  QTest::newRow("for writing, brought up to date") << int(Access::read_write);
}

void TestStudy::a_study_of_the_third_version_is_read_as_it_is() {
  QFETCH(int, access);
  StudyFixture fixture(300, 3);
  const auto run = fixture.add_run("r", 2);
  const auto labels = value(fixture.study.labels(run.dataset, "test"));
  const auto infos = value(fixture.study.samples(run.dataset, "test", 290, 100));
  const auto file = (fixture.folder() / "study.sqlite").string();
  {
    SQLite::Database database(file, SQLite::OPEN_READWRITE);
    restore_label_column(database);
  }
  {
    Study study = value(Study::open(fixture.folder(), static_cast<Access>(access)));
    QCOMPARE(value(study.dataset("d")).splits.front().samples, std::int64_t{300});
    QCOMPARE(value(study.sample_count(run.dataset, "test")), std::int64_t{300});
    QCOMPARE(value(study.labels(run.dataset, "test")), labels);
    const auto found = value(study.samples(run.dataset, "test", 290, 100));
    QCOMPARE(found.size(), std::size_t{10});
    for (std::size_t i = 0; i < 10; ++i) {
      QCOMPARE(found[i].name, infos[i].name);
      QCOMPARE(found[i].label, infos[i].label);
    }
    QCOMPARE(value(study.committed(run, "test")), std::int64_t{300});
    QVERIFY(!study.sample_count(run.dataset, "none"));
    QCOMPARE(study.set_tag(run.dataset, "test", "t", std::vector{ItemRef(299)}, true).has_value(),
             access != int(Access::read_only));
  }
  SQLite::Database database(file, SQLite::OPEN_READONLY);
  QCOMPARE(database.execAndGet("PRAGMA user_version").getInt(),
           access == int(Access::read_only) ? 3 : schema_version);
  QCOMPARE(database.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
}

void TestStudy::a_split_without_labels_has_samples() {
  StudyFixture fixture(12, 3);
  const auto dataset = value(fixture.study.dataset("d")).id;
  {
    SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM class_truth");
  }
  QCOMPARE(value(fixture.study.sample_count(dataset, "test")), std::int64_t{12});
  QCOMPARE(value(fixture.study.labels(dataset, "test")), std::vector<ClassIndex>(12, no_class));
  const auto samples = value(fixture.study.samples(dataset, "test", 0, 100));
  QCOMPARE(samples.size(), std::size_t{12});
  for (const SampleInfo& sample : samples) QCOMPARE(sample.label, no_class);
}

}  // namespace plumbline::test
