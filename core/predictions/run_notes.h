#pragma once
#include <string>

namespace plumbline {

/// Measured time of one voter on one batch: view and network.
struct VoterLatency {
  std::string device;                   ///< "CPU AMD EPYC, 2 threads", "NVIDIA H200"
  int batch = 0;                        ///< samples
  int batches = 0;                      ///< how many were timed
  double median_ms = 0, spread_ms = 0;  ///< spread: interquartile range
  friend bool operator==(const VoterLatency&, const VoterLatency&) = default;
};

/// A run's warning, by its code: "image" could not be read, "output" is not judged.
struct StoredWarning {
  std::string code, where, message;
  friend bool operator==(const StoredWarning&, const StoredWarning&) = default;
};

}  // namespace plumbline
