#pragma once
#include <functional>
#include <vector>

#include "core/engine/planer/latency_profile.h"
#include "core/engine/planer/step_meter.h"
#include "core/planer/front/energy_table.h"

namespace plumbline {

/// Seconds that a table takes with these windows, about.
double energy_table_seconds(const BackboneConfig& config, const StepSettings& settings,
                            const EnergyWindows& windows);

/// Measures what every usable option of a backbone, embedding, softmax and the baseline draw: the
/// same works as for the latency table of that key, one after the other, each in steady work over
/// the meter's windows. Errors: the counter's, a stop.
Result<EnergyTable> measure_energy_table(const BackboneConfig& config, const StepSettings& settings,
                                         const StepMeter& meter,
                                         const std::function<void(int done, int total)>& progress);

/// What a network's step draws, its weights drawn: they make no difference. Errors: those of
/// measure_work_energy; experts that cannot be measured there (device).
Result<TokenEnergy> measure_step_energy(const BackboneConfig& config,
                                        const Architecture& architecture,
                                        const StepSettings& settings, const StepMeter& meter);

/// What networks draw, measured in turns: of energies only those of one sitting are compared.
Result<std::vector<TokenEnergy>> measure_network_energies(
    const std::vector<MeasuredNetwork>& networks, const StepSettings& settings,
    const StepMeter& meter);

}  // namespace plumbline
