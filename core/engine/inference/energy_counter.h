#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// What a device itself counts of the energy that it draws. Whatever else runs on the device is
/// counted too. To be read by one thread at a time.
struct EnergyCounter {
  std::string source;  ///< who counts: "NVML", "RAPL of 2 packages"
  /// Joules since the counter was opened; never less than before. Errors (device) say in one
  /// sentence, without its end, what the device told instead.
  std::function<Result<double>()> joules;
};

/// The processors' own counters, by Linux's powercap: the sum of all packages, memory not included
/// where a processor counts it apart. A counter that has gone through its range between two reads
/// is taken on, so that it must be read more often than it does (a package of 300 W takes some
/// minutes). `root` stands for /sys/class/powercap.
/// Errors (device): there is no such counter, or one of a package cannot be read; the sum of the
/// others would be a guess.
Result<EnergyCounter> open_rapl_counter(const std::filesystem::path& root = "/sys/class/powercap");

}  // namespace plumbline
