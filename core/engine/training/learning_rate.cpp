#include "core/engine/training/learning_rate.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// Goes from `from` to `to` along half a cosine wave, as t goes from 0 to 1.
double half_wave(double from, double to, double t) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * t));
}

}  // namespace

std::string_view to_string(Schedule schedule) {
  switch (schedule) {
    case Schedule::cosine: return "cosine";
    case Schedule::one_cycle: return "one-cycle";
    case Schedule::step: return "step";
  }
  return "cosine";
}

Result<Schedule> parse_schedule(std::string_view text) {
  for (const auto schedule : {Schedule::cosine, Schedule::one_cycle, Schedule::step})
    if (text == to_string(schedule)) return schedule;
  return usage_error(fmt::format("there is no schedule '{}'", text), "--schedule",
                     "cosine, one-cycle or step");
}

double learning_rate(Schedule schedule, double peak, std::int64_t step, std::int64_t steps) {
  const double t = static_cast<double>(step) / static_cast<double>(steps);
  switch (schedule) {
    case Schedule::cosine: return half_wave(peak, 0, t);
    case Schedule::one_cycle: {
      constexpr double rise = 0.2;
      return t < rise ? half_wave(peak / 25, peak, t / rise)
                      : half_wave(peak, peak / 1e4, (t - rise) / (1 - rise));
    }
    case Schedule::step: return t < 0.5 ? peak : t < 0.75 ? peak / 10 : peak / 100;
  }
  return peak;
}

}  // namespace plumbline
