#include <fstream>
#include <map>

#include <QtTest>

#include "core/detection/coco_departures.h"
#include "core/detection/coco_figures.h"
#include "core/detection/image_resampling.h"
#include "tests/core/detection/scenes.h"
#include "tests/core/detection/tests.h"

namespace plumbline::test {

namespace {

CocoFigures figures_of(const Scene& scene, const CocoRules& rules) {
  return coco_figures(match_boxes(scene.truth, scene.detections, rules), rules);
}

/// Equal as bits, so that no tolerance hides another order of sums.
void compare_exactly(const std::array<double, coco_figure_count>& values,
                     const nlohmann::json& right) {
  for (std::size_t i = 0; i < coco_figure_count; ++i)
    QVERIFY2(values[i] == right[i].get<double>(),
             qPrintable(QString("%1 is %2, not %3")
                            .arg(QString::fromUtf8(coco_figure_keys[i].data()))
                            .arg(values[i], 0, 'g', 17)
                            .arg(right[i].get<double>(), 0, 'g', 17)));
}

/// One image, one class; objects and detections as boxes.
Scene small_scene(const std::vector<PixelBox>& objects,
                  const std::vector<DetectedBox>& detections) {
  Scene scene;
  scene.truth.images = {{{1, ""}, "", 1000, 1000, 0}};
  scene.truth.categories = {{{1, ""}, "a"}};
  for (std::size_t i = 0; i < objects.size(); ++i) {
    TruthBox box;
    box.box = objects[i];
    box.area = box.box.width * box.box.height;
    box.id = {static_cast<std::int64_t>(i) + 1, ""};
    scene.truth.boxes.push_back(box);
  }
  scene.detections.boxes = detections;
  return scene;
}

}  // namespace

void TestCocoFigures::thresholds_are_numpys() {
  for (std::size_t i = 0; i < overlap_thresholds; ++i)
    QVERIFY(coco_thresholds()[i] == references()["thresholds"][i].get<double>());
  for (std::size_t i = 0; i < recall_points; ++i)
    QVERIFY(coco_recalls()[i] == references()["recalls"][i].get<double>());
}

void TestCocoFigures::pycocotools_to_the_last_bit_data() {
  QTest::addColumn<int>("number");
  for (int i = 0; i < std::ssize(references()["scenes"]); ++i) QTest::addRow("scene %d", i) << i;
}

void TestCocoFigures::pycocotools_to_the_last_bit() {
  QFETCH(int, number);
  const auto figures =
      figures_of(reference_scene(static_cast<std::size_t>(number)), CocoRules::pycocotools());
  compare_exactly(figures.values, references()["scenes"][static_cast<std::size_t>(number)]["coco"]);
}

void TestCocoFigures::given_references_come_out() {
  const auto folder = coco_folder();
  if (!folder) QSKIP("../shared/data/coco is absent");
  Scene scene;
  scene.truth = read_truth(*folder / "eval-reference/instances_val2014_100.json");
  scene.detections = read_detections(
      *folder / "eval-reference/instances_val2014_fakebbox100_results.json", scene.truth);
  compare_exactly(figures_of(scene, CocoRules::pycocotools()).values,
                  {0.5045806987249628, 0.6969727247299577, 0.5729816669904824, 0.5856257209410443,
                   0.5193996948036719, 0.5013978986347466, 0.38681277964578054, 0.5936795762842003,
                   0.595352982877607, 0.6398109626113442, 0.5664205978994309, 0.5642905982905982});
  const auto right = nlohmann::json::parse(std::ifstream(*folder / "reference/figures.json"));
  scene.truth = read_truth(*folder / "tiny-val2017/instances_val2017.json");
  for (const auto& [name, figures] : right["cases"].items()) {
    scene.detections = read_detections(*folder / "reference" / (name + ".json"), scene.truth);
    nlohmann::json values;
    for (const auto key : coco_figure_keys) values.push_back(figures["coco"][std::string(key)]);
    compare_exactly(figures_of(scene, CocoRules::pycocotools()).values, values);
  }
}

void TestCocoFigures::an_object_of_id_0_counts_where_it_is_corrected() {
  // Two perfect boxes, as they are numbered by people who count from 0.
  Scene scene = small_scene({{10, 10, 50, 50}, {200, 200, 50, 50}},
                            {{0, 0, {10, 10, 50, 50}, 0.9}, {0, 0, {200, 200, 50, 50}, 0.8}});
  scene.truth.boxes[0].id.number = 0;
  QVERIFY(qAbs(figures_of(scene, CocoRules::pycocotools()).values[0] - 0.2525) < 1e-4);
  QCOMPARE(figures_of(scene, CocoRules::corrected()).values[0], 1.0);
}

void TestCocoFigures::order_of_equal_scores_does_not_matter_where_it_is_corrected() {
  Scene scene = small_scene({{10, 10, 50, 50}},
                            {{0, 0, {10, 10, 50, 50}, 0.5}, {0, 0, {500, 500, 50, 50}, 0.5}});
  Scene turned = scene;
  std::swap(turned.detections.boxes[0], turned.detections.boxes[1]);
  QVERIFY(figures_of(scene, CocoRules::pycocotools()).values[0] !=
          figures_of(turned, CocoRules::pycocotools()).values[0]);
  QCOMPARE(figures_of(scene, CocoRules::corrected()).values[0],
           figures_of(turned, CocoRules::corrected()).values[0]);
  // Both are accepted or none is: precision 1/2 at every recall.
  QVERIFY(qAbs(figures_of(scene, CocoRules::corrected()).values[0] - 0.5) < 1e-12);
}

void TestCocoFigures::more_than_100_objects_can_be_found_where_it_is_corrected() {
  std::vector<PixelBox> objects;
  std::vector<DetectedBox> detections;
  for (int i = 0; i < 120; ++i) {
    objects.push_back({i % 20 * 50.0, i / 20 * 50.0, 40, 40});
    detections.push_back({0, 0, objects.back(), 0.9 - i * 0.001});
  }
  const Scene scene = small_scene(objects, detections);
  QVERIFY(qAbs(figures_of(scene, CocoRules::pycocotools()).values[8] - 100.0 / 120) < 1e-12);
  QCOMPARE(figures_of(scene, CocoRules::corrected()).values[8], 1.0);
}

void TestCocoFigures::ignored_objects_are_neither_found_nor_missed_where_it_is_corrected() {
  Scene scene =
      small_scene({{10, 10, 50, 50}, {200, 200, 50, 50}}, {{0, 0, {10, 10, 50, 50}, 0.9}});
  scene.truth.boxes[1].ignored = true;
  QVERIFY(figures_of(scene, CocoRules::pycocotools()).values[8] < 1);
  QCOMPARE(figures_of(scene, CocoRules::corrected()).values[8], 1.0);
  // What finds it is no false detection either.
  scene.detections.boxes.push_back({0, 0, {200, 200, 50, 50}, 0.95});
  QCOMPARE(figures_of(scene, CocoRules::corrected()).values[0], 1.0);
}

void TestCocoFigures::departures_name_their_objects() {
  Scene scene = small_scene({{10, 10, 50, 50}, {200, 200, 50, 50}, {400, 400, 50, 50}},
                            {{0, 0, {10, 10, 50, 50}, 0.5}, {0, 0, {800, 800, 50, 50}, 0.5}});
  scene.truth.boxes[0].id.number = 0;
  scene.truth.boxes[2].id = scene.truth.boxes[1].id;
  scene.truth.boxes[2].ignored = true;
  std::map<std::string, std::vector<std::int32_t>> named;
  for (const auto& departure : coco_departures(scene.truth, scene.detections))
    named[std::string(departure.key)] = departure.objects;
  const std::map<std::string, std::vector<std::int32_t>> right = {
      {"zero_id", {0}}, {"shared_ids", {1, 2}}, {"ties", {0}}, {"ignored", {2}}};
  QVERIFY(named == right);
}

void TestCocoFigures::a_resample_is_the_figures_of_the_data_it_stands_for() {
  // An image of weight w is as good as w images of the same content.
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const Scene scene = random_scene(random, 4);
    std::vector<std::int32_t> weights;
    Scene written;
    written.truth.categories = scene.truth.categories;
    for (std::int32_t image = 0; image < 4; ++image) {
      weights.push_back(static_cast<std::int32_t>(random() % 3));
      for (int copy = 0; copy < weights.back(); ++copy) {
        const auto place = static_cast<std::int32_t>(written.truth.images.size());
        written.truth.images.push_back({{place, ""}, "", 100, 100, place});
        for (TruthBox box : scene.truth.boxes)
          if (box.image == image) {
            box.image = place;
            box.id.number = std::ssize(written.truth.boxes) + 1;
            written.truth.boxes.push_back(box);
          }
        for (DetectedBox box : scene.detections.boxes)
          if (box.image == image) box.image = place, written.detections.boxes.push_back(box);
      }
    }
    const auto rules = CocoRules::corrected();
    const auto weighted =
        coco_figures(match_boxes(scene.truth, scene.detections, rules), rules, weights);
    const auto right = figures_of(written, rules);
    for (std::size_t i = 0; i < coco_figure_count; ++i)
      QVERIFY(qAbs(weighted.values[i] - right.values[i]) < 1e-12);
  }
}

void TestCocoFigures::intervals_hold_the_figures_and_are_repeatable() {
  std::mt19937 random(9);
  const Scene scene = random_scene(random, 60);
  const auto rules = CocoRules::pycocotools();
  const auto classes = match_boxes(scene.truth, scene.detections, rules);
  const auto matches = match_accepted(scene.truth, scene.detections);
  const auto intervals = [&](std::uint64_t seed) {
    return detection_intervals(scene.truth, scene.detections, classes, rules, matches, 0.3,
                               {200, seed, 0.95});
  };
  const auto once = intervals(3), again = intervals(3), other = intervals(4);
  const auto figures = coco_figures(classes, rules);
  QVERIFY(once.coco[0].has_value());
  QVERIFY(once.coco[0]->low <= figures.values[0] && figures.values[0] <= once.coco[0]->high);
  QCOMPARE(once.coco[0]->low, again.coco[0]->low);
  QVERIFY(once.coco[0]->low != other.coco[0]->low);
  QVERIFY(once.undetected_objects.low < once.undetected_objects.high);
}

}  // namespace plumbline::test
