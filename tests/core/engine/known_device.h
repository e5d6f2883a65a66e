#pragma once
#include <cmath>
#include <limits>

#include "core/engine/inference/energy_measurement.h"

namespace plumbline::test {

/// A device whose draw is known, with a clock of its own: what it draws and how long it takes is
/// what the test says.
struct KnownDevice {
  double seconds = 0;
  double watts_at_rest = 50;
  double tick = 0;  ///< seconds between two moments at which its counter moves; 0: none
  double lost_at = std::numeric_limits<double>::infinity();
  double stop_at = std::numeric_limits<double>::infinity();

  void draw(double for_seconds, double watts) {
    const double before = seconds;
    seconds += for_seconds;
    joules_ += for_seconds * watts;
    if (tick == 0)
      shown_ = joules_;
    else if (const double last = std::floor(seconds / tick) * tick; last > before)
      shown_ = joules_ - (seconds - last) * watts;
  }

  EnergyCounter counter() {
    return {"a known device", [this]() -> Result<double> {
              if (seconds >= lost_at) return fail(ErrorKind::device, "GPU is lost");
              return shown_;
            }};
  }

  EnergyWindows windows() {
    EnergyWindows windows;
    windows.now = [this] { return seconds; };
    windows.rest = [this] { draw(0.02, watts_at_rest); };
    windows.stop = [this] { return seconds >= stop_at; };
    return windows;
  }

 private:
  double joules_ = 0, shown_ = 0;
};

}  // namespace plumbline::test
