#pragma once
#include <memory>
#include <string>
#include <vector>

#include <QTemporaryDir>

#include "core/engine/engine.h"
#include "core/engine/inference/network.h"
#include "core/engine/inference/shard_computer.h"
#include "core/study/study.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

/// A study in a temporary folder with a data set "images" of random 32 × 32 colour images, which
/// are really there (CIFAR-10's format), split "test".
class ImageStudy {
 public:
  explicit ImageStudy(int samples, unsigned seed = 1);

  std::filesystem::path file(const std::string& name) const;
  std::vector<SampleInfo> samples() const;
  /// Adds a model with a card of its own text; its file need not be there.
  ModelInfo add_model(const std::string& name, const std::string& card, const std::string& file);
  /// The text of a classifier's card with the data set's own classes.
  std::string card(const std::string& name) const;
  /// A run "r" of voters on all samples and the CPU, which ends quietly. Empty text: no voters yet.
  RunRequest request(const std::string& voters) const;
  /// A run of voters on all samples, not added to the study.
  RunInfo run(const std::string& voters, int batch) const;
  /// The images as a network of the fixture's cards gets them: float64 [samples, 3, 32, 32].
  at::Tensor inputs() const;

 private:
  std::unique_ptr<QTemporaryDir> directory_;
  std::vector<std::uint8_t> records_;

 public:
  Study study;
  DatasetInfo dataset;
};

/// The weights of the classifier below, for ten classes: [3, 10].
at::Tensor mean_weights();

/// Logits are the means of the channels · mean_weights(). With more images in a batch than `limit`
/// the memory does not suffice.
std::unique_ptr<Network> mean_network(std::int64_t limit = 1 << 20);

/// TorchScript of `body` (of `def forward(self, x)`), with mean_weights() as self.weight.
void save_script(const std::filesystem::path& file, const std::string& body,
                 const std::string& before = "");

}  // namespace plumbline::test
