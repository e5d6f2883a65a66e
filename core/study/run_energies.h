#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/study/study.h"
#include "core/types/error.h"

namespace plumbline {

/// What one voter of a run draws for 1,000 images in steady work, in joules.
struct VoterEnergy {
  double joules = 0, spread = 0;  ///< median and interquartile range over `repeats`; all of it
  double idle_joules = 0;         ///< of these what the device had drawn at rest in the same time
  double seconds = 0;             ///< that 1,000 images took
  int batch = 0;                  ///< samples
  int repeats = 0;                ///< windows that were measured
};

/// What was measured of a run's voters on one device, in one sitting: a file of the study, replaced
/// when it is measured again.
struct RunEnergies {
  std::string device;                              ///< "NVIDIA H200", "CPU AMD EPYC, 2 threads"
  std::string source;                              ///< who counted: "NVML", "RAPL of 2 packages"
  std::string measured_at;                         ///< ISO date and time, UTC
  double idle_watts = 0;                           ///< of the device at rest
  std::vector<std::optional<VoterEnergy>> voters;  ///< by the run's voters; nothing: not measured
  std::vector<std::string> reasons;                ///< by voter why not; empty where it was
};

/// Where it lies, below the study's folder: energies/ID.json, by the run's id, since names change.
std::filesystem::path energies_file(std::int64_t run);

/// Replaces what there was. As many voters and reasons as the run has.
Result<void> write_run_energies(const Study& study, const RunInfo& run,
                                const RunEnergies& energies);

/// Nothing where the run was not measured. Errors (bad_input) name the file and what is wrong in
/// it.
Result<std::optional<RunEnergies>> read_run_energies(const Study& study, const RunInfo& run);

/// Joules for 1,000 images by voter, for those that are asked about.
struct KnownEnergies {
  std::vector<std::optional<double>> joules;  ///< empty where the run was not measured
  std::string missing;  ///< why one is not there, as a sentence without an end; empty where all are
};

/// `voters`: indices into run.voters. What cannot be read is a reason, too: a decision has other
/// figures besides.
KnownEnergies known_energies(const Study& study, const RunInfo& run,
                             std::span<const std::size_t> voters);

}  // namespace plumbline
