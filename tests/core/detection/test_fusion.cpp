#include <bit>
#include <fstream>

#include <QtTest>

#include "core/detection/fusion.h"
#include "tests/core/detection/scenes.h"
#include "tests/core/detection/tests.h"

namespace plumbline::test {

namespace {

BoundFusion bound(const std::string& text, std::size_t voters,
                  const std::vector<BoxCategory>& categories = {}) {
  const auto fusion = parse_fusion(text);
  if (!fusion) qFatal("%s", to_string(fusion.error()).c_str());
  auto made = bind_fusion(*fusion, voters, categories);
  if (!made) qFatal("%s", to_string(made.error()).c_str());
  return std::move(*made);
}

/// One image of 1 × 1, as ensemble-boxes has it.
BoxDataset unit_image() {
  BoxDataset truth;
  truth.images = {{{1, ""}, "", 1, 1, 0}};
  truth.categories = {{{0, ""}, "a"}, {{1, ""}, "b"}};
  return truth;
}

std::vector<DetectionSet> voters_of(const nlohmann::json& given) {
  std::vector<DetectionSet> voters(given["boxes"].size());
  for (std::size_t v = 0; v < voters.size(); ++v)
    for (std::size_t i = 0; i < given["boxes"][v].size(); ++i) {
      const auto corners = given["boxes"][v][i].get<std::vector<double>>();
      voters[v].boxes.push_back(
          {0,
           given["labels"][v][i].get<std::int32_t>(),
           {corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]},
           given["scores"][v][i].get<double>()});
    }
  return voters;
}

using Row = std::array<double, 6>;  ///< corners, score, label

std::vector<Row> rows_of(const DetectionSet& set) {
  std::vector<Row> rows;
  for (const DetectedBox& box : set.boxes)
    rows.push_back({box.box.x, box.box.y, box.box.right(), box.box.bottom(), box.score,
                    static_cast<double>(box.category)});
  return rows;
}

/// The same rows within 1e-6, in any order; scores are not compared where they are known wrong.
void compare_rows(std::vector<Row> rows, const nlohmann::json& right, bool scores) {
  QCOMPARE(rows.size(), right.size());
  for (const auto& row : right) {
    const auto wanted = row.get<Row>();
    const auto found = std::ranges::find_if(rows, [&](const Row& candidate) {
      for (std::size_t i = 0; i < 6; ++i)
        if ((i != 4 || scores) && qAbs(candidate[i] - wanted[i]) > 1e-6) return false;
      return true;
    });
    QVERIFY2(found != rows.end(), row.dump().c_str());
    rows.erase(found);
  }
}

std::string weights_text(const nlohmann::json& weights) {
  if (weights.is_null()) return "";
  std::string text = ",weights=";
  for (const auto& weight : weights) text += (text.back() == '=' ? "" : ":") + weight.dump();
  return text;
}

}  // namespace

void TestFusion::ensemble_boxes_data() {
  QTest::addColumn<int>("number");
  for (int i = 0; i < std::ssize(references()["fusions"]); ++i) QTest::addRow("case %d", i) << i;
}

void TestFusion::ensemble_boxes() {
  QFETCH(int, number);
  const auto& given = references()["fusions"][static_cast<std::size_t>(number)];
  const auto voters = voters_of(given);
  const auto fused = [&](const std::string& name, const std::string& more) {
    return rows_of(fuse_detections(unit_image(), voters,
                                   bound(name + "(iou=" + given["iou"].dump() + more +
                                             weights_text(given["weights"]) + ")",
                                         voters.size()))
                       .set);
  };
  const std::string skip = ",skip=" + given["skip"].dump();
  compare_rows(fused("wbf", ",count=boxes" + skip), given["wbf"], true);
  compare_rows(fused("nmw", skip), given["nmw"], true);
  // Equal weights that are written out divide ensemble-boxes' scores by the number of voters.
  const auto& weights = given["weights"];
  const bool equal = !weights.is_null() &&
                     std::ranges::all_of(weights, [&](const auto& w) { return w == weights[0]; });
  compare_rows(fused("nms", ""), given["nms"], !equal);
  // Soft-NMS gives the scores from before they were lowered there: a fault of its own.
  if (equal) return;
  compare_rows(fused("soft_nms", ",method=linear,least=0.01"), given["soft_nms_linear"], false);
  compare_rows(fused("soft_nms", ",method=gaussian,sigma=0.5,least=0.01"),
               given["soft_nms_gaussian"], false);
}

void TestFusion::given_references_come_out() {
  const auto folder = coco_folder();
  if (!folder) QSKIP("../shared/data/coco is absent");
  const BoxDataset truth = read_truth(*folder / "tiny-val2017/instances_val2017.json");
  const auto read = [&](const std::string& name) {
    return read_detections(*folder / "reference" / (name + ".json"), truth);
  };
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"yolox_nano.tta_wbf", {"yolox_nano.identity", "yolox_nano.flip_x"}},
      {"fastestdet.tta_wbf", {"fastestdet.identity", "fastestdet.flip_x"}},
      {"wbf_identity", {"yolox_nano.identity", "fastestdet.identity"}},
      {"wbf",
       {"yolox_nano.identity", "yolox_nano.flip_x", "fastestdet.identity", "fastestdet.flip_x"}}};
  for (const auto& [name, members] : cases) {
    std::vector<DetectionSet> voters;
    for (const auto& member : members) voters.push_back(read(member));
    const DetectionSet right = read(name);
    const auto fused =
        fuse_detections(truth, voters, bound("wbf(iou=0.55,skip=0.05,count=boxes)", voters.size()));
    QCOMPARE(fused.set.boxes.size(), right.boxes.size());
    std::vector<std::vector<DetectedBox>> by_image(truth.images.size());
    for (const auto& box : right.boxes)
      by_image[static_cast<std::size_t>(box.image)].push_back(box);
    for (const auto& box : fused.set.boxes) {
      auto& candidates = by_image[static_cast<std::size_t>(box.image)];
      // The reference adds up in float32 and is written as float32, in fractions of the image.
      const auto found = std::ranges::find_if(candidates, [&](const DetectedBox& other) {
        return other.category == box.category && qAbs(other.score - box.score) < 1e-6 &&
               qAbs(other.box.x - box.box.x) < 1e-3 && qAbs(other.box.y - box.box.y) < 1e-3 &&
               qAbs(other.box.width - box.box.width) < 1e-3 &&
               qAbs(other.box.height - box.box.height) < 1e-3;
      });
      QVERIFY2(found != candidates.end(), name.c_str());
      candidates.erase(found);
    }
  }
}

void TestFusion::scores_by_voters_never_exceed_the_greatest() {
  for (const auto& given : references()["fusions"]) {
    const auto voters = voters_of(given);
    double greatest = 0;
    for (const auto& voter : voters)
      for (const auto& box : voter.boxes) greatest = std::max(greatest, box.score);
    for (const char* weights : {"", "weights=2:1:1:1", "weights=0:3:1:9"}) {
      if (voters.size() != 4 && *weights != 0) continue;
      for (const auto& box :
           fuse_detections(unit_image(), voters,
                           bound(std::string("wbf(") + weights + ")", voters.size()))
               .set.boxes)
        QVERIFY(box.score <= greatest + 1e-12);
    }
  }
}

void TestFusion::scores_by_boxes_exceed_1_as_known() {
  // ensemble-boxes' issue 40: weights (2, 1), two sure boxes of the first voter.
  std::vector<DetectionSet> voters(2);
  voters[0].boxes = {{0, 0, {0.1, 0.1, 0.4, 0.4}, 1}, {0, 0, {0.1, 0.1, 0.4, 0.41}, 1}};
  const auto score = [&](const char* text) {
    return fuse_detections(unit_image(), voters, bound(text, 2)).set.boxes.front().score;
  };
  QVERIFY(qAbs(score("wbf(count=boxes,weights=2:1)") - 4.0 / 3) < 1e-12);
  QVERIFY(qAbs(score("wbf(weights=2:1)") - 2.0 / 3) < 1e-12);
}

void TestFusion::votes_are_of_voters() {
  // Three boxes of one voter are one vote; two voters agree on the second place, three on the
  // third.
  std::vector<DetectionSet> voters(3);
  const auto at = [](double x) { return DetectedBox{0, 0, {x, 0.1, 0.1, 0.1}, 0.5}; };
  voters[0].boxes = {at(0.1), at(0.1), at(0.101), at(0.4), at(0.7)};
  voters[1].boxes = {at(0.4), at(0.7)};
  voters[2].boxes = {at(0.7)};
  for (const std::string name : {"wbf", "nms", "nmw"}) {
    const auto count = [&](const std::string& vote) {
      return fuse_detections(unit_image(), voters, bound(name + "(vote=" + vote + ")", 3))
          .set.boxes.size();
    };
    QCOMPARE(count("affirmative"), 3U);
    QCOMPARE(count("consensus"), 2U);
    QCOMPARE(count("unanimous"), 1U);
  }
  for (const auto& bits :
       fuse_detections(unit_image(), voters, bound("wbf(vote=unanimous)", 3)).voters)
    QCOMPARE(bits, std::uint64_t{7});
}

void TestFusion::weights_of_a_class_are_its_own() {
  QTemporaryDir folder;
  const std::string file = folder.filePath("w.json").toStdString();
  std::ofstream(file) << R"({"b": [0, 1]})";
  std::vector<DetectionSet> voters(2);
  voters[0].boxes = {{0, 0, {0.1, 0.1, 0.2, 0.2}, 0.8}, {0, 1, {0.1, 0.1, 0.2, 0.2}, 0.8}};
  voters[1].boxes = {{0, 0, {0.1, 0.1, 0.2, 0.2}, 0.4}, {0, 1, {0.1, 0.1, 0.2, 0.2}, 0.4}};
  const BoxDataset truth = unit_image();
  const auto fused =
      fuse_detections(truth, voters, bound("wbf(class_weights=" + file + ")", 2, truth.categories));
  QCOMPARE(fused.set.boxes.size(), 2U);
  QVERIFY(qAbs(fused.set.boxes[0].score - 0.6) < 1e-12);  // class a: both alike
  QVERIFY(qAbs(fused.set.boxes[1].score - 0.4) < 1e-12);  // class b: the second alone
  std::ofstream(file) << R"({"c": [0, 1]})";
  const auto fusion = parse_fusion("wbf(class_weights=" + file + ")");
  const auto refused = bind_fusion(*fusion, 2, truth.categories);
  QVERIFY(!refused && refused.error().message.find("'c'") != std::string::npos);
}

void TestFusion::one_voter_is_kept_by_suppression() {
  std::mt19937 random(4);
  for (int round = 0; round < 30; ++round) {
    const Scene scene = random_scene(random);
    const auto fuse = [&](const DetectionSet& set) {
      return fuse_detections(scene.truth, std::span(&set, 1), bound("nms", 1)).set;
    };
    const DetectionSet once = fuse(scene.detections);
    QVERIFY(once.boxes.size() <= scene.detections.boxes.size());
    QVERIFY(rows_of(fuse(once)) == rows_of(once));
  }
}

void TestFusion::order_of_voters_does_not_matter() {
  for (const auto& given : references()["fusions"]) {  // scores are all different there
    auto voters = voters_of(given);
    for (const char* name : {"wbf", "nms", "soft_nms", "nmw"}) {
      const auto before =
          rows_of(fuse_detections(unit_image(), voters, bound(name, voters.size())).set);
      std::ranges::reverse(voters);
      const auto after =
          rows_of(fuse_detections(unit_image(), voters, bound(name, voters.size())).set);
      QCOMPARE(before.size(), after.size());
      for (std::size_t i = 0; i < before.size(); ++i)
        for (std::size_t j = 0; j < 6; ++j) QVERIFY(qAbs(before[i][j] - after[i][j]) < 1e-9);
    }
  }
}

void TestFusion::texts_are_read_back_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"wbf", "nms(iou=0.65)", "wbf(iou=0.55,skip=0.05,vote=consensus)",
                           "wbf( weights = 2:1:0.5 , count=boxes )", "soft_nms(method=linear)",
                           "nmw()", "nms(class_weights=a/b.json)"})
    QTest::newRow(text) << text;
}

void TestFusion::texts_are_read_back() {
  QFETCH(QString, text);
  const auto fusion = parse_fusion(text.toStdString());
  QVERIFY(fusion.has_value());
  const auto again = parse_fusion(to_string(*fusion));
  QVERIFY(again.has_value());
  QVERIFY(again->values == fusion->values && again->kind == fusion->kind);
}

void TestFusion::mistakes_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("unknown") << "voodoo" << "voodoo";
  QTest::newRow("no such parameter") << "nms(count=boxes)" << "count";
  QTest::newRow("out of range") << "wbf(iou=1.5)" << "0 to 1";
  QTest::newRow("no number") << "wbf(iou=half)" << "half";
  QTest::newRow("unknown word") << "wbf(vote=most)" << "consensus";
  QTest::newRow("twice") << "wbf(iou=0.5,iou=0.6)" << "twice";
  QTest::newRow("open bracket") << "wbf(iou=0.5" << "name(parameter=value";
  QTest::newRow("no value") << "wbf(iou)" << "name(parameter=value";
  QTest::newRow("negative weight") << "wbf(weights=1:-1)" << "weights";
  QTest::newRow("empty weight") << "wbf(weights=1:)" << "weights";
}

void TestFusion::mistakes_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto fusion = parse_fusion(text.toStdString());
  QVERIFY(!fusion);
  QVERIFY(fusion.error().kind == ErrorKind::usage);
  QVERIFY2(QString::fromStdString(to_string(fusion.error())).contains(named),
           to_string(fusion.error()).c_str());
}

}  // namespace plumbline::test
