#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "core/review/comparison.h"
#include "core/review/name_index.h"
#include "core/review/query.h"
#include "tests/core/review/tests.h"
#include "tests/core/review/toy_objects.h"

namespace plumbline::test {

namespace {

using Rows = std::vector<std::uint32_t>;

ReviewQuery everything() {
  ReviewQuery query;
  query.verdicts.fill(true);
  query.sort = "iou";
  return query;
}

}  // namespace

void TestItems::a_sample_comes_before_its_objects() {
  const std::vector<ItemRef> rising = {ItemRef(),     ItemRef(0, 0),
                                       ItemRef(0, 1), ItemRef(1),
                                       ItemRef(1, 0), ItemRef(1, 4'000'000'000),
                                       ItemRef(2, 0), ItemRef(4'294'967'295)};
  for (std::size_t i = 0; i + 1 < rising.size(); ++i) {
    QVERIFY(rising[i] < rising[i + 1]);
    QVERIFY(rising[i].bits() < rising[i + 1].bits());
  }
  QVERIFY(ItemRef(3).is_whole() && !ItemRef(3).object());
  QCOMPARE(ItemRef(3, 9).sample(), 3u);
  QCOMPARE(*ItemRef(3, 9).object(), 9u);
  QVERIFY(ItemRef(3) != ItemRef(3, 0));
  // Neighbours do not share a hash.
  std::unordered_set<std::size_t> hashes;
  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    hashes.insert(std::hash<ItemRef>()(ItemRef(sample)));
    for (std::uint32_t object = 0; object < 9; ++object)
      hashes.insert(std::hash<ItemRef>()(ItemRef(sample, object)));
  }
  QCOMPARE(hashes.size(), std::size_t{10'000});
}

void TestItems::rows_and_items_are_each_others() {
  const ToyObjects toys = random_objects(400, 8);
  const ReviewTable table = toys.table();
  QVERIFY(std::ranges::is_sorted(toys.items));
  for (std::size_t row = 0; row < table.rows; ++row) {
    QCOMPARE(table.item(row), toys.items[row]);
    QCOMPARE(table.row_of(toys.items[row]), std::optional(row));
  }
  QVERIFY(!table.row_of(ItemRef(3)));  // odd: not a row as a whole
  QVERIFY(!table.row_of(ItemRef(400, 0)));
  ReviewTable whole;
  whole.rows = 5;
  QCOMPARE(whole.item(3), ItemRef(3));
  QCOMPARE(whole.row_of(ItemRef(4)), std::optional(std::size_t{4}));
  QVERIFY(!whole.row_of(ItemRef(5)));
  QVERIFY(!whole.row_of(ItemRef(3, 0)));
}

void TestItems::objects_are_queried_as_by_hand() {
  const ToyObjects toys = five_objects();
  const ReviewTable table = toys.table();
  ReviewQuery query = everything();
  QCOMPARE(matching_rows(table, query), (Rows{0, 4, 3, 2, 1}));  // no overlap: last
  query.descending = false;
  QCOMPARE(matching_rows(table, query), (Rows{2, 3, 4, 0, 1}));
  query.sort = "found by k";
  QCOMPARE(matching_rows(table, query), (Rows{1, 2, 3, 0, 4}));
  query.members = {{"found by", 1, true}, {"found by", 5, false}};
  QCOMPARE(matching_rows(table, query), (Rows{2, 0}));
  query.members.clear();
  query.words = {{"type", 1u << 1 | 1u << 5}};
  QCOMPARE(matching_rows(table, query), (Rows{1, 2}));
  query.words.clear();
  query.ranges = {{"iou", 0.65f, 0.85f}};
  QCOMPARE(matching_rows(table, query), (Rows{3, 4}));
  query.ranges = {{"iou", 0.65f, 0.85f, true}};
  QCOMPARE(matching_rows(table, query), (Rows{1, 3, 4}));
  query.ranges = {{"found by k", 0, 1}};
  QCOMPARE(matching_rows(table, query), (Rows{1, 2}));
  query.truth = ClassIndex{2};
  QCOMPARE(matching_rows(table, query), (Rows{1}));
  query.label = no_class;  // not detected
  QCOMPARE(count_matching(table, query), std::int64_t{1});
}

void TestItems::objects_equal_the_naive_reference() {
  const ToyObjects toys = random_objects(3000, 21);
  const ReviewTable table = toys.table();
  QVERIFY(table.rows > 10'000);
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    ReviewQuery query = everything();
    for (bool& shown : query.verdicts) shown = random() % 3 != 0;
    if (random() % 2) query.truth = static_cast<ClassIndex>(random() % 5);
    if (random() % 3 == 0) query.label = static_cast<ClassIndex>(random() % 5);
    if (random() % 2) query.ranges = {{"iou", 0.2f, 0.7f, random() % 2 == 0}};
    if (random() % 2) query.words = {{"type", random() % 64}};
    if (random() % 2) query.members = {{"found by", random() % 6, random() % 2 == 0}};
    query.descending = random() % 2 == 0;
    query.sort = random() % 2 ? "iou" : "found by k";
    Rows expected;
    for (std::size_t row = 0; row < table.rows; ++row) {
      const bool ranged =
          query.ranges.empty() ||
          (std::isnan(toys.iou[row]) ? query.ranges[0].absent_too
                                     : toys.iou[row] >= query.ranges[0].lowest &&
                                           toys.iou[row] <= query.ranges[0].highest);
      if (query.verdicts[static_cast<std::size_t>(toys.verdict[row])] &&
          (!query.truth || toys.truth[row] == *query.truth) &&
          (!query.label || toys.label[row] == *query.label) && ranged &&
          (query.words.empty() || (query.words[0].words >> toys.type[row] & 1) != 0) &&
          (query.members.empty() ||
           ((toys.finders[row] >> query.members[0].member & 1) != 0) == query.members[0].has))
        expected.push_back(static_cast<std::uint32_t>(row));
    }
    std::ranges::stable_sort(expected, [&](std::uint32_t a, std::uint32_t b) {
      const double x = number_of(table, query.sort, a), y = number_of(table, query.sort, b);
      if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
      return query.descending ? x > y : x < y;
    });
    QCOMPARE(matching_rows(table, query), expected);
  }
}

void TestItems::names_of_samples_reach_their_objects() {
  const ToyObjects toys = five_objects();
  const ReviewTable table = toys.table();
  NameIndex names;
  for (const char* name : {"street/1.jpg", "street/2.jpg", "park/3.jpg"}) names.add(name);
  const auto text = rows_of_samples(table, names.matches("PARK"));
  QCOMPARE(text, (std::vector<std::uint8_t>{0, 0, 1, 1, 1}));
  QCOMPARE(matching_rows(table, everything(), {.text = text, .tags = {}}), (Rows{4, 3, 2}));
  // Names that are not there match nothing.
  NameIndex fewer;
  fewer.add("street/1.jpg");
  QCOMPARE(rows_of_samples(table, fewer.matches("")), (std::vector<std::uint8_t>{1, 1, 0, 0, 0}));
}

void TestItems::objects_are_compared_by_hand() {
  const ToyObjects first = five_objects();
  ToyObjects second = five_objects();
  using V = Verdict;
  second.verdict = {V::kept, V::kept, V::caught, V::kept, V::undetected};
  second.label = {1, 2, 2, 2, 2};
  const Comparison comparison = compare(first.table(), second.table());
  QCOMPARE(comparison.changes, (std::vector<Change>{Change::same, Change::gained, Change::gained,
                                                    Change::gained, Change::lost}));
  QCOMPARE(comparison.all.items, std::int64_t{5});
  QCOMPARE(comparison.all.right_first, std::int64_t{3});
  QCOMPARE(comparison.all.right_second, std::int64_t{3});
  QCOMPARE(comparison.classes.size(), std::size_t{2});
  QCOMPARE(comparison.classes[1].truth, ClassIndex{2});
  QCOMPARE(comparison.classes[1].only_second, std::int64_t{1});
  QCOMPARE(comparison.classes[0].undetected_second, std::int64_t{1});
}

void TestItems::objects_of_one_table_alone_are_not_judged() {
  const ToyObjects first = five_objects();
  // (0, 1) and (2, 7) are not there, (1, 0) and (2, 3) are new.
  ToyObjects second;
  const auto copy = [&](std::size_t row, Verdict verdict) {
    second.add(first.items[row], first.truth[row], first.label[row], verdict, 0, 0, 0);
  };
  copy(0, first.verdict[0]);
  second.add(ItemRef(1, 0), 1, 1, Verdict::kept, 0, 0, 0);
  copy(2, Verdict::caught);
  copy(3, first.verdict[3]);
  second.add(ItemRef(2, 3), 1, 2, Verdict::undetected, 0, 0, 0);
  const Comparison comparison = compare(first.table(), second.table());
  QCOMPARE(comparison.changes, (std::vector<Change>{Change::same, Change::unjudged, Change::gained,
                                                    Change::same, Change::unjudged}));
  using Row = std::optional<std::size_t>;
  QCOMPARE(comparison.first_rows, (std::vector<Row>{0, std::nullopt, 2, 3, std::nullopt}));
  QCOMPARE(comparison.only_in_first, std::int64_t{2});
  QCOMPARE(comparison.all.items, std::int64_t{3});
  const Comparison nothing = compare(first.table(), ReviewTable());
  QCOMPARE(nothing.only_in_first, std::int64_t{5});
  QVERIFY(nothing.changes.empty());
}

}  // namespace plumbline::test
