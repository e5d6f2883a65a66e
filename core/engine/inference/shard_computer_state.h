#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/batch_upload.h"
#include "core/engine/inference/input_groups.h"
#include "core/engine/inference/shard_computer.h"
#include "core/engine/inference/stopwatch.h"
#include "core/engine/inference/synthesize_views.h"

namespace plumbline {

/// What a computer has and does inside: models are made ready in shard_computer_warm_up.cpp, ranges
/// computed in queue_shard.cpp.
struct ShardComputer::State {
  std::vector<VoterSetup> voters;
  std::shared_ptr<OutputHead> head;
  ComputerSettings settings;
  int batch;
  std::map<std::string, std::unique_ptr<Network>> networks = {};  ///< by the model's name
  std::vector<std::vector<double>> times = {};                    ///< per voter
  std::map<std::string, double> warm_up_seconds = {};  ///< of a batch, by the model's name
  std::map<std::string, Error> failed = {};            ///< by the model's name
  RangeLoaders loaders = {};
  DecodingCounts decoded = {};
  BatchUpload uploads;
  StageSeconds stages = {};

  /// The model's voters are computed no more.
  void give_up(const std::string& model, Error error) {
    failed.emplace(model, std::move(error));
    networks.erase(model);
    for (VoterSetup& setup : voters)
      if (setup.model && setup.model->name == model) setup.model = nullptr;
  }

  /// The error where no model is left: the first one's.
  Result<void> check_any_left() const {
    const bool any = std::ranges::any_of(voters, [](const VoterSetup& v) { return v.model; });
    if (any || failed.empty()) return {};
    return tl::unexpected(failed.begin()->second);
  }

  /// What the images of a range are put on, by the models that are left.
  std::optional<std::vector<Canvas>> canvases_of(ShardRange range) const {
    std::erase_if(range.voters, [&](std::size_t v) { return !voters[v].model; });
    std::vector<Canvas> canvases;
    const auto groups = group_inputs(voters, range, canvases);
    if (!groups || groups->empty()) return std::nullopt;
    return canvases;
  }

  /// [views, batch, …] of a group. `valid` may be undefined. `places`: of the samples.
  at::Tensor synthesize(const InputGroup& inputs, const at::Tensor& images, const at::Tensor& valid,
                        const at::Tensor& places) const {
    return synthesize_views(*inputs.input, inputs.views, {images, valid, places},
                            settings.precision);
  }

  /// Runs everything once on black images, so that the first batch takes what the others do.
  Result<void> warm_up(const SetupProgress& progress);
  /// What a network does in its first batches only: of noise, since answers are compared. One that
  /// fails with noise goes on without. Throws what ends more than that: no memory, a lost device.
  void prepare(Network& network, const InputGroup& inputs, const Canvas& canvas) const;

  /// Queues a range; `Output::queued` is what has to be waited for.
  Result<Output> attempt(const ShardRange& range, const SampleReader& reader,
                         const std::vector<SampleInfo>& samples, const BatchProgress& progress,
                         const View& condition, KeptImages* kept);
  /// Waits for a range that was queued, and finishes its predictions.
  void settle(Output& output, std::span<const SampleInfo> samples);
};

/// What of a range is still on its way when all of it is queued.
struct ShardComputer::Queued {
  explicit Queued(c10::Device device) : views(device), networks(device), downloads(device) {}

  /// A forward pass and the share of the views that it needs.
  struct Timed {
    std::size_t voter, view_piece;
    double view_share;
    bool full;
  };
  int batch = 0;
  Stopwatch views, networks, downloads;
  std::vector<Timed> timed;
};

}  // namespace plumbline
