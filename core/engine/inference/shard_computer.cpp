#include "core/engine/inference/shard_computer.h"

#include <algorithm>
#include <map>
#include <set>

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include "core/engine/error_cause.h"
#include "core/engine/inference/stopwatch.h"
#include "kernels/view_synthesis.h"

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
  const ModelInfo* asked = nullptr;                          ///< for errors: who ran last

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

  /// [views, batch, …] of a group, normalised, in the networks' type. `valid` may be undefined.
  at::Tensor synthesize(const InputGroup& inputs, const at::Tensor& images, const at::Tensor& valid,
                        std::int64_t first) const {
    std::vector<std::vector<ViewStep>> steps;
    for (const View& view : inputs.views)
      steps.emplace_back(view.steps().begin(), view.steps().end());
    const CardInput& input = *inputs.input;
    const kernels::BatchFacts facts{
        at::arange(first, first + images.size(0), at::kLong), valid,
        input.resize.interpolation == Interpolation::bilinear_antialias};
    return kernels::view_synthesis(
        images, steps, {input.scale, input.mean, input.std, input.colour_order == "BGR"},
        scalar_type(settings.precision), facts);
  }

  /// Runs everything once on black images, so that the first batch takes what the others do.
  Result<void> warm_up() const;

  Result<Output> attempt(const ShardRange& range, const SampleReader& reader,
                         const std::vector<SampleInfo>& samples, const BatchProgress& progress);
};

ShardComputer::ShardComputer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ShardComputer::ShardComputer(ShardComputer&&) noexcept = default;
ShardComputer::~ShardComputer() = default;

int ShardComputer::batch() const { return state_->batch; }
const std::vector<double>& ShardComputer::batch_times(std::size_t voter) const {
  return state_->times[voter];
}

Result<std::unique_ptr<Network>> load_checked_network(const ModelInfo& model,
                                                      const ComputerSettings& settings) {
  auto network = load_network(model.file, model.card, settings.device, settings.precision);
  TRY(network);
  TRY(check_against_card(**network, model.card, settings.device, settings.precision,
                         model.file.string()));
  return network;
}

Result<ShardComputer> ShardComputer::make(std::vector<VoterSetup> voters,
                                          std::shared_ptr<OutputHead> head,
                                          ComputerSettings settings, const NetworkLoader& load) {
  const c10::InferenceMode inference;
  const int batch = settings.run.batch;
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): an aggregate
      new State{std::move(voters), std::move(head), std::move(settings), batch, {}, {}, nullptr});
  state->times.resize(state->voters.size());
  for (const VoterSetup& setup : state->voters) {
    if (!setup.model || state->networks.contains(setup.model->name)) continue;
    auto network = load(*setup.model, state->settings);
    TRY(network);
    state->networks.emplace(setup.model->name, std::move(*network));
  }
  TRY(state->warm_up());
  return ShardComputer(std::move(state));
}

Result<void> ShardComputer::State::warm_up() const {
  ShardRange all{0, batch, {}};
  for (std::size_t v = 0; v < voters.size(); ++v)
    if (voters[v].model) all.voters.push_back(v);
  std::vector<Canvas> canvases;
  const auto groups = group(all, canvases);
  TRY(groups);
  for (const InputGroup& inputs : *groups) {
    const Canvas& canvas = canvases[inputs.canvas];
    std::set<std::string> done;
    at::Tensor views;
    for (const auto& member : inputs.members) {
      const ModelInfo& model = *voters[member.voter].model;
      if (!done.insert(model.name).second) continue;
      try {
        if (!views.defined()) {
          const auto type = canvas.eight_bit() ? at::kByte : at::kFloat;
          const at::Tensor images = at::zeros({batch, canvas.height, canvas.width, canvas.channels},
                                              at::TensorOptions(settings.device).dtype(type));
          views = synthesize(inputs, images, {}, 0);
        }
        const auto output = head->begin(settings.run, {0, batch, {member.voter}}, settings.device);
        output->take(0, 0, networks.at(model.name)->forward(views[member.view]));
      } catch (const c10::OutOfMemoryError&) {
        // The first shard halves the batch and says so.
        continue;
      } catch (const std::exception& exception) {
        return fail(ErrorKind::device,
                    fmt::format("the model '{}' fails with a batch of {}: {}", model.name, batch,
                                error_cause(exception)),
                    model.file.string());
      }
    }
  }
  return {};
}

Result<ShardComputer::Output> ShardComputer::State::attempt(const ShardRange& range,
                                                            const SampleReader& reader,
                                                            const std::vector<SampleInfo>& samples,
                                                            const BatchProgress& progress) {
  std::vector<Canvas> canvases;
  const auto grouped = group(range, canvases);
  TRY(grouped);
  const std::vector<InputGroup>& groups = *grouped;
  const c10::Device device = settings.device;
  Output output;
  output.predictions = head->begin(settings.run, range, device);

  BatchLoader loader(reader, samples, range.first, batch, canvases, device.is_cuda());
  Stopwatch view_watch(device), forward_watch(device);
  // A forward pass and the share of the views that it needs.
  struct Timed {
    std::size_t voter, view_piece;
    double view_share;
    bool full;
  };
  std::vector<Timed> timed;
  std::size_t view_pieces = 0;
  // Pinned pixels must outlive the copies that are under way.
  std::vector<at::Tensor> in_flight;
  while (auto loaded = loader.next()) {
    const bool full = loaded->count == batch;
    for (const InputGroup& inputs : groups) {
      const at::Tensor images = loaded->images[inputs.canvas].to(device, /*non_blocking=*/true);
      view_watch.start();
      const at::Tensor views =
          synthesize(inputs, images, loaded->valid[inputs.canvas], loaded->first);
      view_watch.stop();
      const std::size_t view_piece = view_pieces++;
      for (const auto& member : inputs.members) {
        asked = &*voters[member.voter].model;
        Network& network = *networks.at(asked->name);
        forward_watch.start();
        output.predictions->take(member.row, loaded->first - range.first,
                                 network.forward(views[member.view]));
        forward_watch.stop();
        timed.push_back(
            {member.voter, view_piece, 1 / static_cast<double>(inputs.views.size()), full});
      }
    }
    if (device.is_cuda())
      in_flight.insert(in_flight.end(), loaded->images.begin(), loaded->images.end());
    std::ranges::move(loaded->failures, std::back_inserter(output.failures));
    progress(loaded->count * static_cast<std::int64_t>(range.voters.size()));
  }
  std::vector<std::int64_t> unread;
  for (const LoadFailure& failure : output.failures) unread.push_back(failure.sample - range.first);
  output.predictions->finish(samples, unread);

  const auto view_times = view_watch.take(), forward_times = forward_watch.take();
  for (std::size_t i = 0; i < timed.size(); ++i)
    if (timed[i].full)
      times[timed[i].voter].push_back(forward_times[i] +
                                      view_times[timed[i].view_piece] * timed[i].view_share);
  return output;
}

Result<ShardComputer::Output> ShardComputer::compute(const ShardRange& range,
                                                     const SampleReader& reader,
                                                     const std::vector<SampleInfo>& samples,
                                                     const BatchProgress& progress) {
  const c10::InferenceMode inference;
  while (true) {
    std::int64_t reported = 0;
    try {
      return state_->attempt(range, reader, samples, [&](std::int64_t predictions) {
        reported += predictions;
        progress(predictions);
      });
    } catch (const c10::OutOfMemoryError& exception) {
      if (state_->batch == 1)
        return fail(ErrorKind::device, "out of memory with a batch of one", "",
                    error_cause(exception));
      progress(-reported);
      state_->batch /= 2;
      for (auto& times : state_->times) times.clear();
#ifdef PLUMBLINE_CUDA
      c10::cuda::CUDACachingAllocator::emptyCache();
#endif
    } catch (const std::exception& exception) {
      const ModelInfo* model = state_->asked;
      return fail(ErrorKind::device,
                  model
                      ? fmt::format("the model '{}' fails: {}", model->name, error_cause(exception))
                      : error_cause(exception),
                  model ? model->file.string() : "",
                  "the files that are finished are kept: resume when the cause is removed");
    }
  }
}

}  // namespace plumbline
