#include <QtTest>
#include <random>
#include <set>

#include "core/selection/box_rule.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

namespace {

/// Objects, some without a box, and false detections, with scores of which many are equal.
Decisions random_boxes(unsigned seed) {
  std::mt19937 random(seed);
  Decisions boxes;
  for (int i = 0; i < 400; ++i) {
    const bool is_object = random() % 3 != 0;
    const bool has_box = !is_object || random() % 4 != 0;
    boxes.score.push_back(has_box ? static_cast<float>(random() % 60) / 60.0F : -1);
    boxes.verdict.push_back(is_object ? (random() % 2 == 0 ? Verdict::kept : Verdict::undetected)
                                      : (random() % 2 == 0 ? Verdict::unjudged : Verdict::caught));
  }
  return boxes;
}

/// Of one threshold, by its definition.
BoxSetting counted_at(const Decisions& boxes, double score) {
  BoxSetting at{score, 0, 0};
  for (std::size_t i = 0; i < boxes.score.size(); ++i) {
    if (boxes.score[i] < 0 || static_cast<float>(boxes.score[i]) < static_cast<float>(score))
      continue;
    const bool is_object =
        boxes.verdict[i] == Verdict::kept || boxes.verdict[i] == Verdict::undetected;
    ++(is_object ? at.found : at.false_detections);
  }
  return at;
}

}  // namespace

void TestBoxRule::rules_for_boxes_are_read_and_written() {
  QCOMPARE(parse_box_rule("false<=0.5")->false_per_image, std::optional(0.5));
  QCOMPARE(parse_box_rule("false<=0")->false_per_image, std::optional(0.0));
  QVERIFY(!parse_box_rule("false<=baseline")->false_per_image);
  for (const char* text : {"false<=0.5", "false<=baseline", "false<=12"})
    QCOMPARE(to_string(*parse_box_rule(text)), std::string(text));
  for (const char* text : {"", "false<=", "false<=-1", "false<=nan", "false<=inf", "false<0.5",
                           "kept>=baseline", "false<=0.5,false<=1"}) {
    const auto refused = parse_box_rule(text);
    QVERIFY2(!refused, text);
    QCOMPARE(refused.error().kind, ErrorKind::usage);
  }
}

void TestBoxRule::a_price_is_a_number_of_detections() {
  const auto allowed = [](double price) { return allowed_false_detections(BoxRule{price}, 100); };
  QCOMPARE(allowed(0.29), 29);
  QCOMPARE(allowed(0.57), 57);
  QCOMPARE(allowed(0.575), 57);
  QCOMPARE(allowed(0), 0);
  QCOMPARE(allowed(1e300), 1'000'000'000'000'000);
  QCOMPARE(allowed_false_detections(BoxRule(), 100), 0);
}

void TestBoxRule::the_loosest_setting_equals_trying_all() {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const Decisions boxes = random_boxes(seed);
    std::set<double> scores;
    for (const double score : boxes.score)
      if (score >= 0) scores.insert(score);
    for (const std::int64_t allowed : {0, 1, 5, 20, 70, 1000}) {
      BoxSetting best{2, 0, 0};
      for (const double score : scores) {
        const BoxSetting tried = counted_at(boxes, score);
        if (tried.false_detections <= allowed && tried.found > best.found) best = tried;
      }
      const BoxSetting chosen = loosest_box_setting(boxes, allowed);
      QCOMPARE(chosen.found, best.found);
      QVERIFY(chosen.false_detections <= allowed);
      // The number that is written down accepts what was counted.
      const BoxSetting again = counted_at(boxes, chosen.score);
      QCOMPARE(again.found, chosen.found);
      QCOMPARE(again.false_detections, chosen.false_detections);
    }
  }
}

void TestBoxRule::a_price_that_cannot_be_met_accepts_nothing() {
  Decisions boxes;
  boxes.score = {0.9, 0.9, 0.5};
  boxes.verdict = {Verdict::unjudged, Verdict::kept, Verdict::undetected};
  const BoxSetting chosen = loosest_box_setting(boxes, 0);
  QCOMPARE(chosen.found, 0);
  QCOMPARE(chosen.false_detections, 0);
  QVERIFY(chosen.score > 0.9);
  QCOMPARE(counted_at(boxes, chosen.score).found, 0);
  QCOMPARE(loosest_box_setting(boxes, 1).found, 2);
  QCOMPARE(loosest_box_setting(Decisions(), 0).score, 1.0);
}

}  // namespace plumbline::test
