#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "core/predictions/class_predictions.h"
#include "tests/core/engine/image_study.h"

namespace plumbline::test {

/// A study whose models are classifiers, and the computer of a run of them.
struct Computing {
  ImageStudy images;
  RunInfo run;
  std::vector<ModelInfo> models;
  std::shared_ptr<OutputHead> head;
  int loaded = 0;

  Computing(int samples, const std::string& voters, int batch)
      : images(samples), run(images.run(voters, batch)), head(class_head_of()) {
    std::vector<StoredWarning> warnings;
    models.reserve(run.voters.size());
    for (const Voter& voter : run.voters) {
      models.push_back(
          images.add_model(voter.model, StudyFixture::card(voter.model, 10), voter.model + ".pt"));
      models.back().card.classes = images.dataset.classes;
      succeed(head->add_model(models.back(), images.dataset, warnings));
    }
  }

  static std::shared_ptr<OutputHead> class_head_of() {
    return head_kinds().find("classes")->make();
  }

  Result<ShardComputer> computer(const std::function<std::unique_ptr<Network>()>& make,
                                 bool fills_batches = false) {
    std::vector<VoterSetup> voters;
    for (std::size_t v = 0; v < run.voters.size(); ++v)
      voters.push_back({run.voters[v], &models[v]});
    return ShardComputer::make(
        std::move(voters), head, {run, at::kCPU, Precision::fp32, {}, fills_batches},
        [&](const ModelInfo&, const ComputerSettings&) -> Result<std::unique_ptr<Network>> {
          ++loaded;
          return make();
        });
  }

  SampleReader reader() const { return value(images.study.reader(images.dataset.id)); }

  ShardRange whole() const {
    ShardRange range{0, images.dataset.splits.front().samples, {}};
    for (std::size_t v = 0; v < run.voters.size(); ++v) range.voters.push_back(v);
    return range;
  }

  ClassPredictionFile written(const ShardComputer::Output& output, const ShardRange& range) {
    const auto file = images.file("shard.safetensors");
    succeed(write_predictions(file, output.predictions->draft()));
    return value(ClassPredictionFile::open(file, range.first, range.count));
  }
};

/// What the fixture's classifier gives for inputs, in double.
inline at::Tensor expected_log_probs(const at::Tensor& inputs) {
  return at::log_softmax(inputs.mean({2, 3}).matmul(mean_weights().to(at::kDouble)), 1);
}

/// The largest difference of a row's log-probabilities from the expected ones; classes, confidences
/// and the labels' values are compared too.
inline double difference(const ClassPredictionFile& file, int row, const at::Tensor& expected,
                         const std::vector<SampleInfo>& samples) {
  std::vector<float> values(static_cast<std::size_t>(file.count() * file.classes()));
  file.log_probs(row, 0, file.count(), file.classes(), values.data());
  const at::Tensor found =
      at::from_blob(values.data(), {file.count(), file.classes()}, at::kFloat).to(at::kDouble);
  const auto [top, label] = expected.max(1);
  double most = (found - expected).abs().max().item<double>();
  for (std::int64_t i = 0; i < file.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (file.predicted(row)[at] != label[i].item<std::int64_t>()) return 1e9;
    most = std::max(most, std::abs(file.confidence(row)[at] - std::exp(top[i].item<double>())));
    most = std::max(most, std::abs(file.log_prob_label(row)[at] -
                                   expected[i][samples[at].label].item<double>()));
  }
  return most;
}

}  // namespace plumbline::test
