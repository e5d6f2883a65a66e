#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/sums/rank_sum.h"
#include "core/engine/training/checkpoint.h"
#include "core/engine/training/train_settings.h"

namespace plumbline {

/// A figure of a training at a number of images seen.
struct TrainMetric {
  std::string name;
  double value = 0;
  std::int64_t step = 0;  ///< images seen since the beginning
};

/// What training and validation see: normalised float32 [samples, height, width, channels] and
/// int64 [samples], on the device; of a detector instead of labels float32 [samples, most, 5],
/// objects as detection_loss has them. Validation may be undefined.
struct TrainData {
  at::Tensor images, labels, validation_images, validation_labels;
};

/// Trains one network by stochastic gradient descent with Nesterov momentum (weight decay on
/// weights only). Everything random is made of (seed, epoch, place), so that weights, momenta and
/// the place in the epoch are the whole state: after `restore` of what `state` held, the same
/// losses follow to the bit on the same device with the same number of threads.
///
/// By several ranks each computes its share of every batch, with the images and what happens to
/// them that one process would give those places. Gradients, figures and the sums of batch
/// normalisations are of all ranks, so that all have the same state, and the course is that of one
/// process up to rounding. All call the same functions; each reports the same.
class Trainer {
 public:
  /// `ranks`: null for one process; else it outlives the trainer, and settings.batch is a multiple
  /// of their number.
  Trainer(const TrainSettings& settings, const ClassifierShape& shape, TrainData data,
          RankSum* ranks = nullptr);
  ~Trainer();

  std::int64_t images_in_all() const;
  std::int64_t images_seen() const;
  bool finished() const;

  /// One batch. At an epoch's end, validation as well. Metrics are handed to `report`; the loss is
  /// read from the device some twenty times an epoch, so that a GPU does not wait.
  /// Errors (bad_input): a loss that is not finite, with epoch and step.
  Result<void> step(const std::function<void(const TrainMetric&)>& report);

  /// Tensors and place, for a checkpoint.
  NamedTensors state();
  SafetensorsMetadata place() const;
  Result<void> restore(const SafetensorsFile& file, const std::string& where);

  /// Everything reported so far, also before a restore.
  const std::vector<TrainMetric>& history() const;

  /// The network's tensors, for a file of weights.
  NamedTensors weights(bool half) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline
