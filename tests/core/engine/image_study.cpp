#include "tests/core/engine/image_study.h"

#include <fstream>
#include <random>

#include <QString>

#include <ATen/ATen.h>
#include <torch/script.h>

#include "core/data/hash.h"

namespace plumbline::test {

namespace {

constexpr std::size_t pixels = 3 * 32 * 32;

std::vector<std::uint8_t> random_records(int samples, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> records;
  for (int i = 0; i < samples; ++i) {
    records.push_back(static_cast<std::uint8_t>(random() % 10));
    // Images of different brightness, so that their means are apart.
    const auto least = random() % 128;
    for (std::size_t p = 0; p < pixels; ++p)
      records.push_back(static_cast<std::uint8_t>(least + random() % 128));
  }
  return records;
}

class MeanNetwork final : public Network {
 public:
  explicit MeanNetwork(std::int64_t limit) : limit_(limit) {}
  NetworkOutput forward(const at::Tensor& input) override {
    TORCH_CHECK_WITH(OutOfMemoryError, input.size(0) <= limit_, "no memory for a batch of ",
                     input.size(0));
    return input.mean({2, 3}).matmul(mean_weights());
  }

 private:
  std::int64_t limit_;
};

}  // namespace

ImageStudy::ImageStudy(int samples, unsigned seed)
    : directory_(std::make_unique<QTemporaryDir>()),
      records_(random_records(samples, seed)),
      study(value(Study::open((directory_->path() + "/s.plumb").toStdString(), Access::create))) {
  const auto images = file("images.bin");
  std::ofstream(images, std::ios::binary)
      .write(reinterpret_cast<const char*>(records_.data()),
             static_cast<std::streamsize>(records_.size()));
  const std::vector<std::filesystem::path> files = {images};
  value(study.add_split("images", "test", value(scan_cifar10(files, {}))));
  dataset = value(study.dataset("images"));
}

std::filesystem::path ImageStudy::file(const std::string& name) const {
  return (directory_->path() + "/").toStdString() + name;
}

std::vector<SampleInfo> ImageStudy::samples() const {
  return value(study.samples(dataset.id, "test", 0, dataset.splits.front().samples));
}

RunRequest ImageStudy::request(const std::string& voters) const {
  RunRequest request;
  request.study = study.folder();
  request.name = "r";
  request.dataset = "images";
  request.splits = {"test"};
  if (!voters.empty()) request.voters = value(parse_voters(voters));
  request.device = "cpu";
  request.job = {request.study, "run", {"run"}, false, true};
  return request;
}

std::string ImageStudy::card(const std::string& name) const {
  auto text = QString::fromStdString(StudyFixture::card(name, 10));
  for (int c = 0; c < 10; ++c)
    text.replace(
        QString("\"class%1\"").arg(c),
        "\"" + QString::fromStdString(dataset.classes[static_cast<std::size_t>(c)]) + "\"");
  return text.toStdString();
}

ModelInfo ImageStudy::add_model(const std::string& name, const std::string& card,
                                const std::string& model_file) {
  const auto hash = hash_file(model_file);  // of a file that is there
  succeed(study.add_model(name, model_file, hash ? *hash : "hash of " + name,
                          value(parse_model_card(card, name))));
  return value(study.model(name));
}

RunInfo ImageStudy::run(const std::string& voters, int batch) const {
  RunInfo run;
  run.name = "r";
  run.dataset = dataset.id;
  run.splits = {"test"};
  run.voters = value(parse_voters(voters));
  run.precision = "fp32";
  run.decoder = "raw";
  run.device_kind = "cpu";
  run.batch = batch;
  return run;
}

at::Tensor ImageStudy::inputs() const {
  const auto count = static_cast<std::int64_t>(records_.size() / (1 + pixels));
  const at::Tensor rows = at::from_blob(const_cast<std::uint8_t*>(records_.data()),
                                        {count, static_cast<std::int64_t>(1 + pixels)}, at::kByte);
  return (rows.slice(1, 1).reshape({count, 3, 32, 32}).to(at::kDouble) / 255 - 0.5) / 0.25;
}

at::Tensor mean_weights() { return at::arange(30).view({3, 10}).to(at::kFloat).sin() * 3; }

std::unique_ptr<Network> mean_network(std::int64_t limit) {
  return std::make_unique<MeanNetwork>(limit);
}

void save_script(const std::filesystem::path& file, const std::string& body,
                 const std::string& before) {
  torch::jit::Module module("net");
  module.register_parameter("weight", mean_weights(), false);
  module.define(before + "def forward(self, x):\n" + body + "\n");
  module.save(file.string());
}

}  // namespace plumbline::test
