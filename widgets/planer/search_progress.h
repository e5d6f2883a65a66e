#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/jobs/job_folder.h"
#include "core/planer/probability_map.h"
#include "core/planer/search_events.h"

namespace plumbline {

/// A search as its job's events tell it. A value, made anew from the log.
struct SearchProgress {
  std::string job, search;
  JobState state{};
  std::vector<double> targets;        ///< of the job, in their turn
  CostKind cost = CostKind::latency;  ///< what they are fractions of
  double target = 0;                  ///< the one at work
  std::string phase;
  std::int64_t done = 0, total = 0;
  double rate = 0;  ///< per second
  std::string unit;
  std::optional<double> eta_s;
  double seconds = 0;                ///< so far
  std::vector<JobSearchPoint> path;  ///< of `target`
  ProbabilityMap probabilities;      ///< of `target`
  std::vector<JobArchitecture> architectures;
  /// Figures that the engine states as metrics, the last of each.
  std::optional<double> gradient_norm;
  std::optional<JobFailure> failure;

  double share() const {
    return total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
  }
  /// The state word of a target's `architecture` event; empty: there was no such event yet.
  std::string state_of(double of_target) const;
};

/// What a job searches for; null where it is no search.
const SearchWork* search_of(const JobFolder& job);
/// What its targets are fractions of.
CostKind cost_of_search(const SearchWork& search);
SearchProgress search_progress(const JobFolder& job);

/// Seconds that one target takes with so many steps, by the last search from this network that
/// finished or by the one at work; nothing where there was none, since another network's steps take
/// another time.
std::optional<double> expected_seconds(const std::vector<JobFolder>& jobs, const std::string& from,
                                       std::int64_t steps);

/// Targets that are the same to the three digits in which they are written.
bool same_target(double a, double b);

}  // namespace plumbline
