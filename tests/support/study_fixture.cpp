#include "tests/support/study_fixture.h"

#include <cmath>
#include <limits>

namespace plumbline::test {

namespace {

std::unique_ptr<QTemporaryDir> new_directory() {
  auto directory = std::make_unique<QTemporaryDir>();
  if (!directory->isValid()) qFatal("no temporary folder");
  return directory;
}

Study new_study(const QTemporaryDir& directory) {
  return value(Study::open((directory.path() + "/s.plumb").toStdString(), Access::create));
}

}  // namespace

StudyFixture::StudyFixture(std::int64_t samples, int classes, std::vector<std::string> names)
    : StudyFixture(new_directory(), samples, classes, names) {}

StudyFixture::StudyFixture(std::unique_ptr<QTemporaryDir> directory, std::int64_t samples,
                           int classes, const std::vector<std::string>& names)
    : study(new_study(*directory)),
      directory_(std::move(directory)),
      samples_(samples),
      classes_(classes) {
  DatasetScan content = scan(samples, classes);
  if (!names.empty()) content.classes = names;
  value(study.add_split("d", "test", content));
}

std::filesystem::path StudyFixture::folder() const { return study.folder(); }
std::filesystem::path StudyFixture::path(const std::string& name) const {
  return (directory_->path() + "/").toStdString() + name;
}

DatasetScan StudyFixture::scan(std::int64_t samples, int classes, unsigned seed) {
  std::mt19937 random(seed);
  DatasetScan result;
  result.format = DatasetFormat::image_folder;
  for (int c = 0; c < classes; ++c) result.classes.push_back("class" + std::to_string(c));
  result.sources = {{"/nowhere/images", 0, ""}};
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto label = static_cast<ClassIndex>(random() % static_cast<unsigned>(classes));
    result.samples.push_back({0, -1, result.classes[label] + "/" + std::to_string(i) + ".jpg",
                              label, 100, std::string(32, 'a')});
  }
  return result;
}

std::string StudyFixture::card(const std::string& name, int classes) {
  std::string names;
  for (int c = 0; c < classes; ++c)
    names += (c ? ",\"class" : "\"class") + std::to_string(c) + "\"";
  return R"({"schema":1,"name":")" + name +
         R"(","task":"classification","input":{"channels":3,"height":32,"width":32,)"
         R"("colour_order":"RGB","resize":{"kind":"none"},"scale":0.00392156862745098,)"
         R"("mean":[0.5,0.5,0.5],"std":[0.25,0.25,0.25]},"output":{"kind":"logits"},"classes":[)" +
         names + "]}";
}

void fill_predictions(ClassPredictions& content, std::span<const ClassIndex> labels, float help,
                      const std::function<float()>& draw) {
  const auto width = static_cast<std::size_t>(content.classes);
  for (std::size_t cell = 0; cell < content.predicted.size(); ++cell) {
    const auto label = labels[cell % static_cast<std::size_t>(content.count)];
    float* row = content.log_probs.data() + cell * width;
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) {
      row[c] = draw() + (c == label ? help : 0.0F);
      sum += std::exp(static_cast<double>(row[c]));
    }
    for (std::size_t c = 0; c < width; ++c) row[c] -= static_cast<float>(std::log(sum));
    const auto* top = std::max_element(row, row + width);
    content.predicted[cell] = static_cast<std::int32_t>(top - row);
    content.confidence[cell] = std::exp(*top);
    content.log_prob_label[cell] = row[label];
  }
}

RunInfo StudyFixture::add_run(const std::string& name, int models, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 2);
  RunInfo run;
  run.name = name;
  run.dataset = value(study.dataset("d")).id;
  run.splits = {"test"};
  run.precision = "fp32";
  run.decoder = "libjpeg-turbo";
  run.device_kind = "cpu";
  run.batch = 64;
  std::vector<std::int64_t> sets;
  for (int m = 0; m < models; ++m) {
    const std::string model = "m" + std::to_string(m);
    succeed(study.add_model(model, "/nowhere/" + model + ".safetensors", "hash" + model,
                            value(parse_model_card(card(model, classes_), model))));
    run.voters.push_back({model, {}});
    sets.push_back(
        value(study.prediction_set(prediction_key(run, "test", run.voters.back(), false))).id);
  }
  succeed(study.add_run(run));
  const auto labels = value(study.labels(run.dataset, "test"));
  for (std::int64_t first = 0; first < samples_; first += shard_samples) {
    ClassPredictions content;
    content.first = first;
    content.count = std::min(shard_samples, samples_ - first);
    content.classes = classes_;
    content.voters = run.voters;
    allocate(content);
    fill_predictions(content, std::span(labels).subspan(static_cast<std::size_t>(first)), 3.0F,
                     [&] { return normal(random); });
    const std::string file = name + "-" + std::to_string(first) + ".safetensors";
    succeed(write_class_predictions(study.folder() / "predictions" / file, content));
    succeed(study.commit_shard(file, first, content.count, sets));
    shards.push_back(std::move(content));
  }
  return value(study.run(name));
}

}  // namespace plumbline::test
