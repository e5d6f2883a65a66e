#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/core/study/older_study.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Items = std::vector<ItemRef>;

ItemRef whole(std::uint32_t sample) { return ItemRef(sample); }

}  // namespace

void TestRemarks::tags_and_notes_are_read_back() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_tag(dataset, "test", " blurred ", Items{whole(7), whole(3), whole(99)},
                                true));
  succeed(fixture.study.set_tag(dataset, "test", "Blurred", Items{whole(3)}, true));
  succeed(fixture.study.set_tag(dataset, "test", "blurred", Items{whole(3), whole(4)},
                                true));  // 3 once only
  succeed(fixture.study.set_note(dataset, "test", whole(3), "ask the annotators\n– twice"));
  succeed(fixture.study.set_note(dataset, "test", whole(4), "x"));
  succeed(fixture.study.set_note(dataset, "test", whole(4), ""));
  const Study again = value(Study::open(fixture.folder(), Access::read_only));
  const StoredRemarks remarks = value(again.remarks(dataset, "test"));
  QCOMPARE(remarks.tags.size(), std::size_t{2});
  QCOMPARE(remarks.tags.at("blurred"), (Items{whole(3), whole(4), whole(7), whole(99)}));
  QCOMPARE(remarks.tags.at("Blurred"), (Items{whole(3)}));
  QCOMPARE(remarks.notes.size(), std::size_t{1});
  QCOMPARE(remarks.notes.at(whole(3)), std::string("ask the annotators\n– twice"));
}

void TestRemarks::a_tag_without_samples_is_forgotten() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_tag(dataset, "test", "a", Items{whole(1), whole(2)}, true));
  succeed(fixture.study.set_tag(dataset, "test", "a", Items{whole(2)}, false));
  QCOMPARE(value(fixture.study.remarks(dataset, "test")).tags.at("a"), (Items{whole(1)}));
  succeed(fixture.study.set_tag(dataset, "test", "a", Items{whole(1)}, false));
  QVERIFY(value(fixture.study.remarks(dataset, "test")).tags.empty());
}

void TestRemarks::bad_remarks_are_refused_and_change_nothing() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  QVERIFY(!fixture.study.set_tag(dataset, "test", "  ", Items{whole(1)}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "test", std::string(65, 'x'), Items{whole(1)}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "test", "a", Items{whole(1), whole(10)}, true));
  QVERIFY(!fixture.study.set_tag(dataset, "nowhere", "a", Items{whole(1)}, true));
  QVERIFY(!fixture.study.set_note(dataset, "test", whole(10), "x"));
  QVERIFY(!fixture.study.set_note(dataset, "test", whole(1), std::string((64 << 10) + 1, 'x')));
  const StoredRemarks remarks = value(fixture.study.remarks(dataset, "test"));
  QVERIFY(remarks.tags.empty() && remarks.notes.empty());
  Study reader = value(Study::open(fixture.folder(), Access::read_only));
  QVERIFY(!reader.set_note(dataset, "test", whole(1), "x"));
}

void TestRemarks::objects_have_remarks_of_their_own() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  constexpr std::uint32_t last = 0xFFFFFFFE;  // the greatest number that an object may have
  const Items items{whole(3), ItemRef(3, 0), ItemRef(3, 12), ItemRef(99, last)};
  succeed(fixture.study.set_tag(dataset, "test", "a", items, true));
  succeed(
      fixture.study.set_tag(dataset, "test", "a", Items{ItemRef(3, 12)}, true));  // is so already
  succeed(fixture.study.set_note(dataset, "test", whole(3), "the image"));
  succeed(fixture.study.set_note(dataset, "test", ItemRef(3, 0), "its first object"));
  {
    const Study again = value(Study::open(fixture.folder(), Access::read_only));
    const StoredRemarks remarks = value(again.remarks(dataset, "test"));
    QCOMPARE(remarks.tags.at("a"), items);
    QCOMPARE(remarks.notes.at(whole(3)), std::string("the image"));
    QCOMPARE(remarks.notes.at(ItemRef(3, 0)), std::string("its first object"));
  }
  // What is taken off one of them stays on the others.
  succeed(fixture.study.set_tag(dataset, "test", "a", Items{whole(3), ItemRef(99, last)}, false));
  succeed(fixture.study.set_note(dataset, "test", whole(3), ""));
  const StoredRemarks left = value(fixture.study.remarks(dataset, "test"));
  QCOMPARE(left.tags.at("a"), (Items{ItemRef(3, 0), ItemRef(3, 12)}));
  QCOMPARE(left.notes.size(), std::size_t{1});
  QVERIFY(!fixture.study.set_tag(dataset, "test", "a", Items{ItemRef(100, 0)}, true));
}

void TestRemarks::remarks_of_samples_become_those_of_items() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_tag(dataset, "test", "a", Items{whole(1), whole(9)}, true));
  succeed(fixture.study.set_note(dataset, "test", whole(2), "ask"));
  {
    SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
    restore_sample_remarks(database);
  }
  // First as a study that is only read, then converted.
  for (const Access access : {Access::read_only, Access::read_write}) {
    const Study study = value(Study::open(fixture.folder(), access));
    const StoredRemarks remarks = value(study.remarks(dataset, "test"));
    QCOMPARE(remarks.tags.size(), std::size_t{1});
    QCOMPARE(remarks.tags.at("a"), (Items{whole(1), whole(9)}));
    QCOMPARE(remarks.notes.size(), std::size_t{1});
    QCOMPARE(remarks.notes.at(whole(2)), std::string("ask"));
  }
  Study study = value(Study::open(fixture.folder(), Access::read_write));
  succeed(study.set_tag(dataset, "test", "a", Items{ItemRef(1, 4)}, true));
  QCOMPARE(value(study.remarks(dataset, "test")).tags.at("a"),
           (Items{whole(1), ItemRef(1, 4), whole(9)}));
}

void TestRemarks::an_object_that_cannot_be_is_damage() {
  StudyFixture fixture(10);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_note(dataset, "test", ItemRef(2, 0), "ask"));
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  for (const char* object : {"-2", "4294967295", "1099511627776"}) {
    database.exec(std::string("UPDATE item_note SET object = ") + object);
    QVERIFY2(!fixture.study.remarks(dataset, "test").has_value(), object);
  }
  database.exec("UPDATE item_note SET object = 4294967294");
  QVERIFY(fixture.study.remarks(dataset, "test").has_value());
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
  succeed(writer.set_tag(dataset, "test", "a", Items{whole(1)}, true));
  QCOMPARE(value(writer.remarks(dataset, "test")).tags.at("a"), (Items{whole(1)}));
  QCOMPARE(value(writer.sample_count(dataset, "test")), std::int64_t{10});
}

void TestRemarks::a_split_with_remarks_is_not_divided() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  succeed(fixture.study.set_note(dataset, "test", whole(5), "here"));
  QVERIFY(!fixture.study.divide_split("d", "test", "validation", 0.5));
  succeed(fixture.study.set_note(dataset, "test", whole(5), ""));
  QVERIFY(fixture.study.divide_split("d", "test", "validation", 0.5).has_value());
}

}  // namespace plumbline::test
