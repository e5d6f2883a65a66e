#include <QtTest>

#include "core/study/class_match.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

using Names = std::vector<std::string>;
using Places = std::vector<ClassIndex>;

void TestClassMatch::by_name_whatever_the_order() {
  const auto match = value(match_classes({"cat", "dog", "owl"}, {"owl", "cat", "dog"}, 3, "m"));
  QCOMPARE(match.to_dataset, (Places{2, 0, 1}));
  QCOMPARE(match.dataset_classes, (Names{"cat", "dog", "owl"}));
  QVERIFY(match.unreachable.empty());
}

void TestClassMatch::numbers_take_the_models_names() {
  const auto match = value(match_classes({"0", "1"}, {"shirt", "coat", "bag"}, 3, "m"));
  QCOMPARE(match.to_dataset, (Places{0, 1, 2}));
  QCOMPARE(match.dataset_classes, (Names{"shirt", "coat", "bag"}));
}

void TestClassMatch::further_classes_are_appended() {
  const auto match = value(match_classes({"dog"}, {"cat", "dog", "owl"}, 3, "m"));
  QCOMPARE(match.to_dataset, (Places{1, 0, 2}));
  QCOMPARE(match.dataset_classes, (Names{"dog", "cat", "owl"}));
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
  QVERIFY(match.error().message.find("3 classes, the model 2") != std::string::npos);
}

}  // namespace plumbline::test
