#include "core/engine/inference/stopwatch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace plumbline {

using Clock = std::chrono::steady_clock;

struct Stopwatch::State {
  c10::Device device;
  Clock::time_point begin;
  std::vector<double> milliseconds;
#ifdef PLUMBLINE_CUDA
  std::vector<at::cuda::CUDAEvent> events;  ///< start and stop in turn

  /// In the order of the device's own stream, whichever device is in use.
  void record() {
    const c10::cuda::CUDAGuard guard(device);
    events.emplace_back(cudaEventDefault).record();
  }
#endif
};

Stopwatch::Stopwatch(c10::Device device) : state_(new State{.device = device}) {}
Stopwatch::~Stopwatch() = default;

void Stopwatch::start() {
#ifdef PLUMBLINE_CUDA
  if (state_->device.is_cuda()) return state_->record();
#endif
  state_->begin = Clock::now();
}

void Stopwatch::stop() {
#ifdef PLUMBLINE_CUDA
  if (state_->device.is_cuda()) return state_->record();
#endif
  state_->milliseconds.push_back(
      std::chrono::duration<double, std::milli>(Clock::now() - state_->begin).count());
}

std::vector<double> Stopwatch::take() {
#ifdef PLUMBLINE_CUDA
  if (!state_->events.empty()) state_->events.back().synchronize();
  for (std::size_t i = 0; i + 1 < state_->events.size(); i += 2)
    state_->milliseconds.push_back(
        static_cast<double>(state_->events[i].elapsed_time(state_->events[i + 1])));
  state_->events.clear();
#endif
  return std::exchange(state_->milliseconds, {});
}

MedianSpread median_spread(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto quantile = [&](double q) {
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, values.size() - 1);
    return std::lerp(values[below], values[above], place - static_cast<double>(below));
  };
  return {quantile(0.5), quantile(0.75) - quantile(0.25)};
}

}  // namespace plumbline
