#include "core/engine/inference/voter_energy.h"

#include <memory>
#include <utility>

#include <ATen/ops/arange.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include "core/engine/error_cause.h"
#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/device_energy.h"
#include "core/engine/inference/device_failure.h"
#include "core/engine/inference/stopwatch.h"
#include "core/engine/inference/synthesize_views.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

constexpr std::int64_t per_images = 1000;

/// One voter's batch, on the device.
struct VoterBatch {
  const CardInput* input = nullptr;
  View rest;
  CanvasBatch canvas;
};

/// The images of the run's first samples, one after the other again where there are fewer than a
/// batch.
Result<VoterBatch> load_voter_batch(const SampleReader& reader,
                                    const std::vector<SampleInfo>& samples, const VoterSetup& setup,
                                    int batch, c10::Device device) {
  VoterBatch made;
  made.input = &setup.model->card.input;
  const auto divided = divide_view(*made.input, setup.voter.view);
  TRY(divided);
  made.rest = divided->rest;
  BatchLoader loader(reader, samples, 0, batch, {divided->canvas}, device.is_cuda());
  const auto loaded = loader.next();
  if (!loaded) return bad_input("the split has no image", setup.voter.model);
  const at::Tensor places = at::arange(batch, at::kLong);
  const at::Tensor rows = places.remainder(loaded->count);
  made.canvas.images = loaded->images.front().index_select(0, rows).to(device);
  if (loaded->valid.front().defined())
    made.canvas.valid = loaded->valid.front().index_select(0, rows);
  made.canvas.places = places;
  return made;
}

class VoterMeter {
 public:
  VoterMeter(const RunPlan& plan, const EnergyMeter& meter, Job& job, const SampleReader& reader,
             const std::vector<SampleInfo>& samples)
      : plan_(plan), meter_(meter), job_(job), reader_(reader), samples_(samples) {}

  /// A voter's energy, with the batch that the run has or the largest half of it that fits.
  Result<VoterEnergy> measure(std::size_t voter, Network& network, double idle_watts) {
    for (int batch = plan_.run.batch;; batch /= 2) {
      try {
        auto measured = measure(voter, network, idle_watts, batch);
        TRY(measured);
        return measured;
      } catch (const std::exception& exception) {
        if (auto lost = lost_device(plan_.device, exception)) {
          lost_ = true;
          return tl::unexpected(std::move(*lost));
        }
        if (!is_out_of_memory(exception)) return fail(ErrorKind::device, error_cause(exception));
        if (batch == 1)
          return fail(ErrorKind::device, "out of memory with a batch of one", "",
                      error_cause(exception));
#ifdef PLUMBLINE_CUDA
        c10::cuda::CUDACachingAllocator::emptyCache();
#endif
        job_.warning("memory",
                     fmt::format("the device's memory does not suffice for batches of {}; energy "
                                 "is measured with {}",
                                 batch, batch / 2),
                     to_string(plan_.run.voters[voter]));
      }
    }
  }

  /// Whether the last error was that of a device that no other voter will get an answer from.
  bool lost() const { return lost_; }

 private:
  Result<VoterEnergy> measure(std::size_t voter, Network& network, double idle_watts, int batch) {
    const auto loaded =
        load_voter_batch(reader_, samples_, plan_.voters[voter], batch, plan_.device);
    TRY(loaded);
    const SteadyWork work = [&](std::int64_t times) -> Result<void> {
      Stopwatch watch(plan_.device);
      watch.start();
      for (std::int64_t i = 0; i < times; ++i) {
        const at::Tensor views = synthesize_views(*loaded->input, std::span(&loaded->rest, 1),
                                                  loaded->canvas, plan_.precision);
        const auto output = plan_.head->begin(plan_.run, {0, batch, {voter}}, plan_.device);
        output->take(0, 0, network.forward(views[0]));
      }
      watch.stop();
      static_cast<void>(watch.take());  // waits for the device
      return {};
    };
    TRY(work(1));  // what is done only once is no part of steady work
    const auto measured = measure_work_energy(meter_.counter, work, batch, meter_.windows);
    TRY(measured);
    constexpr auto images = static_cast<double>(per_images);
    return VoterEnergy{images * measured->joules,
                       images * measured->spread,
                       images * measured->idle_joules(idle_watts),
                       images * measured->seconds,
                       batch,
                       measured->repeats};
  }

  const RunPlan& plan_;
  const EnergyMeter& meter_;
  Job& job_;
  const SampleReader& reader_;
  const std::vector<SampleInfo>& samples_;
  bool lost_ = false;
};

}  // namespace

Result<RunEnergies> measure_voter_energies(const Study& study, const RunPlan& plan,
                                           const EnergyMeter& meter, double idle_watts, Job& job,
                                           const NetworkLoader& load) {
  const c10::InferenceMode inference;
  const auto reader = study.reader(plan.run.dataset);
  TRY(reader);
  const auto samples = study.samples(plan.run.dataset, plan.run.splits.front(), 0, plan.run.batch);
  TRY(samples);
  RunEnergies energies;
  energies.device = device_name(plan.device);
  energies.source = meter.counter.source;
  energies.measured_at = now_in_utc();
  const std::size_t count = plan.voters.size();
  energies.voters.resize(count);
  energies.reasons.resize(count);
  const auto total = static_cast<std::int64_t>(count) + 1;
  energies.idle_watts = idle_watts;
  VoterMeter voters(plan, meter, job, *reader, *samples);
  const ComputerSettings settings{plan.run, plan.device, plan.precision};
  // One network is held at a time: voters of one model follow each other.
  std::string held;
  std::unique_ptr<Network> network;
  std::string not_loaded;
  for (std::size_t v = 0; v < count; ++v) {
    job.progress("measuring energy", static_cast<std::int64_t>(v) + 1, total, "voters");
    const ModelInfo* model = plan.voters[v].model;
    if (plan.imported[v] || model == nullptr) {
      energies.reasons[v] = "its predictions were computed elsewhere";
      continue;
    }
    if (held != model->name) {
      held = model->name;
      network.reset();
      not_loaded.clear();
      auto loaded = load(*model, settings);
      if (loaded) {
        network = std::move(*loaded);
      } else {
        not_loaded = to_string(loaded.error());
        job.warning("energy", "it was not measured: " + not_loaded, model->name);
      }
    }
    if (!network) {
      energies.reasons[v] = not_loaded;
      continue;
    }
    auto energy = voters.measure(v, *network, energies.idle_watts);
    if (energy) {
      energies.voters[v] = *energy;
      continue;
    }
    if (voters.lost() || energy.error().kind == ErrorKind::cancelled)
      return tl::unexpected(std::move(energy.error()));
    energies.reasons[v] = to_string(energy.error());
    job.warning("energy", "it was not measured: " + energies.reasons[v],
                to_string(plan.run.voters[v]));
  }
  return energies;
}

Result<std::string> measure_run_energies(const Study& study, const RunPlan& plan, Job& job) {
  const auto without = [&](const Error& error) {
    std::string reason = to_string(error);
    job.warning("energy", "no energy is measured: " + reason, device_name(plan.device));
    return reason;
  };
  auto counter = open_energy_counter(plan.device);
  if (!counter) return without(counter.error());
  const EnergyMeter meter{std::move(*counter),
                          real_time_windows([&job] { return job.should_stop(); })};
  job.progress("measuring energy at rest", 0, static_cast<std::int64_t>(plan.voters.size()) + 1,
               "voters");
  TRY(wake_device(plan.device));
  const auto idle = measure_idle_draw(meter.counter, meter.windows);
  if (!idle && idle.error().kind == ErrorKind::cancelled) return tl::unexpected(idle.error());
  // A counter that stands still is no counter: as of a virtual machine.
  if (!idle) return without(idle.error());
  const auto energies = measure_voter_energies(study, plan, meter, idle->median, job);
  TRY(energies);
  const auto run = study.run(plan.run.name);
  TRY(run);
  TRY(write_run_energies(study, *run, *energies));
  return std::string();
}

}  // namespace plumbline
