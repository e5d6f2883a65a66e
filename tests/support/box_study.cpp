#include "tests/support/box_study.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/atomic_file.h"
#include "core/data/box_scan.h"
#include "core/data/png_writer.h"
#include "core/predictions/box_predictions.h"
#include "core/study/import_boxes.h"
#include "core/study/study_prediction_store.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

class Drawer {
 public:
  explicit Drawer(const BoxScenes& scenes) : scenes_(scenes), random_(scenes.seed) {}

  BoxRun draw() {
    BoxRun run;
    for (int i = 0; i < scenes_.images; ++i) {
      BoxImage image;
      image.id.number = i;
      image.position = i;
      image.file = fmt::format("{:04}.png", i);
      run.truth.images.push_back(image);
    }
    for (int c = 0; c < scenes_.classes; ++c)
      run.truth.categories.push_back({{c, {}}, "class" + std::to_string(c)});
    for (const std::string& voter : scenes_.voters) run.voters.push_back({voter, {}, {}});
    for (int i = 0; i < scenes_.images; ++i) draw_image(i, run);
    order_boxes(run);
    return run;
  }

 private:
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() % 100'000) / 100'000;
  }
  std::int32_t any_class() {
    return static_cast<std::int32_t>(random_() % static_cast<unsigned>(scenes_.classes));
  }

  PixelBox any_box() {
    const double width = uniform(12, 140), height = uniform(12, 120);
    return {std::floor(uniform(0, scenes_.width - width)),
            std::floor(uniform(0, scenes_.height - height)), std::floor(width), std::floor(height)};
  }

  PixelBox moved(const PixelBox& box, double by) {
    const double left = std::max(0.0, box.x + box.width * uniform(-by, by));
    const double top = std::max(0.0, box.y + box.height * uniform(-by, by));
    return {static_cast<double>(static_cast<float>(left)),
            static_cast<double>(static_cast<float>(top)), box.width, box.height};
  }

  void see(std::size_t voter, const TruthBox& object, double ease, BoxRun& run) {
    if (uniform(0, 1) > ease) return;
    auto& boxes = run.voters[voter].boxes;
    const auto score = [&](double low, double high) {
      return static_cast<double>(static_cast<float>(uniform(low, high)));
    };
    const double fate = uniform(0, 1);
    const auto label = fate < 0.1 ? any_class() : object.category;
    const double by = fate > 0.8 ? 0.4 : 0.08;
    boxes.push_back({object.image, label, moved(object.box, by), score(0.05, 1)});
    if (uniform(0, 1) < 0.1)  // again
      boxes.push_back({object.image, object.category, moved(object.box, 0.1), score(0.05, 0.6)});
  }

  void draw_image(int number, BoxRun& run) {
    const auto image = static_cast<std::int32_t>(number);
    const auto objects = random_() % static_cast<unsigned>(scenes_.objects + 1);
    for (unsigned o = 0; o < objects; ++o) {
      TruthBox object;
      object.image = image;
      object.category = any_class();
      object.box = any_box();
      object.area = object.box.width * object.box.height * (o % 2 == 0 ? 1 : 0.6);
      object.crowd = uniform(0, 1) < 0.05;
      object.id.number = static_cast<std::int64_t>(run.truth.boxes.size()) + 1;
      run.truth.boxes.push_back(object);
      const double ease = uniform(0.1, 1);
      for (std::size_t v = 0; v < run.voters.size(); ++v) see(v, object, ease, run);
    }
    for (std::size_t v = 0; v < run.voters.size(); ++v)
      for (auto f = random_() % 3; f > 0; --f)
        run.voters[v].boxes.push_back(
            {image, any_class(), moved(any_box(), 0),
             static_cast<double>(static_cast<float>(uniform(0.02, 0.9)))});
  }

  const BoxScenes& scenes_;
  std::mt19937 random_;
};

/// Flat rectangles on grey, in their classes' colours.
Image picture_of(const BoxRun& run, std::size_t image, const BoxScenes& scenes) {
  constexpr std::uint8_t colours[][3] = {
      {200, 60, 60}, {60, 160, 70}, {70, 90, 210}, {220, 180, 40}, {150, 70, 180}};
  Image picture{scenes.width, scenes.height, 3, {}, {}};
  picture.pixels.assign(static_cast<std::size_t>(scenes.width * scenes.height * 3), 120);
  for (const TruthBox& object : run.objects_of(image)) {
    const auto& colour = colours[static_cast<std::size_t>(object.category) % std::size(colours)];
    for (int y = static_cast<int>(object.box.y); y < static_cast<int>(object.box.bottom()); ++y)
      for (int x = static_cast<int>(object.box.x); x < static_cast<int>(object.box.right()); ++x)
        std::ranges::copy(colour, picture.pixels.data() +
                                      static_cast<std::ptrdiff_t>(3 * (y * scenes.width + x)));
  }
  return picture;
}

std::string instances_text(const BoxRun& run, const BoxScenes& scenes) {
  nlohmann::json document;
  for (const BoxImage& image : run.truth.images)
    document["images"].push_back({{"id", image.id.number},
                                  {"file_name", image.file},
                                  {"width", scenes.width},
                                  {"height", scenes.height}});
  for (const BoxCategory& category : run.truth.categories)
    document["categories"].push_back({{"id", category.id.number + 1}, {"name", category.name}});
  for (const TruthBox& object : run.truth.boxes)
    document["annotations"].push_back(
        {{"id", object.id.number},
         {"image_id", object.image},
         {"category_id", object.category + 1},
         {"bbox", {object.box.x, object.box.y, object.box.width, object.box.height}},
         {"area", object.area},
         {"iscrowd", object.crowd ? 1 : 0}});
  return document.dump();
}

std::string detector_card(const std::string& name, const BoxRun& run) {
  nlohmann::json classes;
  for (const BoxCategory& category : run.truth.categories) classes.push_back(category.name);
  return nlohmann::json{{"schema", 1},
                        {"name", name},
                        {"task", "detection"},
                        {"input",
                         {{"channels", 3},
                          {"height", 64},
                          {"width", 64},
                          {"resize", {{"kind", "none"}}},
                          {"scale", 1},
                          {"mean", {0, 0, 0}},
                          {"std", {1, 1, 1}}}},
                        {"output", {{"kind", "boxes-xyxy"}}},
                        {"classes", classes}}
      .dump();
}

void commit_voter(Study& study, const RunInfo& run, std::size_t number, const BoxRun& drawn) {
  const Voter& voter = run.voters[number];
  const auto set = value(study.prediction_set(prediction_key(run, "test", voter, true)));
  const VoterKey key = voter_key(set.key, "scenes");
  StudyPredictionStore store(study);
  const auto samples = static_cast<std::int64_t>(drawn.images());
  for (std::int64_t first = 0; first < samples; first += shard_samples) {
    BoxPredictions content;
    content.first = first;
    content.count = std::min(shard_samples, samples - first);
    content.classes = static_cast<int>(drawn.truth.categories.size());
    content.voters = {voter};
    for (std::int64_t i = 0; i < content.count; ++i) {
      for (const DetectedBox& box : drawn.boxes_of(number, static_cast<std::size_t>(first + i))) {
        content.boxes.push_back({static_cast<float>(box.box.x), static_cast<float>(box.box.y),
                                 static_cast<float>(box.box.right()),
                                 static_cast<float>(box.box.bottom())});
        content.scores.push_back(static_cast<float>(box.score));
        content.labels.push_back(box.category);
      }
      end_sample(content, true);
    }
    succeed(store.commit(std::span(&key, 1), draft_of(content)));
  }
}

RunInfo run_of(const std::string& name, std::int64_t dataset,
               const std::vector<std::string>& voters) {
  RunInfo run;
  run.name = name;
  run.dataset = dataset;
  run.splits = {"test"};
  run.precision = "fp32";
  run.decoder = "libjpeg-turbo";
  run.device_kind = "cpu";
  run.batch = 8;
  for (const std::string& voter : voters) run.voters.push_back(value(parse_voters(voter)).front());
  return run;
}

/// Models, predictions and the run "r" of a split that is there.
void add_drawn_run(Study& study, const BoxScenes& scenes, const BoxRun& drawn) {
  const RunInfo run = run_of("r", value(study.dataset("scenes")).id, scenes.voters);
  for (std::size_t v = 0; v < run.voters.size(); ++v) {
    const std::string& model = run.voters[v].model;
    succeed(study.add_model(model, {}, "imported",
                            value(parse_model_card(detector_card(model, drawn), model))));
    commit_voter(study, run, v, drawn);
  }
  succeed(study.add_run(run));
}

}  // namespace

BoxRun drawn_run(const BoxScenes& scenes) { return Drawer(scenes).draw(); }

BoxStudy::BoxStudy(const BoxScenes& scenes)
    : drawn(drawn_run(scenes)), directory_(std::make_unique<QTemporaryDir>()) {
  if (!directory_->isValid()) qFatal("no temporary folder");
  const std::filesystem::path root = directory_->path().toStdString();
  std::filesystem::create_directories(root / "images");
  for (std::size_t i = 0; i < drawn.images(); ++i)
    succeed(write_file_atomically(root / "images" / drawn.truth.images[i].file,
                                  value(encode_png(picture_of(drawn, i, scenes)))));
  succeed(write_file_atomically(root / "instances.json", instances_text(drawn, scenes)));
  auto study = value(Study::open(folder(), Access::create));
  const auto scan = value(
      scan_boxes(DatasetFormat::coco, {root / "images", root / "instances.json", "test"}, {}));
  value(study.add_split("scenes", "test", scan));
  add_drawn_run(study, scenes, drawn);
}

void make_box_study(const std::filesystem::path& folder, const BoxScenes& scenes) {
  const BoxRun drawn = drawn_run(scenes);
  DatasetScan scan;
  scan.format = DatasetFormat::coco;
  scan.sources = {{"/nowhere/images", 0, ""}};
  for (const BoxCategory& category : drawn.truth.categories) scan.classes.push_back(category.name);
  for (const BoxImage& image : drawn.truth.images)
    scan.samples.push_back({0, -1, image.file, no_class, 1, std::string(32, 'a')});
  scan.boxes = std::make_shared<const BoxDataset>(drawn.truth);
  auto study = value(Study::open(folder, Access::create));
  value(study.add_split("scenes", "test", scan));
  add_drawn_run(study, scenes, drawn);
}

std::filesystem::path BoxStudy::folder() const {
  return (directory_->path() + "/scenes.plumb").toStdString();
}

std::optional<std::filesystem::path> shared_coco_folder() {
  const char* named = std::getenv("PLUMBLINE_DATA");
  const std::filesystem::path folder =
      std::filesystem::path(named != nullptr
                                ? std::filesystem::path(named)
                                : std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") /
      "coco";
  std::error_code code;
  return std::filesystem::exists(folder / "tiny-val2017", code) ? std::optional(folder)
                                                                : std::nullopt;
}

Result<void> make_coco_study(const std::filesystem::path& made) {
  const auto folder = shared_coco_folder();
  if (!folder) return bad_input("the example data are absent", "$PLUMBLINE_DATA");
  const auto truth = *folder / "tiny-val2017/instances_val2017.json";
  auto study = Study::open(made, Access::create);
  TRY(study);
  const auto scan =
      scan_boxes(DatasetFormat::coco, {*folder / "tiny-val2017/images", truth, "test"}, {});
  TRY(scan);
  TRY(study->add_split("coco", "test", *scan));
  std::vector<std::string> voters;
  for (const char* model : {"yolox_nano", "fastestdet"})
    for (const char* view : {"identity", "flip_x"}) {
      auto parsed = parse_view(view);
      TRY(parsed);
      TRY(import_boxes(*study, {model, "coco", "test",
                                *folder / "reference" / fmt::format("{}.{}.json", model, view),
                                truth, std::move(*parsed)}));
      voters.push_back(fmt::format("{}:{}", model, view));
    }
  const auto dataset = study->dataset("coco");
  TRY(dataset);
  return study->add_run(run_of("r6", dataset->id, voters));
}

}  // namespace plumbline::test
