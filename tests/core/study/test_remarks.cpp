#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/core/study/older_study.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Samples = std::vector<std::uint32_t>;

}  // namespace

void TestRemarks::tags_and_notes_are_read_back() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_tag(dataset, "test", " blurred ", Samples{7, 3, 99}, true));
  succeed(fixture.study.set_tag(dataset, "test", "Blurred", Samples{3}, true));
  succeed(fixture.study.set_tag(dataset, "test", "blurred", Samples{3, 4}, true));  // 3 once only
  succeed(fixture.study.set_note(dataset, "test", 3, "ask the annotators\n– twice"));
  succeed(fixture.study.set_note(dataset, "test", 4, "x"));
  succeed(fixture.study.set_note(dataset, "test", 4, ""));
  const Study again = value(Study::open(fixture.folder(), Access::read_only));
  const SampleRemarks remarks = value(again.remarks(dataset, "test"));
  QCOMPARE(remarks.tags.size(), std::size_t{2});
  QCOMPARE(remarks.tags.at("blurred"), (Samples{3, 4, 7, 99}));
  QCOMPARE(remarks.tags.at("Blurred"), (Samples{3}));
  QCOMPARE(remarks.notes.size(), std::size_t{1});
  QCOMPARE(remarks.notes.at(3), std::string("ask the annotators\n– twice"));
}

void TestRemarks::a_tag_without_samples_is_forgotten() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_tag(dataset, "test", "a", Samples{1, 2}, true));
  succeed(fixture.study.set_tag(dataset, "test", "a", Samples{2}, false));
  QCOMPARE(value(fixture.study.remarks(dataset, "test")).tags.at("a"), (Samples{1}));
  succeed(fixture.study.set_tag(dataset, "test", "a", Samples{1}, false));
  QVERIFY(value(fixture.study.remarks(dataset, "test")).tags.empty());
}

void TestRemarks::bad_remarks_are_refused_and_change_nothing() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  QVERIFY(!fixture.study.set_tag(dataset, "test", "  ", Samples{1}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "test", std::string(65, 'x'), Samples{1}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "test", "a", Samples{1, 10}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "nowhere", "a", Samples{1}, true));
  QVERIFY(!fixture.study.set_note(dataset, "test", 10, "x"));
  QVERIFY(!fixture.study.set_note(dataset, "test", 1, std::string((64 << 10) + 1, 'x')));
  const SampleRemarks remarks = value(fixture.study.remarks(dataset, "test"));
  QVERIFY(remarks.tags.empty() && remarks.notes.empty());
  Study reader = value(Study::open(fixture.folder(), Access::read_only));
  QVERIFY(!reader.set_note(dataset, "test", 1, "x"));
}

void TestRemarks::a_study_of_the_first_version_is_brought_up_to_date() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  drop_planer_tables(fixture.folder(), 1);
  {
    SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec("DROP TABLE sample_tag; DROP TABLE tag; DROP TABLE note");
  }
  {
    const Study reader = value(Study::open(fixture.folder(), Access::read_only));
    QVERIFY(value(reader.remarks(dataset, "test")).tags.empty());
  }
  Study writer = value(Study::open(fixture.folder(), Access::read_write));
  succeed(writer.set_tag(dataset, "test", "a", Samples{1}, true));
  QCOMPARE(value(writer.remarks(dataset, "test")).tags.at("a"), (Samples{1}));
  QCOMPARE(value(writer.sample_count(dataset, "test")), std::int64_t{10});
}

void TestRemarks::a_split_with_remarks_is_not_divided() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_note(dataset, "test", 5, "here"));
  QVERIFY(!fixture.study.divide_split("d", "test", "validation", 0.5));
  succeed(fixture.study.set_note(dataset, "test", 5, ""));
  QVERIFY(fixture.study.divide_split("d", "test", "validation", 0.5).has_value());
}

}  // namespace plumbline::test
