#pragma once
#include <cstdint>
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// How the learning rate changes while a network is trained.
enum class Schedule {
  cosine,     ///< half a wave from the start to 0
  one_cycle,  ///< up from a 25th over the first fifth, then down to a ten-thousandth, half waves
  step,       ///< a tenth after half of the steps, a hundredth after three quarters
};
std::string_view to_string(Schedule schedule);
Result<Schedule> parse_schedule(std::string_view text);

/// The rate of a step, 0 ≤ step < steps; `peak` is the largest.
double learning_rate(Schedule schedule, double peak, std::int64_t step, std::int64_t steps);

}  // namespace plumbline
