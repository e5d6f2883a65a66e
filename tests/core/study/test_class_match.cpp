#include <QtTest>

#include "core/study/class_match.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

using Names = std::vector<std::string>;
using Places = std::vector<ClassIndex>;

namespace {

/// The only note, which says that classes were matched by index.
bool is_said(const ClassMatch& match, const char* pairs) {
  return match.notes.size() == 1 && match.notes[0].find("by index") != std::string::npos &&
         match.notes[0].find(pairs) != std::string::npos;
}

}  // namespace

void TestClassMatch::by_name_whatever_the_order() {
  const auto match = value(match_classes({"cat", "dog", "owl"}, {"owl", "cat", "dog"}, 3, "m"));
  QCOMPARE(match.to_dataset, (Places{2, 0, 1}));
  QVERIFY(match.unreachable.empty() && match.further.empty() && match.notes.empty());
}

void TestClassMatch::names_that_are_numbers_are_names() {
  // Folders in the order of their bytes, a card in counting order.
  const Names folders = {"0", "1", "10", "11", "2", "3"};
  const auto match = value(match_classes(folders, {"0", "1", "2", "3", "10", "11"}, 6, "m"));
  QCOMPARE(match.to_dataset, (Places{0, 1, 4, 5, 2, 3}));
  QVERIFY(match.notes.empty());
  // Folders that are some of the model's numbers.
  const auto some =
      value(match_classes({"3", "5", "7"}, {"0", "1", "2", "3", "4", "5", "6", "7"}, 8, "m"));
  QCOMPARE(some.to_dataset, (Places{3, 4, 5, 0, 6, 1, 7, 2}));
  QCOMPARE(some.further, (Names{"0", "1", "2", "4", "6"}));
  // One-based on both sides, and a background before the rest.
  QCOMPARE(value(match_classes({"1", "2", "3"}, {"1", "2", "3"}, 3, "m")).to_dataset,
           (Places{0, 1, 2}));
  QCOMPARE(value(match_classes({"0", "1"}, {"background", "0", "1"}, 3, "m")).to_dataset,
           (Places{2, 0, 1}));
}

void TestClassMatch::by_index_is_said_with_pairs() {
  const auto numbers = value(match_classes({"0", "1"}, {"shirt", "coat", "bag"}, 3, "m"));
  QCOMPARE(numbers.to_dataset, (Places{0, 1, 2}));
  QVERIFY(numbers.notes[0].find("0 (shirt) → 0, 1 (coat) → 1") != std::string::npos);
  QCOMPARE(numbers.further, Names{"bag"});
  // A folder named k is the class k.
  const auto folders = value(match_classes({"0", "1", "10", "2"}, {}, 11, "m"));
  QCOMPARE(folders.to_dataset, (Places{0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 2}));
  QVERIFY(folders.notes[0].find("10 → 10, ") == std::string::npos);
  QVERIFY(folders.notes[0].find("0 → 0, 1 → 1, 2 → 2, 10 → 10") != std::string::npos);
  const auto words = value(match_classes({"0", "1", "2"}, {"a", "b", "c"}, 3, "m"));
  QVERIFY(is_said(words, "0 (a) → 0, 1 (b) → 1, 2 (c) → 2"));
  // Numbers beyond the outputs are counted from the lowest.
  const auto counted = value(match_classes({"1", "10", "2"}, {}, 3, "m"));
  QCOMPARE(counted.to_dataset, (Places{0, 2, 1}));
  QVERIFY(is_said(counted, "0 → 1, 1 → 2, 2 → 10"));
}

void TestClassMatch::a_card_without_names_matches_by_index() {
  const auto known = value(match_classes({"cat", "dog"}, {}, 2, "m"));
  QCOMPARE(known.to_dataset, (Places{0, 1}));
  QVERIFY(is_said(known, "0 → cat, 1 → dog"));
  // Any number of outputs: those beyond the data set's are further ones.
  const auto unknown = value(match_classes({"cat", "dog"}, {}, 0, "m"));
  QCOMPARE(unknown.to_dataset, (Places{0, 1}));
}

void TestClassMatch::further_classes_stand_behind_the_data_sets() {
  const auto match = value(match_classes({"dog"}, {"cat", "dog", "owl"}, 3, "m"));
  QCOMPARE(match.to_dataset, (Places{1, 0, 2}));
  QCOMPARE(match.further, (Names{"cat", "owl"}));
  QVERIFY(match.notes[0].find("2 classes that the data set lacks") != std::string::npos);
}

void TestClassMatch::unreachable_classes_are_named() {
  const auto match = value(match_classes({"cat", "emu"}, {"cat", "dog"}, 2, "m"));
  QCOMPARE(match.unreachable, (Names{"emu"}));
}

void TestClassMatch::nothing_in_common_is_refused() {
  const auto match = match_classes({"cat", "emu"}, {"car", "bus"}, 2, "the-model");
  QVERIFY(!match);
  QVERIFY(to_string(match.error()).find("no name in common") != std::string::npos);
  QCOMPARE(match.error().where, std::string("the-model"));
}

void TestClassMatch::too_few_outputs_are_refused() {
  const auto match = match_classes({"0", "1", "2"}, {"a", "b"}, 2, "m");
  QVERIFY(!match);
  QVERIFY(match.error().message.find("3 classes, but the model has 2") != std::string::npos);
}

}  // namespace plumbline::test
