#include <bit>
#include <fstream>
#include <limits>
#include <set>

#include <QtTest>

#include "core/detection/detection_files.h"
#include "core/detection/lrp.h"
#include "core/detection/undetected_price.h"
#include "tests/core/detection/scenes.h"
#include "tests/core/detection/tests.h"

namespace plumbline::test {

namespace {

double slow_overlap(const PixelBox& a, const PixelBox& b) {
  double width = 0, height = 0;
  if (a.x < b.x + b.width && b.x < a.x + a.width)
    width = qMin(a.x + a.width, b.x + b.width) - qMax(a.x, b.x);
  if (a.y < b.y + b.height && b.y < a.y + a.height)
    height = qMin(a.y + a.height, b.y + b.height) - qMax(a.y, b.y);
  const double shared = width * height;
  return shared == 0 ? 0 : shared / (a.width * a.height + b.width * b.height - shared);
}

/// The definition, word by word: of the detections above a score, repeatedly the surest that is
/// left.
std::set<std::int32_t> found_slowly(const Scene& scene, double score) {
  std::vector<bool> used(scene.detections.boxes.size());
  std::set<std::int32_t> found;
  while (true) {
    int next = -1;
    for (int i = 0; i < std::ssize(used); ++i) {
      const auto& box = scene.detections.boxes[static_cast<std::size_t>(i)];
      if (used[static_cast<std::size_t>(i)] || box.score < score) continue;
      if (next < 0 || box.score > scene.detections.boxes[static_cast<std::size_t>(next)].score)
        next = i;
    }
    if (next < 0) return found;
    used[static_cast<std::size_t>(next)] = true;
    const auto& detection = scene.detections.boxes[static_cast<std::size_t>(next)];
    std::int32_t best = -1;
    double overlap = 0.5;
    for (std::int32_t o = 0; o < std::ssize(scene.truth.boxes); ++o) {
      const auto& object = scene.truth.boxes[static_cast<std::size_t>(o)];
      if (object.crowd || object.ignored || found.contains(o) || object.image != detection.image ||
          object.category != detection.category)
        continue;
      if (slow_overlap(object.box, detection.box) >= overlap)
        overlap = slow_overlap(object.box, detection.box), best = o;
    }
    if (best >= 0) found.insert(best);
  }
}

}  // namespace

void TestLedger::undetected_objects_of_the_given_references() {
  const auto folder = coco_folder();
  if (!folder) QSKIP("../shared/data/coco is absent");
  const auto right = nlohmann::json::parse(std::ifstream(*folder / "reference/figures.json"));
  const BoxDataset truth = read_truth(*folder / "tiny-val2017/instances_val2017.json");
  for (const auto& [name, figures] : right["cases"].items()) {
    const auto detections = read_detections(*folder / "reference" / (name + ".json"), truth);
    const Ledger ledger =
        make_ledger(truth, detections, std::span(&detections, 1), tide(truth, detections));
    std::vector<std::int64_t> undetected;
    for (const ObjectRecord& record : ledger.objects)
      if (!record.found)
        undetected.push_back(truth.boxes[static_cast<std::size_t>(record.object)].id.number);
    std::ranges::sort(undetected);
    auto given = figures["undetected"].get<std::vector<std::int64_t>>();
    std::ranges::sort(given);
    QVERIFY(undetected == given);
    QCOMPARE(ledger.undetected, figures["undetected_count"].get<std::int64_t>());
  }
}

void TestLedger::matches_are_those_of_a_slow_definition() {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const Scene scene = random_scene(random);
    const auto matches = match_accepted(scene.truth, scene.detections);
    for (const double score : {0.0, 0.35, 0.7}) {
      std::set<std::int32_t> found;
      for (std::size_t i = 0; i < matches.size(); ++i)
        if (matches[i].object >= 0 && scene.detections.boxes[i].score >= score)
          found.insert(matches[i].object);
      QVERIFY(found == found_slowly(scene, score));
    }
  }
}

void TestLedger::lrp_is_that_of_a_slow_definition() {
  std::mt19937 random(12);
  for (int round = 0; round < 100; ++round) {
    const Scene scene = random_scene(random);
    const auto matches = match_accepted(scene.truth, scene.detections);
    const Lrp fast = lrp(scene.truth, scene.detections, matches, 0.45);
    double optimal = 0, asked = 0;
    int classes = 0;
    for (std::int32_t k = 0; k < 2; ++k) {
      const auto n = std::ranges::count_if(
          scene.truth.boxes, [&](const TruthBox& box) { return counts(box) && box.category == k; });
      if (n == 0) continue;
      ++classes;
      const auto at = [&](double score) {
        double loss = 0, right = 0, wrong = 0;
        for (std::size_t i = 0; i < matches.size(); ++i) {
          const auto& box = scene.detections.boxes[i];
          if (box.category != k || box.score < score) continue;
          if (matches[i].object >= 0) ++right, loss += (1 - matches[i].overlap) / 0.5;
          if (matches[i].object == no_object) ++wrong;
        }
        const double missed = static_cast<double>(n) - right;
        return (loss + wrong + missed) / (right + wrong + missed);
      };
      double least = 1;
      for (const auto& box : scene.detections.boxes) least = std::min(least, at(box.score));
      optimal += least;
      asked += at(0.45);
    }
    if (classes == 0) continue;
    QVERIFY(qAbs(fast.optimal.value - optimal / classes) < 1e-12);
    QVERIFY(qAbs(fast.at_threshold.value - asked / classes) < 1e-12);
  }
}

void TestLedger::found_by_k_adds_up() {
  std::mt19937 random(13);
  for (int round = 0; round < 50; ++round) {
    Scene scene = random_scene(random);
    std::vector<DetectionSet> voters(3);
    for (const DetectedBox& box : scene.detections.boxes) voters[random() % 3].boxes.push_back(box);
    const Ledger ledger = make_ledger(scene.truth, scene.detections, voters,
                                      tide(scene.truth, scene.detections), {0.3, 0.5});
    std::vector<std::int64_t> by_k(4);
    for (const ObjectRecord& record : ledger.objects) {
      int k = 0;
      for (std::size_t v = 0; v < 3; ++v) {
        Scene alone = scene;
        alone.detections = voters[v];
        const bool found = found_slowly(alone, 0.3).contains(record.object);
        QCOMPARE((record.found_by >> v & 1U) != 0, found);
        k += found ? 1 : 0;
      }
      ++by_k[static_cast<std::size_t>(k)];
    }
    QVERIFY(by_k == ledger.found_by_k);
  }
}

void TestLedger::who_recovers_an_object() {
  Scene scene;
  scene.truth.images = {{{7, ""}, "a.jpg", 100, 100, 0}};
  scene.truth.categories = {{{3, ""}, "cat"}};
  TruthBox object;
  object.box = {10, 10, 40, 40};
  object.area = 1600;
  object.id = {1, ""};
  scene.truth.boxes = {object};
  std::vector<DetectionSet> voters(3);
  voters[0].boxes = {{0, 0, {60, 60, 20, 20}, 0.9}};
  voters[1].boxes = {{0, 0, {10, 10, 40, 38}, 0.5}};
  voters[2].boxes = {{0, 0, {10, 10, 40, 40}, 0.7}};
  const Ledger ledger = make_ledger(scene.truth, voters[0], voters, tide(scene.truth, voters[0]));
  QCOMPARE(ledger.undetected, 1);
  QCOMPARE(ledger.objects[0].recovered_by, 2);
  QCOMPARE(ledger.objects[0].best_overlap, 1.0);
  QCOMPARE(ledger.objects[0].best_score, 0.7);
  QVERIFY(ledger.objects[0].nearest == TideVerdict::background);
  QVERIFY(ledger.detections[0].verdict == TideVerdict::background);
}

void TestLedger::a_price_curve_falls_and_rises() {
  std::mt19937 random(14);
  for (int round = 0; round < 50; ++round) {
    const Scene scene = random_scene(random);
    const auto matches = match_accepted(scene.truth, scene.detections);
    const auto curve = price_curve(scene.truth, scene.detections, matches);
    QCOMPARE(curve.front().undetected, counted_objects(scene.truth));
    for (std::size_t i = 1; i < curve.size(); ++i) {
      QVERIFY(curve[i].score < curve[i - 1].score);
      QVERIFY(curve[i].undetected <= curve[i - 1].undetected);
      QVERIFY(curve[i].false_detections >= curve[i - 1].false_detections);
      QCOMPARE(curve[i].undetected,
               counted_objects(scene.truth) - std::ssize(found_slowly(scene, curve[i].score)));
    }
    QCOMPARE(at_price(curve, 1e9).undetected, curve.back().undetected);
    // As few points as are drawn: those of the curve, none far from the next.
    QCOMPARE(thinned_prices(curve, curve.size()).size(), curve.size());
    const auto thin = thinned_prices(curve, 4);
    QVERIFY(thin.size() <= 10);
    QCOMPARE(thin.front().score, curve.front().score);
    QCOMPARE(thin.back().score, curve.back().score);
    const auto range = curve.back().false_detections;
    for (std::size_t i = 1; i < thin.size(); ++i) {
      QVERIFY(thin[i].score < thin[i - 1].score);
      const PricePoint& same = at_price(curve, static_cast<double>(thin[i].false_detections));
      QVERIFY(same.undetected <= thin[i].undetected);
    }
    for (const PricePoint& point : curve)
      QVERIFY(std::ranges::any_of(thin, [&](const PricePoint& near) {
        return std::abs(near.false_detections - point.false_detections) <= range / 4 + 1;
      }));
  }
}

void TestLedger::files_of_a_ledger() {
  Scene scene;
  scene.truth.images = {{{7, ""}, "=evil,\".jpg", 100, 100, 0}};
  scene.truth.categories = {{{3, ""}, "cat"}};
  TruthBox object;
  object.box = {10, 10, 40, 40};
  object.id = {1, ""};
  scene.truth.boxes = {object};
  const DetectionSet none{"v", {}, {}};
  const Ledger ledger =
      make_ledger(scene.truth, none, std::span(&none, 1), tide(scene.truth, none));
  const auto csv = ledger_text(scene.truth, none, std::span(&none, 1), ledger, LedgerFormat::csv);
  QVERIFY2(csv.find("1,7,\"'=evil,\"\".jpg\",cat,10,10,40,40") != csv.npos, csv.c_str());
  const auto coco = nlohmann::json::parse(
      ledger_text(scene.truth, none, std::span(&none, 1), ledger, LedgerFormat::coco));
  const Scene again = read_scene(coco, nlohmann::json::array());
  QCOMPARE(again.truth.boxes.size(), 1U);
  QVERIFY(again.truth.boxes[0].box == object.box);
  const auto json = nlohmann::json::parse(
      ledger_text(scene.truth, none, std::span(&none, 1), ledger, LedgerFormat::json));
  QCOMPARE(json["objects"][0]["state"].get<std::string>(), std::string("Miss"));
}

}  // namespace plumbline::test
