#include "core/engine/inference/shard_computer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include "core/engine/first_line.h"
#include "core/engine/inference/stopwatch.h"
#include "kernels/view_synthesis.h"

namespace plumbline {

namespace {

struct LoadedModel {
  std::unique_ptr<Network> network;
  const ModelInfo* info = nullptr;
  bool probabilities = false;
  bool same_classes = false;  ///< the model's classes are the data set's, in their order
  at::Tensor to_dataset;      ///< int64, on the device
};

/// Voters of one task whose networks take the same input, on the same canvas: they share the
/// synthesized views.
struct InputGroup {
  const CardInput* input = nullptr;
  std::size_t canvas = 0;
  std::vector<View> views;
  struct Member {
    std::size_t row;    ///< in the task
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

/// Log-probabilities in the data set's order of classes, in float32 whatever the network computed
/// in.
at::Tensor class_log_probs(const LoadedModel& model, const at::Tensor& output, int classes) {
  const at::Tensor values = output.to(at::kFloat);
  at::Tensor log_probs = model.probabilities ? values.log() : at::log_softmax(values, 1);
  if (model.same_classes && log_probs.size(1) == classes) return log_probs;
  at::Tensor spread = at::full({log_probs.size(0), classes},
                               -std::numeric_limits<float>::infinity(), log_probs.options());
  return spread.index_copy_(1, model.to_dataset, log_probs);
}

template <class T>
void copy_out(const at::Tensor& tensor, std::vector<T>& out) {
  const at::Tensor host = tensor.to(at::kCPU).contiguous();
  std::copy_n(host.const_data_ptr<T>(), out.size(), out.begin());
}

}  // namespace

struct ShardComputer::State {
  std::vector<VoterSetup> voters;
  int classes, batch;
  c10::Device device;
  Precision precision;
  std::map<std::string, LoadedModel> models;
  std::vector<std::vector<double>> times;

  Result<std::vector<InputGroup>> group(const ShardTask& task,
                                        std::vector<Canvas>& canvases) const {
    std::vector<InputGroup> groups;
    for (std::size_t row = 0; row < task.voters.size(); ++row) {
      const VoterSetup& setup = voters[task.voters[row]];
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
      found->members.push_back({row, task.voters[row], view});
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
        scalar_type(precision), facts);
  }

  /// Runs everything once on black images, so that the first batch takes what the others do.
  Result<void> warm_up() const;

  Result<std::optional<Output>> attempt(const ShardTask& task, const SampleReader& reader,
                                        const std::vector<SampleInfo>& samples,
                                        const BatchProgress& progress);
};

ShardComputer::ShardComputer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ShardComputer::ShardComputer(ShardComputer&&) noexcept = default;
ShardComputer::~ShardComputer() = default;

int ShardComputer::batch() const { return state_->batch; }
const std::vector<double>& ShardComputer::batch_times(std::size_t voter) const {
  return state_->times[voter];
}

Result<ShardComputer> ShardComputer::make(std::vector<VoterSetup> voters, int classes, int batch,
                                          c10::Device device, Precision precision) {
  const c10::InferenceMode inference;
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): an aggregate
      new State{std::move(voters), classes, batch, device, precision, {}, {}});
  state->times.resize(state->voters.size());
  for (const VoterSetup& setup : state->voters) {
    if (!setup.model || state->models.contains(setup.model->name)) continue;
    const ModelInfo& info = *setup.model;
    auto network = load_network(info.file, info.card, device, precision);
    TRY(network);
    // The file may have changed since its import.
    TRY(check_against_card(**network, info.card, device, precision, info.file.string()));
    LoadedModel model{std::move(*network), &info, info.card.output_kind == "probabilities"};
    std::vector<std::int64_t> to_dataset(setup.to_dataset.begin(), setup.to_dataset.end());
    model.same_classes = true;
    for (std::size_t i = 0; i < to_dataset.size(); ++i)
      model.same_classes &= to_dataset[i] == static_cast<std::int64_t>(i);
    model.to_dataset = at::empty({static_cast<std::int64_t>(to_dataset.size())}, at::kLong);
    std::copy(to_dataset.begin(), to_dataset.end(),
              model.to_dataset.mutable_data_ptr<std::int64_t>());
    model.to_dataset = model.to_dataset.to(device);
    state->models.emplace(info.name, std::move(model));
  }
  TRY(state->warm_up());
  return ShardComputer(std::move(state));
}

Result<void> ShardComputer::State::warm_up() const {
  ShardTask all;
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
      const LoadedModel& model = models.at(voters[member.voter].model->name);
      if (!done.insert(model.info->name).second) continue;
      try {
        if (!views.defined()) {
          const auto type = canvas.eight_bit() ? at::kByte : at::kFloat;
          const at::Tensor images = at::zeros({batch, canvas.height, canvas.width, canvas.channels},
                                              at::TensorOptions(device).dtype(type));
          views = synthesize(inputs, images, {}, 0);
        }
        class_log_probs(model, model.network->forward(views[member.view]), classes).max(1);
      } catch (const c10::OutOfMemoryError&) {
        // The first shard halves the batch and says so.
        continue;
      } catch (const std::exception& exception) {
        return fail(ErrorKind::device, first_line(exception), model.info->file.string());
      }
    }
  }
  return {};
}

Result<std::optional<ShardComputer::Output>> ShardComputer::State::attempt(
    const ShardTask& task, const SampleReader& reader, const std::vector<SampleInfo>& samples,
    const BatchProgress& progress) {
  std::vector<Canvas> canvases;
  const auto grouped = group(task, canvases);
  TRY(grouped);
  const std::vector<InputGroup>& groups = *grouped;
  const auto rows = static_cast<std::int64_t>(task.voters.size());
  const auto count = static_cast<std::int64_t>(samples.size());
  const auto on_device = at::TensorOptions(device).dtype(at::kFloat);
  at::Tensor log_probs = at::empty({rows, count, classes}, on_device);
  at::Tensor confidence = at::empty({rows, count}, on_device);
  at::Tensor predicted = at::empty({rows, count}, on_device.dtype(at::kInt));

  BatchLoader loader(reader, samples, task.first, batch, canvases, device.is_cuda());
  Stopwatch view_watch(device), forward_watch(device);
  Output output;
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
    const auto first = loaded->first - task.first;
    const bool full = loaded->count == batch;
    for (const InputGroup& inputs : groups) {
      const at::Tensor images = loaded->images[inputs.canvas].to(device, /*non_blocking=*/true);
      view_watch.start();
      const at::Tensor views =
          synthesize(inputs, images, loaded->valid[inputs.canvas], loaded->first);
      view_watch.stop();
      const std::size_t view_piece = view_pieces++;
      for (const auto& member : inputs.members) {
        const LoadedModel& model = models.at(voters[member.voter].model->name);
        const auto row = static_cast<std::int64_t>(member.row);
        forward_watch.start();
        const at::Tensor batch_log_probs =
            class_log_probs(model, model.network->forward(views[member.view]), classes);
        const auto [top, top_class] = batch_log_probs.max(1);
        forward_watch.stop();
        timed.push_back(
            {member.voter, view_piece, 1 / static_cast<double>(inputs.views.size()), full});
        log_probs[row].narrow(0, first, loaded->count).copy_(batch_log_probs);
        confidence[row].narrow(0, first, loaded->count).copy_(top.exp());
        predicted[row].narrow(0, first, loaded->count).copy_(top_class);
      }
    }
    if (device.is_cuda())
      in_flight.insert(in_flight.end(), loaded->images.begin(), loaded->images.end());
    std::ranges::move(loaded->failures, std::back_inserter(output.failures));
    if (!progress(loaded->count * rows)) return std::optional<Output>();
  }

  ShardContent& content = output.content;
  content.first = task.first;
  content.count = count;
  content.classes = classes;
  for (const std::size_t voter : task.voters) content.voters.push_back(voters[voter].voter);
  allocate(content);
  copy_out(predicted, content.predicted);
  copy_out(confidence, content.confidence);
  copy_out(log_probs, content.log_probs);
  const auto width = static_cast<std::size_t>(classes);
  for (const LoadFailure& failure : output.failures)
    for (std::size_t row = 0; row < task.voters.size(); ++row) {
      const auto cell =
          row * samples.size() + static_cast<std::size_t>(failure.sample - task.first);
      content.predicted[cell] = -1;
      content.confidence[cell] = 0;
      std::fill_n(content.log_probs.begin() + static_cast<std::ptrdiff_t>(cell * width), width,
                  -std::numeric_limits<float>::infinity());
    }
  for (std::size_t cell = 0; cell < content.predicted.size(); ++cell) {
    const ClassIndex label = samples[cell % samples.size()].label;
    if (label < width && content.predicted[cell] >= 0)
      content.log_prob_label[cell] = content.log_probs[cell * width + label];
  }

  const auto view_times = view_watch.take(), forward_times = forward_watch.take();
  for (std::size_t i = 0; i < timed.size(); ++i)
    if (timed[i].full)
      times[timed[i].voter].push_back(forward_times[i] +
                                      view_times[timed[i].view_piece] * timed[i].view_share);
  return std::optional(std::move(output));
}

Result<std::optional<ShardComputer::Output>> ShardComputer::compute(
    const ShardTask& task, const SampleReader& reader, const std::vector<SampleInfo>& samples,
    const BatchProgress& progress) {
  const c10::InferenceMode inference;
  while (true) {
    std::int64_t reported = 0;
    try {
      return state_->attempt(task, reader, samples, [&](std::int64_t predictions) {
        reported += predictions;
        return progress(predictions);
      });
    } catch (const c10::OutOfMemoryError& exception) {
      if (state_->batch == 1)
        return fail(ErrorKind::device, "out of memory with a batch of one", "",
                    first_line(exception));
      progress(-reported);
      state_->batch /= 2;
      for (auto& times : state_->times) times.clear();
#ifdef PLUMBLINE_CUDA
      c10::cuda::CUDACachingAllocator::emptyCache();
#endif
    } catch (const std::exception& exception) {
      return fail(ErrorKind::device, first_line(exception), "",
                  "the files that are finished are kept: resume when the cause is removed");
    }
  }
}

}  // namespace plumbline
