#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/review/run_catalogue.h"

namespace plumbline {

/// What one voter of a run that is planned has still to do.
struct VoterEstimate {
  Voter voter;
  std::int64_t computed = 0, left = 0;  ///< predictions
  std::optional<TimeEstimate> time;     ///< of an image; nothing: never measured on such a device
  double seconds = 0;                   ///< for what is left; 0 without a time
};

/// What a run would cost before it is started, by the measured times of an image.
struct RunEstimate {
  std::vector<VoterEstimate> voters;  ///< in their order; the first is the baseline
  std::int64_t samples = 0;           ///< of the splits, without conditions
  std::int64_t predictions = 0;       ///< still to be computed
  double ms_per_image = 0;            ///< of all voters that are known
  double seconds = 0;                 ///< for what is still to be computed, as far as it is known
  bool about = false;                 ///< some were not measured exactly so
  std::size_t unknown = 0;            ///< voters with something to compute and no time
  double times_baseline = 0;          ///< all voters' time over the first one's; 0: not known
  std::vector<std::pair<std::string, double>> by_model;  ///< seconds, in the order of the voters
};

/// `targets`: a run's splits, and each of them under each of its conditions, on one device in one
/// precision.
RunEstimate estimate_run(const RunCatalogue& catalogue, std::span<const RunTarget> targets,
                         std::span<const Voter> voters);

}  // namespace plumbline
