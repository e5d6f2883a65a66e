#include "core/engine/planer/energy_profile.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/inference/stopwatch.h"
#include "core/engine/planer/profile_works.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

constexpr double per_tokens = 1000;

/// `parts`: how many of what is asked about the work did each time.
TokenEnergy for_1000_tokens(const MeasuredEnergy& measured, double idle_watts, double parts = 1) {
  return {per_tokens * measured.joules / parts, per_tokens * measured.spread / parts,
          per_tokens * measured.idle_joules(idle_watts) / parts, measured.repeats};
}

/// Repeats the work and waits for the device.
SteadyWork steady(RepeatedWork& work, c10::Device device) {
  return [&work, device](std::int64_t times) -> Result<void> {
    Stopwatch watch(device);
    watch.start();
    for (std::int64_t i = 0; i < times; ++i) work.run();
    watch.stop();
    static_cast<void>(watch.take());  // waits for the device
    return {};
  };
}

}  // namespace

double energy_table_seconds(const BackboneConfig& config, const StepSettings& settings,
                            const EnergyWindows& windows) {
  int works = 3;  // embedding, softmax, the baseline
  for (const OptionIndex option : usable_options(config))
    works += option != skip_option && is_measurable(config, option, settings);
  return works * (windows.settle + windows.repeats * windows.seconds);
}

Result<EnergyTable> measure_energy_table(const BackboneConfig& config, const StepSettings& settings,
                                         const StepMeter& meter,
                                         const std::function<void(int, int)>& progress) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  EnergyTable table;
  table.key = settings.key();
  table.config = config;
  table.options.resize(slot_options().size());
  table.options[skip_option] = TokenEnergy{};
  table.idle_watts = meter.idle_watts;
  table.source = meter.meter.counter.source;
  ProfileWorks profiled(config, settings, [](int, int) {});
  const int total = static_cast<int>(profiled.options().size()) + 3;
  int done = 0;
  const auto measure = [&](std::size_t work) -> Result<TokenEnergy> {
    progress(done++, total);
    const auto measured =
        measure_work_energy(meter.meter.counter, steady(profiled.works()[work], settings.device),
                            settings.batch * settings.length, meter.meter.windows);
    TRY(measured);
    return for_1000_tokens(*measured, meter.idle_watts, static_cast<double>(profiled.parts(work)));
  };
  for (std::size_t i = 0; i < profiled.options().size(); ++i) {
    const auto energy = measure(i);
    TRY(energy);
    table.options[profiled.options()[i]] = *energy;
  }
  const std::pair<std::size_t, TokenEnergy*> rest[] = {{profiled.embedding(), &table.embedding},
                                                       {profiled.softmax(), &table.softmax},
                                                       {profiled.baseline(), &table.baseline}};
  for (const auto& [work, place] : rest) {
    const auto energy = measure(work);
    TRY(energy);
    *place = *energy;
  }
  progress(total, total);
  table.measured_at = now_in_utc();
  return table;
}

Result<TokenEnergy> measure_step_energy(const BackboneConfig& config,
                                        const Architecture& architecture,
                                        const StepSettings& settings, const StepMeter& meter) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  for (const OptionIndex option : architecture)
    if (!is_measurable(config, option, settings))
      return fail(ErrorKind::device,
                  "experts are measured in bf16 and fp16 only, with widths that 8 divides",
                  fmt::format("{}, {}", to_string(settings.precision), slot_option(option).name),
                  "choose another --precision, or a network of such widths");
  const MeasurableStep made = make_measurable_step(config, architecture, settings);
  RepeatedWork work(settings.device, [&] { made.step->forward(made.tokens); });
  const auto measured = measure_work_energy(meter.meter.counter, steady(work, settings.device),
                                            settings.batch * settings.length, meter.meter.windows);
  TRY(measured);
  return for_1000_tokens(*measured, meter.idle_watts);
}

Result<std::vector<TokenEnergy>> measure_network_energies(
    const std::vector<MeasuredNetwork>& networks, const StepSettings& settings,
    const StepMeter& meter) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  NetworkWorks made = works_of(networks, settings);
  std::vector<WorkInTurn> works;
  for (RepeatedWork& work : made.works)
    works.push_back({steady(work, settings.device), settings.batch * settings.length});
  const auto measured = measure_energies_in_turns(meter.meter.counter, works, meter.meter.windows);
  TRY(measured);
  std::vector<TokenEnergy> energies;
  for (const MeasuredEnergy& energy : *measured)
    energies.push_back(for_1000_tokens(energy, meter.idle_watts));
  return energies;
}

}  // namespace plumbline
