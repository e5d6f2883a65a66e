#include <QtTest>

#include "core/review/item_remarks.h"
#include "tests/core/review/tests.h"
#include "tests/core/review/toy_objects.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Items = std::vector<ItemRef>;
using Names = std::vector<std::string>;

ItemRemarks some_remarks() {
  ItemRemarks remarks;
  remarks.set_tag("blurred", Items{ItemRef(0, 1), ItemRef(2, 0), ItemRef(1)}, true);
  remarks.set_tag("small", Items{ItemRef(2, 0), ItemRef(2, 7)}, true);
  remarks.set_note(ItemRef(2, 1), "cut off");
  return remarks;
}

}  // namespace

void TestItemRemarks::objects_are_tagged_and_noted() {
  ItemRemarks remarks = some_remarks();
  QCOMPARE(remarks.tags_of(ItemRef(2, 0)), (Names{"blurred", "small"}));
  QCOMPARE(remarks.tags_of(ItemRef(2)), Names{});  // its objects' tags are not the sample's
  QVERIFY(remarks.has_tag("blurred", ItemRef(1)));
  QVERIFY(!remarks.has_tag("small", ItemRef(1)));
  QCOMPARE(remarks.note_of(ItemRef(2, 1)), std::string("cut off"));
  QCOMPARE(remarks.note_of(ItemRef(2)), std::string());
  // What is so already is not changed.
  QCOMPARE(remarks.to_change("small", Items{ItemRef(2, 0), ItemRef(0, 0)}, true),
           (Items{ItemRef(0, 0)}));
  QCOMPARE(remarks.to_change("small", Items{ItemRef(2, 0), ItemRef(0, 0)}, false),
           (Items{ItemRef(2, 0)}));
  // A tag without items and an empty note are forgotten.
  remarks.set_tag("small", Items{ItemRef(2, 0), ItemRef(2, 7)}, false);
  remarks.set_note(ItemRef(2, 1), "");
  QCOMPARE(remarks.tags.size(), std::size_t{1});
  QVERIFY(remarks.notes.empty());
}

void TestItemRemarks::rows_pass_by_their_remarks_data() {
  using Kind = RemarkFilter::Kind;
  using Passing = std::vector<std::uint8_t>;
  QTest::addColumn<int>("kind");
  QTest::addColumn<std::string>("tag");
  QTest::addColumn<Passing>("passing");
  const auto row = [](const char* name, Kind kind, const char* tag, Passing passing) {
    QTest::newRow(name) << static_cast<int>(kind) << std::string(tag) << std::move(passing);
  };
  // Rows: (0, 0), (0, 1), (2, 0), (2, 1), (2, 7).
  row("any", Kind::any, "", {});
  row("tagged", Kind::tagged, "", {0, 1, 1, 0, 1});
  row("untagged", Kind::untagged, "", {1, 0, 0, 1, 0});
  row("noted", Kind::noted, "", {0, 0, 0, 1, 0});
  row("small", Kind::tag, "small", {0, 0, 1, 0, 1});
  row("no such tag", Kind::tag, "large", {0, 0, 0, 0, 0});
}

void TestItemRemarks::rows_pass_by_their_remarks() {
  QFETCH(int, kind);
  QFETCH(std::string, tag);
  QFETCH(std::vector<std::uint8_t>, passing);
  const ToyObjects toys = five_objects();
  QCOMPARE(passing_rows(toys.table(), some_remarks(), {static_cast<RemarkFilter::Kind>(kind), tag}),
           passing);
}

void TestItemRemarks::remarks_of_images_and_objects_are_read_from_the_study() {
  StudyFixture fixture(100);
  const auto dataset = value(fixture.study.dataset("d")).id;
  const Items blurred{ItemRef(7), ItemRef(3), ItemRef(3, 0), ItemRef(3, 2)};
  succeed(fixture.study.set_tag(dataset, "test", "blurred", blurred, true));
  succeed(fixture.study.set_note(dataset, "test", ItemRef(4), "twice"));
  succeed(fixture.study.set_note(dataset, "test", ItemRef(4, 1), "cut off"));
  const ItemRemarks read = value(read_remarks(fixture.study, dataset, "test"));
  QCOMPARE(read.tags_of(ItemRef(7)), Names{"blurred"});
  QCOMPARE(read.tags_of(ItemRef(3, 2)), Names{"blurred"});
  QCOMPARE(read.tags_of(ItemRef(3, 1)), Names{});
  QCOMPARE(read.tags.at("blurred").size(), std::size_t{4});
  QCOMPARE(read.note_of(ItemRef(4)), std::string("twice"));
  QCOMPARE(read.note_of(ItemRef(4, 1)), std::string("cut off"));
  succeed(fixture.study.set_tag(dataset, "test", "blurred", blurred, false));
  QVERIFY(value(read_remarks(fixture.study, dataset, "test")).tags.empty());
}

}  // namespace plumbline::test
