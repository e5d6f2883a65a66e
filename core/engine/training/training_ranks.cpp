#include "core/engine/training/training_ranks.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/engine/inference/device.h"
#include "core/engine/inference/rank_device.h"
#include "core/engine/ranks/nccl_sum.h"

namespace plumbline {

namespace {

/// Between two looks for trouble, and what work that meets it itself has to say so.
constexpr std::chrono::milliseconds between_troubled_looks(200), to_say_it_itself(2000);

Error refusal(const RankEnvironment& ranks) {
  return {ErrorKind::device,
          "training with several ranks needs NCCL and a GPU for each rank: on the CPU they cannot "
          "add up their gradients",
          fmt::format("rank {} of {}", ranks.rank, ranks.world),
          "train with one process, without torchrun or srun"};
}

/// Of several ranks: the GPU of this one.
Result<std::string> gpu_of_rank(const RankEnvironment& ranks, const std::string& asked) {
  const auto device = device_of_rank(asked, ranks);
  TRY(device);
  if (device->is_cpu()) return tl::unexpected(refusal(ranks));
  return device->str();
}

}  // namespace

struct TrainingRanks::State {
  RankEnvironment who;
  std::string device;
  std::shared_ptr<RankStore> store;  ///< null: one process
  std::unique_ptr<RankSum> sum;
  bool agreed_to_stop = false, ended = false;
  std::jthread guard;  ///< last: stopped and joined before the rest goes

  /// Ends the process where there is trouble and the work does not end by itself: it may wait on
  /// the device for a rank that is gone.
  void guard_work(const std::stop_token& stop, Job& job) const {
    std::mutex waiting;
    std::condition_variable_any never;
    const auto wait = [&](std::chrono::milliseconds time) {
      std::unique_lock sleep(waiting);
      never.wait_for(sleep, stop, time, [] { return false; });
      return !stop.stop_requested();
    };
    while (wait(between_troubled_looks)) {
      const auto trouble = store->trouble();
      if (!trouble) continue;
      if (wait(to_say_it_itself)) job.end_process(*trouble);
      return;
    }
  }
};

TrainingRanks::TrainingRanks(std::unique_ptr<State> state) : state_(std::move(state)) {}
TrainingRanks::TrainingRanks(TrainingRanks&&) noexcept = default;
TrainingRanks& TrainingRanks::operator=(TrainingRanks&&) noexcept = default;
TrainingRanks::~TrainingRanks() = default;

Result<TrainingRanks> TrainingRanks::meet(const std::string& device) {
  auto who = rank_environment();
  TRY(who);
  auto state = std::make_unique<State>();
  state->who = std::move(*who);
  state->device = device;
  if (state->who.several()) {
    // What cannot be is said before anybody is waited for.
    if (device == "cpu" || !can_sum_by_nccl()) return tl::unexpected(refusal(state->who));
    const auto limits = RankLimits::of_environment();
    TRY(limits);
    auto store = RankStore::meet(state->who, *limits);
    TRY(store);
    state->store = std::move(*store);
    state->store->begin_watch();
    auto own = gpu_of_rank(state->who, device);
    if (!own) {
      state->store->give_up(own.error());
      return tl::unexpected(own.error());
    }
    state->device = std::move(*own);
  }
  return TrainingRanks(std::move(state));
}

int TrainingRanks::rank() const { return state_->who.rank; }
int TrainingRanks::count() const { return state_->who.world; }
const std::string& TrainingRanks::device() const { return state_->device; }
RankSum* TrainingRanks::sum() const { return state_->sum.get(); }
void TrainingRanks::agreed_to_stop() { state_->agreed_to_stop = true; }

Result<std::string> TrainingRanks::of_first(const std::string& key, const std::string& word) {
  if (!state_->store) return word;
  if (!first()) return state_->store->get("first/" + key);
  TRY(state_->store->set("first/" + key, word));
  return word;
}

Result<nlohmann::ordered_json> TrainingRanks::run_job(
    const JobOptions& options, const std::function<Result<nlohmann::ordered_json>(Job&)>& work) {
  if (first()) return plumbline::run_job(options, [&](Job& job) { return ended(work(job)); });
  Job unseen = Job::relayed({.take = [](auto&&...) {}, .control = {}});
  return ended(work(unseen));
}

Result<void> TrainingRanks::join(Job& job) {
  if (!state_->store) return {};
  state_->guard = std::jthread(
      [state = state_.get(), &job](const std::stop_token& stop) { state->guard_work(stop, job); });
  const auto device = parse_device(state_->device);
  TRY(device);
  auto sum = join_by_nccl(*state_->store, *device, [&] { return job.should_stop(); });
  TRY(sum);
  state_->sum = std::move(*sum);
  return {};
}

void TrainingRanks::end(Error* error) {
  State& state = *state_;
  if (!state.store || state.ended) return;
  state.ended = true;
  // Before the job that it speaks by is over, and before the last word, which is trouble to it.
  if (state.guard.joinable()) {
    state.guard.request_stop();
    state.guard.join();
  }
  const bool together = error && error->kind == ErrorKind::cancelled && state.agreed_to_stop;
  if (error && !together)
    state.store->give_up(*error);
  else
    state.store->leave();
  if (error && !first())
    error->where =
        fmt::format("rank {}{}{}", rank(), error->where.empty() ? "" : ": ", error->where);
}

}  // namespace plumbline
