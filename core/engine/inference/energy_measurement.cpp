#include "core/engine/inference/energy_measurement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/engine/inference/stopwatch.h"
#include "core/jobs/job.h"

namespace plumbline {

namespace {

/// Between two looks at the counter, in seconds: often enough to see when it moves, and so seldom
/// that looking is nothing beside the work.
constexpr double between_looks = 0.02;
constexpr int most_repetitions_between = 1 << 20;

/// The counter and the work done, at one moment.
struct EnergyMoment {
  double seconds = 0, joules = 0;
  std::int64_t done = 0;
};

/// What two moments have between them.
struct EnergyWindow {
  double seconds = 0, joules = 0;
  std::int64_t done = 0;
};

/// Goes on with `step`, which does something and says how often, until each window has ended.
/// Windows follow each other: where one ends the next begins.
Result<std::vector<EnergyWindow>> take_windows(const EnergyCounter& counter,
                                               const EnergyWindows& windows,
                                               const std::function<Result<std::int64_t>()>& step) {
  std::vector<EnergyWindow> taken;
  const double first = windows.now();
  EnergyMoment before;
  std::optional<EnergyMoment> begin;
  double last_move = first;
  while (static_cast<int>(taken.size()) < windows.repeats) {
    if (windows.stop && windows.stop()) return tl::unexpected(cancelled_error("measure again"));
    const auto done = step();
    TRY(done);
    const auto joules = counter.joules();
    TRY(joules);
    const EnergyMoment now{windows.now(), *joules, before.done + *done};
    const bool moved = now.joules != before.joules;
    before = now;
    if (!moved) {
      if (now.seconds - last_move > windows.seconds + windows.patience)
        return fail(ErrorKind::device, "the device's energy counter does not move", counter.source);
      continue;
    }
    last_move = now.seconds;
    if (now.seconds - first < windows.settle) continue;
    if (begin && now.seconds - begin->seconds < windows.seconds) continue;
    if (begin)
      taken.push_back(
          {now.seconds - begin->seconds, now.joules - begin->joules, now.done - begin->done});
    begin = now;
  }
  return taken;
}

}  // namespace

EnergyWindows real_time_windows(std::function<bool()> stop) {
  EnergyWindows windows;
  windows.now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  windows.rest = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  windows.stop = std::move(stop);
  return windows;
}

Result<MeasuredWatts> measure_idle_draw(const EnergyCounter& counter,
                                        const EnergyWindows& windows) {
  const auto taken = take_windows(counter, windows, [&]() -> Result<std::int64_t> {
    windows.rest();
    return 0;
  });
  TRY(taken);
  std::vector<double> watts;
  for (const EnergyWindow& window : *taken) watts.push_back(window.joules / window.seconds);
  const MedianSpread middle = median_spread(std::move(watts));
  return MeasuredWatts{middle.median, middle.spread};
}

Result<MeasuredEnergy> measure_work_energy(const EnergyCounter& counter, const SteadyWork& work,
                                           std::int64_t items, const EnergyWindows& windows) {
  // How often it is done between two looks follows from how long it took before.
  std::int64_t times = 1;
  const auto taken = take_windows(counter, windows, [&]() -> Result<std::int64_t> {
    const double begin = windows.now();
    const std::int64_t now = times;
    TRY(work(now));
    const double seconds = windows.now() - begin;
    const double wanted = seconds > 0 ? between_looks * static_cast<double>(now) / seconds
                                      : 2.0 * static_cast<double>(now);
    times = static_cast<std::int64_t>(
        std::clamp(std::floor(wanted), 1.0, double{most_repetitions_between}));
    return now;
  });
  TRY(taken);
  std::vector<double> joules, seconds;
  for (const EnergyWindow& window : *taken) {
    const double treated = static_cast<double>(window.done) * static_cast<double>(items);
    joules.push_back(window.joules / treated);
    seconds.push_back(window.seconds / treated);
  }
  const MedianSpread middle = median_spread(std::move(joules));
  return MeasuredEnergy{middle.median, middle.spread, median_spread(std::move(seconds)).median,
                        static_cast<int>(taken->size())};
}

Result<std::vector<MeasuredEnergy>> measure_energies_in_turns(const EnergyCounter& counter,
                                                              const std::vector<WorkInTurn>& works,
                                                              const EnergyWindows& windows) {
  EnergyWindows turn = windows;
  turn.repeats = 1;
  std::vector<std::vector<double>> joules(works.size()), seconds(works.size());
  for (int round = 0; round < windows.repeats; ++round)
    for (std::size_t i = 0; i < works.size(); ++i) {
      const auto measured = measure_work_energy(counter, works[i].work, works[i].items, turn);
      TRY(measured);
      joules[i].push_back(measured->joules);
      seconds[i].push_back(measured->seconds);
    }
  std::vector<MeasuredEnergy> energies;
  for (std::size_t i = 0; i < works.size(); ++i) {
    const MedianSpread middle = median_spread(std::move(joules[i]));
    energies.push_back({middle.median, middle.spread, median_spread(std::move(seconds[i])).median,
                        windows.repeats});
  }
  return energies;
}

}  // namespace plumbline
