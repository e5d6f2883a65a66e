#include <algorithm>
#include <chrono>
#include <exception>

#include <ATen/ops/arange.h>
#include <fmt/format.h>

#include "core/engine/error_cause.h"
#include "core/engine/inference/device_failure.h"
#include "core/engine/inference/shard_computer_state.h"

namespace plumbline {

namespace {

/// A first warm-up of a model that is shorter is done twice, in seconds.
constexpr double worth_a_second_time = 2;

}  // namespace

void ShardComputer::State::prepare(Network& network, const InputGroup& inputs,
                                   const Canvas& canvas) const {
  const auto make_input = [&] {
    const at::Tensor noise = empty_images(canvas, batch, settings.device).random_(256);
    InputGroup one = inputs;
    one.views.resize(1);  // all are of one shape
    return synthesize(one, noise, {}, at::arange(batch, at::kLong))[0];
  };
  try {
    network.prepare(make_input);
  } catch (const std::exception& exception) {
    if (is_out_of_memory(exception) || lost_device(settings.device, exception)) throw;
  }
}

Result<void> ShardComputer::State::warm_up(const SetupProgress& progress) {
  ShardRange all{0, batch, {}};
  for (std::size_t v = 0; v < voters.size(); ++v)
    if (voters[v].model) all.voters.push_back(v);
  std::vector<Canvas> canvases;
  const auto groups = group_inputs(voters, all, canvases);
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
          const at::Tensor images = empty_images(canvas, batch, settings.device).zero_();
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

}  // namespace plumbline
