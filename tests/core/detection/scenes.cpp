#include "tests/core/detection/scenes.h"

#include <cstdlib>
#include <fstream>

#include <QtTest>

#include "core/data/coco_json.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
  return std::move(*result);
}

}  // namespace

const nlohmann::json& references() {
  static const nlohmann::json all = nlohmann::json::parse(
      std::ifstream(PLUMBLINE_SOURCE_DIR "/tests/core/detection/references.json"));
  return all;
}

Scene read_scene(const nlohmann::json& truth, const nlohmann::json& detections) {
  QTemporaryDir folder;
  const fs::path path = folder.path().toStdString();
  std::ofstream(path / "truth.json") << truth;
  std::ofstream(path / "detections.json") << detections;
  Scene scene;
  scene.truth = read_truth(path / "truth.json");
  scene.detections = read_detections(path / "detections.json", scene.truth);
  return scene;
}

Scene reference_scene(std::size_t number) {
  const auto& scene = references()["scenes"][number];
  return read_scene(scene["truth"], scene["detections"]);
}

std::optional<fs::path> coco_folder() {
  const char* given = std::getenv("PLUMBLINE_DATA");
  const fs::path folder =
      (given != nullptr ? fs::path(given) : fs::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") /
      "coco";
  std::error_code code;
  return fs::exists(folder, code) ? std::optional(folder) : std::nullopt;
}

BoxDataset read_truth(const fs::path& file) { return must(read_coco_truth(file)); }

DetectionSet read_detections(const fs::path& file, const BoxDataset& truth) {
  return must(read_coco_results(file, truth));
}

Scene random_scene(std::mt19937& random, int images) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Scene scene;
  for (int i = 0; i < images; ++i) scene.truth.images.push_back({{i, ""}, "", 100, 100, i});
  scene.truth.categories = {{{0, ""}, "a"}, {{1, ""}, "b"}};
  const int objects = below(20) + (images > 10 ? 3 * images : 0);
  for (int i = 0; i < objects; ++i) {
    TruthBox box;
    box.image = below(images);
    box.category = below(2);
    box.box = {below(8) * 10.0, below(8) * 10.0, 10.0 + below(3) * 5, 10.0 + below(3) * 5};
    box.area = box.box.width * box.box.height;
    box.crowd = below(10) == 0;
    box.ignored = below(12) == 0;
    box.id = {i + 1, ""};
    scene.truth.boxes.push_back(box);
  }
  const int detections = below(40) + (images > 10 ? 5 * images : 0);
  for (int i = 0; i < detections; ++i) {
    DetectedBox box{
        below(images), below(2), {below(8) * 10.0, below(8) * 10.0, 15, 15}, below(10) / 10.0};
    if (objects > 0 && below(3) > 0) {
      const TruthBox& near = scene.truth.boxes[static_cast<std::size_t>(below(objects))];
      box = {near.image, near.category, near.box, below(10) / 10.0};
      box.box.x += below(4);
    }
    scene.detections.boxes.push_back(box);
  }
  return scene;
}

}  // namespace plumbline::test
