#include "widgets/runs/live_run.h"

#include <cmath>

#include "core/metrics/proportion.h"

namespace plumbline {

const std::vector<JobMetricPoint>* accuracy_curve(const JobLog& log, const Voter& voter) {
  const auto found = log.metrics.find("accuracy/" + to_string(voter));
  return found == log.metrics.end() || found->second.empty() ? nullptr : &found->second;
}

LiveRun live_run(const std::vector<Voter>& voters, std::int64_t samples, const JobLog& log) {
  LiveRun run;
  run.samples = samples;
  if (const auto mean = log.metrics.find("accuracy/mean"); mean != log.metrics.end())
    run.mean = mean->second;
  for (const Voter& voter : voters) {
    LiveVoter live{voter, 0, {}, {}, {}, {}};
    if (const auto* curve = accuracy_curve(log, voter)) {
      live.samples = curve->back().step;
      live.accuracy = curve->back().value;
      const auto hits = static_cast<std::int64_t>(
          std::llround(*live.accuracy * static_cast<double>(live.samples)));
      const Interval interval = wilson_interval(hits, live.samples);
      if (live.samples > 0) live.half_width = (interval.high - interval.low) / 2;
    }
    if (const auto found = log.metrics.find("latency_ms/" + to_string(voter));
        found != log.metrics.end() && !found->second.empty())
      live.ms_per_image = found->second.back().value;
    run.voters.push_back(std::move(live));
  }
  for (LiveVoter& live : run.voters) {
    if (live.voter.view == View() || !live.accuracy) continue;
    for (const LiveVoter& own : run.voters)
      // A fair difference: both over the same samples.
      if (own.voter.model == live.voter.model && own.voter.view == View() && own.accuracy &&
          own.samples == live.samples)
        live.against_identity = *live.accuracy - *own.accuracy;
  }
  return run;
}

}  // namespace plumbline
