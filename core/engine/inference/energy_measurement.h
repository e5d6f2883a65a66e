#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "core/engine/inference/energy_counter.h"
#include "core/types/error.h"

namespace plumbline {

/// How energy is measured: in windows that begin and end at a moment at which the counter moves, so
/// that how seldom it does is no part of the result.
struct EnergyWindows {
  double seconds = 2;   ///< of steady work or of rest a window, at least
  int repeats = 5;      ///< windows
  double settle = 1;    ///< seconds of the same before the first window, which do not count
  double patience = 5;  ///< seconds beyond a window's end in which the counter must have moved
  /// Seconds from some moment on.
  std::function<double()> now;
  /// Lets some milliseconds pass, the device at rest.
  std::function<void()> rest;
  /// Asked now and then; true ends the measurement (cancelled). May be empty.
  std::function<bool()> stop;
};

/// The defaults, by the machine's clock.
EnergyWindows real_time_windows(std::function<bool()> stop);

/// What energies are measured with: a counter of the device that works, and how long.
struct EnergyMeter {
  EnergyCounter counter;
  EnergyWindows windows;
};

/// The middle of several windows and the width of their middle half.
struct MeasuredWatts {
  double median = 0, spread = 0;
};

/// What the device draws while nothing is asked of it, in watts. Errors (device): the counter's; or
/// it does not move at all.
Result<MeasuredWatts> measure_idle_draw(const EnergyCounter& counter, const EnergyWindows& windows);

/// What a piece of work takes: by item that it treats (an image, a token), over several windows.
struct MeasuredEnergy {
  /// An item's: median, and width of the middle half, of all that it drew.
  double joules = 0, spread = 0;
  double seconds = 0;  ///< an item: median
  int repeats = 0;
  /// What the device would have drawn at rest in the same time, a part of `joules`.
  double idle_joules(double idle_watts) const { return idle_watts * seconds; }
};

/// Work that is done a number of times, one after the other, and waited for. Errors end the
/// measurement.
using SteadyWork = std::function<Result<void>(std::int64_t times)>;

/// Repeats the work, which treats `items` each time, without a pause. Errors: the counter's, those
/// of the work, and a stop.
Result<MeasuredEnergy> measure_work_energy(const EnergyCounter& counter, const SteadyWork& work,
                                           std::int64_t items, const EnergyWindows& windows);

/// A piece of work that is measured beside others, and how many items it treats each time.
struct WorkInTurn {
  SteadyWork work;
  std::int64_t items = 0;
};

/// What each piece takes, measured in turns: a window of the first, one of the second and so on, as
/// often as `windows.repeats` says, so that what disturbs the machine disturbs all alike. Every
/// turn settles anew. Errors as above.
Result<std::vector<MeasuredEnergy>> measure_energies_in_turns(const EnergyCounter& counter,
                                                              const std::vector<WorkInTurn>& works,
                                                              const EnergyWindows& windows);

}  // namespace plumbline
