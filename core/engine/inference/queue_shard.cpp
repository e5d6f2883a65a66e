#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include "core/engine/error_cause.h"
#include "core/engine/inference/device_failure.h"
#include "core/engine/inference/filled_batch.h"
#include "core/engine/inference/kept_images.h"
#include "core/engine/inference/shard_computer_state.h"

namespace plumbline {

namespace {

/// What one model threw.
struct ModelFailure : std::runtime_error {
  ModelFailure(std::string named, const std::string& why)
      : std::runtime_error(why), model(std::move(named)) {}
  std::string model;
};

/// What ends the whole job: no other model would get an answer from the device either.
struct DeviceLoss : std::runtime_error {
  explicit DeviceLoss(Error found) : std::runtime_error(found.message), error(std::move(found)) {}
  Error error;
};

/// Of samples [first, first + count) of the range: int64 [count].
at::Tensor places_of(const ShardRange& range, std::int64_t first, std::int64_t count) {
  at::Tensor places = at::empty({count}, at::kLong);
  std::generate_n(places.mutable_data_ptr<std::int64_t>(), count,
                  [&, i = first - range.first]() mutable { return range.place(i++); });
  return places;
}

}  // namespace

Result<ShardComputer::Output> ShardComputer::State::attempt(
    const ShardRange& range, const SampleReader& reader, const std::vector<SampleInfo>& samples,
    const BatchProgress& progress, const View& condition, KeptImages* kept) {
  std::vector<Canvas> canvases;
  const auto grouped = group_inputs(voters, range, canvases);
  TRY(grouped);
  const std::vector<InputGroup>& groups = *grouped;
  const c10::Device device = settings.device;
  Output output;
  output.predictions = head->begin(settings.run, range, device);

  TRY(loaders.begin(device, settings.decoder));
  std::optional<KeptBatches> from_kept;
  std::unique_ptr<BatchLoader> loader;
  bool keeping = false;
  if (kept != nullptr && kept->has(range, canvases)) {
    from_kept.emplace(*kept, range, batch);
  } else {
    loader = loaders.take(range, reader, samples, batch, canvases, condition);
    keeping = kept != nullptr && kept->begin(range, canvases, device);
  }
  loaders.begin_wanted(batch, [&](const ShardRange& next) { return canvases_of(next); });
  auto queued = std::make_shared<Queued>(device);
  queued->batch = batch;
  std::size_t view_pieces = 0;
  DecodingCounts here;  // counted once, however often an attempt is made
  const auto next = [&] {
    const Seconds waited(stages.waiting_for_images);
    return loader ? loader->next() : from_kept->next();
  };
  while (auto loaded = next()) {
    const Seconds queueing(stages.queueing);
    const bool full = loaded->count == batch;
    const std::int64_t computed = settings.fills_batches ? batch : loaded->count;
    const at::Tensor places =
        filled_batch(places_of(range, loaded->first, loaded->count), computed);
    if (keeping) kept->note(*loaded);
    output.predictions->note_frames(loaded->first - range.first, loaded->frames);
    for (const InputGroup& inputs : groups) {
      const at::Tensor images = uploads.to_device(loaded->images[inputs.canvas]);
      if (keeping) kept->add(inputs.canvas, loaded->first, images);
      queued->views.start();
      const at::Tensor views =
          synthesize(inputs, filled_batch(images, computed),
                     filled_batch(loaded->valid[inputs.canvas], computed), places);
      queued->views.stop();
      uploads.used();
      const std::size_t view_piece = view_pieces++;
      for (const auto& member : inputs.members) {
        const std::string& model = voters[member.voter].model->name;
        queued->networks.start();
        try {
          output.predictions->take(
              member.row, loaded->first - range.first,
              first_rows(networks.at(model)->forward(views[member.view]), loaded->count, computed));
        } catch (const std::exception& exception) {
          if (is_out_of_memory(exception)) throw;
          if (auto lost = lost_device(device, exception)) throw DeviceLoss(std::move(*lost));
          throw ModelFailure(model, error_cause(exception));
        }
        queued->networks.stop();
        queued->timed.push_back(
            {member.voter, view_piece, 1 / static_cast<double>(inputs.views.size()), full});
      }
    }
    if (loader) {
      here.by_device += loaded->by_device;
      here.by_host += loaded->count - loaded->by_device;
    }
    std::ranges::move(loaded->failures, std::back_inserter(output.failures));
    progress(loaded->count * static_cast<std::int64_t>(range.voters.size()));
  }
  for (const LoadFailure& failure : output.failures) {
    const std::int64_t sample = failure.sample - range.first;
    if (failure.canvas == LoadFailure::every_canvas) {
      output.unread.push_back({sample, Unread::every_row});
      continue;
    }
    for (const InputGroup& inputs : groups)
      if (inputs.canvas == failure.canvas)
        for (const auto& member : inputs.members)
          output.unread.push_back({sample, static_cast<int>(member.row)});
  }
  output.voters = range.voters;
  queued->downloads.start();
  output.predictions->begin_download();
  queued->downloads.stop();
  output.queued = std::move(queued);
  decoded.by_device += here.by_device;
  decoded.by_host += here.by_host;
  return output;
}

void ShardComputer::State::settle(Output& output, std::span<const SampleInfo> samples) {
  const auto queued = std::exchange(output.queued, nullptr);
  std::vector<double> downloads;
  {
    const Seconds waited(stages.waiting_for_device);
    downloads = queued->downloads.take();
  }
  {
    const Seconds finishing(stages.finishing);
    output.predictions->finish(samples, output.unread);
  }
  const auto view_times = queued->views.take(), forward_times = queued->networks.take();
  // What came before the batch was halved is of another size.
  if (queued->batch == batch)
    for (std::size_t i = 0; i < queued->timed.size(); ++i) {
      const auto& timed = queued->timed[i];
      if (timed.full)
        times[timed.voter].push_back(forward_times[i] +
                                     view_times[timed.view_piece] * timed.view_share);
    }
  const auto seconds = [](const std::vector<double>& ms) {
    return std::accumulate(ms.begin(), ms.end(), 0.0) / 1000;
  };
  stages.views += seconds(view_times);
  stages.networks += seconds(forward_times);
  stages.downloads += seconds(downloads);
}

Result<ShardComputer::Output> ShardComputer::compute(const ShardRange& range,
                                                     const SampleReader& reader,
                                                     const std::vector<SampleInfo>& samples,
                                                     const BatchProgress& progress,
                                                     const View& condition) {
  auto output = queue(range, reader, samples, progress, condition);
  TRY(output);
  TRY(settle(*output, samples));
  return output;
}

Result<void> ShardComputer::settle(Output& output, const std::vector<SampleInfo>& samples) {
  if (!output.queued) return {};
  const c10::InferenceMode inference;
  try {
    state_->settle(output, samples);
    return {};
  } catch (const std::exception& exception) {
    if (auto lost = lost_device(state_->settings.device, exception))
      return tl::unexpected(std::move(*lost));
    return fail(ErrorKind::device, error_cause(exception), "",
                "the files that are finished are kept: resume when the cause is removed");
  }
}

Result<ShardComputer::Output> ShardComputer::queue(const ShardRange& asked,
                                                   const SampleReader& reader,
                                                   const std::vector<SampleInfo>& samples,
                                                   const BatchProgress& progress,
                                                   const View& condition, KeptImages* kept) {
  const c10::InferenceMode inference;
  ShardRange range = asked;
  for (bool again = false;; again = true) {
    if (again) state_->loaders.drop();  // what is computed again comes before it
    std::erase_if(range.voters, [&](std::size_t v) { return !state_->voters[v].model; });
    if (range.voters.empty()) {
      TRY(state_->check_any_left());
      return Output{};
    }
    std::int64_t reported = 0;
    try {
      const auto report = [&](std::int64_t predictions) {
        reported += predictions;
        progress(predictions);
      };
      return state_->attempt(range, reader, samples, report, condition, kept);
    } catch (const DeviceLoss& loss) {
      return tl::unexpected(loss.error);
    } catch (const ModelFailure& failure) {
      // The others' part of the range is computed again, without it.
      progress(-reported);
      state_->give_up(
          failure.model,
          {ErrorKind::device,
           fmt::format("the model '{}' fails: {}", failure.model, failure.what()), failure.model,
           "the finished files are kept: remove the cause, then resume"});
    } catch (const std::exception& exception) {
      if (auto lost = lost_device(state_->settings.device, exception))
        return tl::unexpected(std::move(*lost));
      if (is_out_of_memory(exception)) {
        if (state_->batch == 1)
          return fail(ErrorKind::device, "out of memory with a batch of one", "",
                      error_cause(exception));
        progress(-reported);
        state_->batch /= 2;
        for (auto& times : state_->times) times.clear();
#ifdef PLUMBLINE_CUDA
        c10::cuda::CUDACachingAllocator::emptyCache();
#endif
        continue;
      }
      return fail(ErrorKind::device, error_cause(exception), "",
                  "the finished files are kept: remove the cause, then resume");
    }
  }
}

}  // namespace plumbline
