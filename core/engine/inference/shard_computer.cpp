#include "core/engine/inference/shard_computer.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/arange.h>
#include <c10/core/InferenceMode.h>

#include "core/data/hash.h"
#include "core/engine/inference/shard_computer_state.h"

namespace plumbline {

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
  const auto groups = group_inputs(state.voters, {0, size, {voter}}, canvases);
  if (!groups) return {};
  const Canvas& canvas = canvases.front();
  try {
    const at::Tensor images = empty_images(canvas, size, state.settings.device).zero_();
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
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): an aggregate
      new State{.voters = std::move(voters),
                .head = std::move(head),
                .settings = settings,
                .batch = settings.run.batch,
                .uploads = BatchUpload(settings.device)});
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

}  // namespace plumbline
