#include <fstream>

#include <QtTest>

#include "core/detection/tide.h"
#include "tests/core/detection/scenes.h"
#include "tests/core/detection/tests.h"

namespace plumbline::test {

namespace {

void compare_tide(const TideResult& result, const nlohmann::json& right, const char* ap50) {
  const auto near = [](double a, const nlohmann::json& b) {
    return qAbs(a - b.get<double>()) < 1e-6;
  };
  QVERIFY(near(result.ap50, right[ap50]));
  for (std::size_t i = 0; i < tide_errors; ++i) {
    const std::string name(tide_names[i]);
    QVERIFY2(near(result.dap[i], right["main"][name]), name.c_str());
    QCOMPARE(result.counts[i], right["counts"][name].get<std::int64_t>());
  }
  QVERIFY(near(result.false_positives, right["special"]["FalsePos"]));
  QVERIFY(near(result.false_negatives, right["special"]["FalseNeg"]));
}

}  // namespace

void TestTide::tidecv_data() {
  QTest::addColumn<int>("number");
  for (int i = 0; i < std::ssize(references()["scenes"]); ++i) {
    // Where ids are shared, the scene as the tests read it is the same; boxes and classes are, too.
    QTest::addRow("scene %d", i) << i;
  }
}

void TestTide::tidecv() {
  QFETCH(int, number);
  const auto place = static_cast<std::size_t>(number);
  const Scene scene = reference_scene(place);
  compare_tide(tide(scene.truth, scene.detections), references()["scenes"][place]["tide"], "ap50");
}

void TestTide::given_references_come_out() {
  const auto folder = coco_folder();
  if (!folder) QSKIP("../shared/data/coco is absent");
  const auto right = nlohmann::json::parse(std::ifstream(*folder / "reference/figures.json"));
  const BoxDataset truth = read_truth(*folder / "tiny-val2017/instances_val2017.json");
  for (const auto& [name, figures] : right["cases"].items()) {
    const auto detections = read_detections(*folder / "reference" / (name + ".json"), truth);
    compare_tide(tide(truth, detections), figures["tide"], "AP50");
    TideRules rules;
    rules.classes_with_objects = true;
    compare_tide(tide(truth, detections, rules), figures["tide_gt_classes"], "AP50");
  }
}

void TestTide::a_verdict_for_every_detection_and_object() {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    const Scene scene = random_scene(random);
    const TideResult result = tide(scene.truth, scene.detections);
    std::array<std::int64_t, tide_errors> counts{};
    std::int64_t right = 0, crowds = 0;
    for (const TideVerdict verdict : result.detections) {
      QVERIFY(verdict != TideVerdict::not_counted);
      right += verdict == TideVerdict::right ? 1 : 0;
      crowds += verdict == TideVerdict::in_crowd ? 1 : 0;
      if (verdict <= TideVerdict::background) ++counts[static_cast<std::size_t>(verdict)];
    }
    // Within a crowd a detection has an error besides, which is counted but not told.
    std::int64_t told = 0, counted = 0;
    for (std::size_t i = 0; i + 1 < tide_errors; ++i) {
      QVERIFY(counts[i] <= result.counts[i]);
      told += counts[i];
      counted += result.counts[i];
    }
    QCOMPARE(counted - told, crowds);
    QCOMPARE(std::ranges::count(result.objects, TideVerdict::right), right);
    QCOMPARE(std::ranges::count(result.objects, TideVerdict::background), result.counts.back());
  }
}

}  // namespace plumbline::test
