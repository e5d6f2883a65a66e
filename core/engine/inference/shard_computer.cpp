#include "core/engine/inference/shard_computer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include "core/data/hash.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/batch_upload.h"
#include "core/engine/inference/device_failure.h"
#include "core/engine/inference/stopwatch.h"
#include "core/engine/inference/synthesize_views.h"

namespace plumbline {

namespace {

/// Voters of one range whose networks take the same input, on the same canvas: they share the
/// synthesized views.
struct InputGroup {
  const CardInput* input = nullptr;
  std::size_t canvas = 0;
  std::vector<View> views;
  struct Member {
    std::size_t row;    ///< in the range
    std::size_t voter;  ///< in the run
    std::int64_t view;  ///< in `views`
  };
  std::vector<Member> members;
};

template <class T>
std::size_t index_or_add(std::vector<T>& values, const T& value) {
  const auto found = static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  if (found == values.size()) values.push_back(value);
  return found;
}

/// A first warm-up of a model that is shorter is done twice, in seconds.
constexpr double worth_a_second_time = 2;

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
  if (range.places.empty()) return at::arange(first, first + count, at::kLong);
  at::Tensor places = at::empty({count}, at::kLong);
  std::copy_n(range.places.begin() + (first - range.first), count,
              places.mutable_data_ptr<std::int64_t>());
  return places;
}

bool same_normalisation(const CardInput& a, const CardInput& b) {
  return a.colour_order == b.colour_order && a.scale == b.scale && a.mean == b.mean &&
         a.std == b.std;
}

}  // namespace

struct ShardComputer::State {
  std::vector<VoterSetup> voters;
  std::shared_ptr<OutputHead> head;
  ComputerSettings settings;
  int batch;
  std::map<std::string, std::unique_ptr<Network>> networks;  ///< by the model's name
  std::vector<std::vector<double>> times;                    ///< per voter
  std::map<std::string, double> warm_up_seconds;             ///< of a batch, by the model's name
  std::map<std::string, Error> failed;                       ///< by the model's name
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

  Result<std::vector<InputGroup>> group(const ShardRange& range,
                                        std::vector<Canvas>& canvases) const {
    std::vector<InputGroup> groups;
    for (std::size_t row = 0; row < range.voters.size(); ++row) {
      const VoterSetup& setup = voters[range.voters[row]];
      const CardInput& input = setup.model->card.input;
      const auto divided = divide_view(input, setup.voter.view);
      TRY(divided);
      const std::size_t canvas = index_or_add(canvases, divided->canvas);
      auto found = std::ranges::find_if(groups, [&](const InputGroup& g) {
        return g.canvas == canvas && same_normalisation(*g.input, input);
      });
      if (found == groups.end()) {
        groups.push_back({&input, canvas, {}, {}});
        found = groups.end() - 1;
      }
      const auto view = static_cast<std::int64_t>(index_or_add(found->views, divided->rest));
      found->members.push_back({row, range.voters[row], view});
    }
    return groups;
  }

  /// What the images of a range are put on, by the models that are left.
  std::optional<std::vector<Canvas>> canvases_of(ShardRange range) const {
    std::erase_if(range.voters, [&](std::size_t v) { return !voters[v].model; });
    std::vector<Canvas> canvases;
    const auto groups = group(range, canvases);
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
  /// What a network does in its first batches only, on a GPU: of noise, since answers are compared.
  void prepare(Network& network, const InputGroup& inputs, const Canvas& canvas) const;

  /// Queues a range; `Output::queued` is what has to be waited for.
  Result<Output> attempt(const ShardRange& range, const SampleReader& reader,
                         const std::vector<SampleInfo>& samples, const BatchProgress& progress,
                         const View& condition);
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

ShardComputer::ShardComputer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ShardComputer::ShardComputer(ShardComputer&&) noexcept = default;
ShardComputer::~ShardComputer() = default;

void ShardComputer::load_ahead(const ShardRange& range, const SampleReader& reader,
                               std::shared_ptr<const std::vector<SampleInfo>> samples,
                               const View& condition) {
  state_->loaders.want({range, &reader, std::move(samples), condition});
}
DecodingCounts ShardComputer::decoded() const {
  DecodingCounts decoded = state_->decoded;
  decoded.threads = state_->loaders.thread_count();
  return decoded;
}

StageSeconds ShardComputer::stages() const {
  StageSeconds stages = state_->stages;
  stages.uploads = state_->uploads.seconds();
  return stages;
}
bool ShardComputer::runs_ahead() const { return state_->settings.device.is_cuda(); }

int ShardComputer::batch() const { return state_->batch; }
const std::map<std::string, Error>& ShardComputer::failed() const { return state_->failed; }
std::map<std::string, std::string> ShardComputer::remarks() const {
  std::map<std::string, std::string> remarks;
  for (const auto& [model, network] : state_->networks)
    if (auto remark = network->remark(); !remark.empty()) remarks.emplace(model, std::move(remark));
  return remarks;
}
double ShardComputer::first_guess(std::size_t voter) const {
  const VoterSetup& setup = state_->voters[voter];
  if (!setup.model) return 0;
  const auto found = state_->warm_up_seconds.find(setup.model->name);
  return found == state_->warm_up_seconds.end() ? 0 : found->second / state_->batch;
}
const std::vector<double>& ShardComputer::batch_times(std::size_t voter) const {
  return state_->times[voter];
}

std::vector<double> ShardComputer::time_batches(std::size_t voter, int size, int repeats) {
  const c10::InferenceMode inference;
  State& state = *state_;
  const VoterSetup& setup = state.voters[voter];
  if (!setup.model) return {};
  // A network is captured in a graph after some calls of a shape.
  const int unlike_others = state.settings.device.is_cuda() ? 5 : 1;
  std::vector<Canvas> canvases;
  const auto groups = state.group({0, size, {voter}}, canvases);
  if (!groups) return {};
  const Canvas& canvas = canvases.front();
  try {
    const at::Tensor images = at::zeros({size, canvas.height, canvas.width, canvas.channels},
                                        at::TensorOptions(state.settings.device)
                                            .dtype(canvas.eight_bit() ? at::kByte : at::kFloat));
    const at::Tensor places = at::arange(size, at::kLong);
    Network& network = *state.networks.at(setup.model->name);
    const auto output =
        state.head->begin(state.settings.run, {0, size, {voter}}, state.settings.device);
    std::vector<double> times;
    for (int i = 0; i < unlike_others + repeats; ++i) {
      Stopwatch watch(state.settings.device);
      watch.start();
      output->take(0, 0, network.forward(state.synthesize(groups->front(), images, {}, places)[0]));
      watch.stop();
      const auto taken = watch.take();
      if (i >= unlike_others) times.insert(times.end(), taken.begin(), taken.end());
    }
    return times;
  } catch (const std::exception&) {
    return {};  // the run's own batches have told what is wrong with it
  }
}

Result<std::unique_ptr<Network>> load_checked_network(const ModelInfo& model,
                                                      const ComputerSettings& settings) {
  const auto hash = hash_file(model.file);
  TRY(hash);
  if (*hash != model.hash)
    return bad_input("the model's file has changed since it was imported", model.file.string(),
                     "restore it, or import the new one under another name");
  auto network = load_network(model.file, model.card, settings.device, settings.precision,
                              model.trusted ? NativeCode::trusted : NativeCode::refused);
  TRY(network);
  TRY(check_against_card(**network, model.card, settings.device, settings.precision,
                         model.file.string()));
  return network;
}

Result<ShardComputer> ShardComputer::make(std::vector<VoterSetup> voters,
                                          std::shared_ptr<OutputHead> head,
                                          ComputerSettings settings, const NetworkLoader& load,
                                          const SetupProgress& progress) {
  const c10::InferenceMode inference;
  const int batch = settings.run.batch;
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): an aggregate
      new State{std::move(voters),
                std::move(head),
                settings,
                batch,
                {},
                {},
                {},
                {},
                {},
                {},
                BatchUpload(settings.device)});
  state->times.resize(state->voters.size());
  std::vector<const ModelInfo*> models;
  for (const VoterSetup& setup : state->voters)
    if (setup.model && std::ranges::none_of(models, [&](const ModelInfo* model) {
          return model->name == setup.model->name;
        }))
      models.push_back(setup.model);
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto total = static_cast<std::int64_t>(models.size());
    if (progress && progress("loading models", static_cast<std::int64_t>(i), total))
      return tl::unexpected(cancelled_error("go on with --resume"));
    auto network = load(*models[i], state->settings);
    if (network)
      state->networks.emplace(models[i]->name, std::move(*network));
    else
      state->give_up(models[i]->name, std::move(network.error()));
  }
  TRY(state->check_any_left());
  TRY(state->warm_up(progress));
  TRY(state->check_any_left());
  return ShardComputer(std::move(state));
}

void ShardComputer::State::prepare(Network& network, const InputGroup& inputs,
                                   const Canvas& canvas) const {
  if (!settings.device.is_cuda()) return;
  const auto options = at::TensorOptions(settings.device);
  at::Tensor noise = at::randint(256, {batch, canvas.height, canvas.width, canvas.channels},
                                 options.dtype(at::kByte));
  if (!canvas.eight_bit()) noise = noise.to(at::kFloat);
  InputGroup one = inputs;
  one.views.resize(1);  // all are of one shape
  network.prepare(synthesize(one, noise, {}, at::arange(batch, at::kLong))[0]);
}

Result<void> ShardComputer::State::warm_up(const SetupProgress& progress) {
  ShardRange all{0, batch, {}};
  for (std::size_t v = 0; v < voters.size(); ++v)
    if (voters[v].model) all.voters.push_back(v);
  std::vector<Canvas> canvases;
  const auto groups = group(all, canvases);
  TRY(groups);
  const auto total = static_cast<std::int64_t>(networks.size());
  for (const InputGroup& inputs : *groups) {
    const Canvas& canvas = canvases[inputs.canvas];
    at::Tensor views;
    for (const auto& member : inputs.members) {
      if (!voters[member.voter].model) continue;  // it has failed here or on another canvas
      const ModelInfo& model = *voters[member.voter].model;
      if (warm_up_seconds.contains(model.name)) continue;
      const auto done = static_cast<std::int64_t>(warm_up_seconds.size());
      if (progress && progress("warming up", done, total))
        return tl::unexpected(cancelled_error("go on with --resume"));
      const auto once = [&] {
        const auto begin = std::chrono::steady_clock::now();
        if (!views.defined()) {
          const auto type = canvas.eight_bit() ? at::kByte : at::kFloat;
          const at::Tensor images = at::zeros({batch, canvas.height, canvas.width, canvas.channels},
                                              at::TensorOptions(settings.device).dtype(type));
          views = synthesize(inputs, images, {}, at::arange(batch, at::kLong));
        }
        const auto output = head->begin(settings.run, {0, batch, {member.voter}}, settings.device);
        Stopwatch watch(settings.device);
        watch.start();
        output->take(0, 0, networks.at(model.name)->forward(views[member.view]));
        watch.stop();
        static_cast<void>(watch.take());  // waits for the device
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      };
      try {
        double seconds = once();
        // The first time has what is done only once in it; a second one costs little where that is
        // so, and tells it from a model that is slow.
        if (seconds < worth_a_second_time) seconds = std::min(seconds, once());
        warm_up_seconds[model.name] = seconds;
        prepare(*networks.at(model.name), inputs, canvas);
      } catch (const std::exception& exception) {
        if (auto lost = lost_device(settings.device, exception))
          return tl::unexpected(std::move(*lost));
        if (is_out_of_memory(exception))
          warm_up_seconds[model.name] = 0;  // the first shard halves the batch and says so
        else
          give_up(model.name, {ErrorKind::device,
                               fmt::format("the model '{}' fails with a batch of {}: {}",
                                           model.name, batch, error_cause(exception)),
                               model.file.string(),
                               {}});
      }
    }
  }
  if (progress && progress("warming up", total, total))
    return tl::unexpected(cancelled_error("go on with --resume"));
  return {};
}

Result<ShardComputer::Output> ShardComputer::State::attempt(const ShardRange& range,
                                                            const SampleReader& reader,
                                                            const std::vector<SampleInfo>& samples,
                                                            const BatchProgress& progress,
                                                            const View& condition) {
  std::vector<Canvas> canvases;
  const auto grouped = group(range, canvases);
  TRY(grouped);
  const std::vector<InputGroup>& groups = *grouped;
  const c10::Device device = settings.device;
  Output output;
  output.predictions = head->begin(settings.run, range, device);

  TRY(loaders.begin(device, settings.decoder));
  const auto loader = loaders.take(range, reader, samples, batch, canvases, condition);
  loaders.begin_wanted(batch, [&](const ShardRange& next) { return canvases_of(next); });
  auto queued = std::make_shared<Queued>(device);
  queued->batch = batch;
  std::size_t view_pieces = 0;
  DecodingCounts here;  // counted once, however often an attempt is made
  const auto next = [&] {
    const Seconds waited(stages.waiting_for_images);
    return loader->next();
  };
  while (auto loaded = next()) {
    const Seconds queueing(stages.queueing);
    const bool full = loaded->count == batch;
    const at::Tensor places = places_of(range, loaded->first, loaded->count);
    output.predictions->note_frames(loaded->first - range.first, loaded->frames);
    for (const InputGroup& inputs : groups) {
      const at::Tensor images = uploads.to_device(loaded->images[inputs.canvas]);
      queued->views.start();
      const at::Tensor views = synthesize(inputs, images, loaded->valid[inputs.canvas], places);
      queued->views.stop();
      uploads.used();
      const std::size_t view_piece = view_pieces++;
      for (const auto& member : inputs.members) {
        const std::string& model = voters[member.voter].model->name;
        queued->networks.start();
        try {
          output.predictions->take(member.row, loaded->first - range.first,
                                   networks.at(model)->forward(views[member.view]));
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
    here.by_device += loaded->by_device;
    here.by_host += loaded->count - loaded->by_device;
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
                                                   const View& condition) {
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
      return state_->attempt(range, reader, samples, report, condition);
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
