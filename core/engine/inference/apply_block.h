#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/decision/held_split.h"
#include "core/engine/inference/apply_setup.h"
#include "core/engine/inference/kept_images.h"
#include "core/engine/inference/shard_computer.h"
#include "core/predictions/class_predictions.h"

namespace plumbline {

/// Takes an image with its verdict, or with why it has none.
using TakeImage = std::function<Result<void>(const AppliedImage&)>;

/// One block of images while it is decided.
class ApplyBlock {
 public:
  ApplyBlock(const ApplySetup& setup, std::int64_t first, std::vector<SampleInfo> images);

  std::size_t size() const { return images_.size(); }

  /// Has some voters run on some of the block's images; `settle` has to be called before the next.
  Result<void> queue(ShardComputer& computer, const SampleReader& reader,
                     std::vector<std::size_t> voters, std::vector<std::size_t> places,
                     const BatchProgress& progress);

  /// Waits for what was queued, and keeps what it gave. `split` takes distributions where the
  /// policy needs more than votes.
  Result<void> settle(ShardComputer& computer, const std::filesystem::path& scratch,
                      HeldSplit* split);

  bool is_unread(std::size_t place) const { return !error_[place].empty(); }

  AskedVote vote(std::size_t voter, std::size_t place) const {
    return {voter, predicted_[voter][place], confidence_[voter][place]};
  }

  /// The votes of all voters; of one that was not asked what nobody reads.
  VoteTable table() const;

  /// Hands each image with what was decided on it to `take`, in their order.
  Result<void> give(const Decisions& decisions, const TakeImage& take) const;

 private:
  /// Classes and confidences are stored as they are, so that nothing need be written for them.
  void keep_votes(const PredictionDraft& draft);

  /// The whole block's distributions; of voters that are not asked none.
  void hold(const ClassPredictionFile& stored, const std::vector<std::size_t>& voters,
            HeldSplit& split) const;

  /// The first voter that was run and gave nothing.
  std::string without_output(std::size_t place) const;

  /// Beyond the data set's classes are those that only models know.
  std::string class_name(ClassIndex label) const;

  const ApplySetup& setup_;
  std::int64_t first_;
  std::vector<SampleInfo> images_;
  std::vector<std::string> error_;  ///< of each image; empty: it was read
  std::vector<std::vector<ClassIndex>> predicted_;
  std::vector<std::vector<float>> confidence_;
  std::vector<ClassIndex> labels_;
  std::vector<float> unlikely_;
  std::vector<int> run_;  ///< voters that were run on each
  // What is queued:
  std::vector<std::size_t> voters_, places_;
  std::vector<SampleInfo> samples_;
  ShardComputer::Output output_;
  KeptImages kept_;
};

}  // namespace plumbline
