#include "widgets/planer/search_progress.h"

#include <algorithm>
#include <cmath>

#include "core/types/number.h"

namespace plumbline {

namespace {

std::optional<double> last_of(const JobLog& log, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (const auto found = log.metrics.find(name);
        found != log.metrics.end() && !found->second.empty())
      return found->second.back().value;
  return std::nullopt;
}

}  // namespace

bool same_target(double a, double b) { return std::abs(a - b) < 5e-4; }

CostKind cost_of_search(const SearchWork& search) {
  return search.energy ? CostKind::energy : CostKind::latency;
}

const SearchWork* search_of(const JobFolder& job) { return job.subject().as<SearchWork>(); }

std::string SearchProgress::state_of(double of_target) const {
  std::string furthest;
  for (const JobArchitecture& event : architectures)
    if (same_target(event.target, of_target)) {
      // The list has one event a state: the furthest of them counts.
      if (event.state == "done" || furthest.empty() || furthest == "searching")
        furthest = event.state;
    }
  return furthest;
}

std::optional<double> expected_seconds(const std::vector<JobFolder>& jobs, const std::string& from,
                                       std::int64_t steps) {
  std::optional<double> seconds;
  for (const JobFolder& job : jobs) {
    const SearchWork* search = search_of(job);
    if (search == nullptr || search->from != from) continue;
    const auto targets = static_cast<double>(std::max<std::size_t>(1, search->targets.size()));
    const auto of_job = static_cast<double>(search->steps);
    const JobLog& log = job.log();
    const double scale = of_job > 0 ? static_cast<double>(steps) / of_job : 1;
    // One that found everything done says nothing of how long it takes.
    if (job.state() == JobState::finished && log.seconds > 0 && !log.phase.empty())
      seconds = scale * log.seconds / targets;
    else if (job.state() == JobState::running && log.rate > 0 && log.total > 0)
      seconds = scale * static_cast<double>(log.total) / log.rate / targets;
  }
  return seconds;
}

SearchProgress search_progress(const JobFolder& job) {
  const JobLog& log = job.log();
  const SearchEvents& events = search_events(log);
  SearchProgress now;
  now.job = job.id();
  now.state = job.state();
  if (const SearchWork* search = search_of(job)) {
    now.search = search->search;
    now.targets = search->targets;
    now.cost = cost_of_search(*search);
  }
  if (now.search.empty()) now.search = events.search;
  now.phase = log.phase;
  now.done = log.done;
  now.total = log.total;
  now.rate = log.rate;
  now.unit = log.unit;
  now.eta_s = log.eta_s;
  now.seconds = log.seconds;
  now.architectures = events.architectures;
  now.failure = log.failure;
  // The last in its turn that has begun.
  const std::vector<JobSearchPoint>* path = nullptr;
  for (const double target : now.targets)
    for (const auto& [key, points] : events.points)
      if (same_target(key, target) && !points.empty()) {
        now.target = key;
        path = &points;
      }
  if (path == nullptr && !events.points.empty()) {
    now.target = events.points.begin()->first;
    path = &events.points.begin()->second;
  }
  if (path != nullptr) now.path = *path;
  // The engine names a search's metrics after its target: "search 0.5/gradient_norm".
  const std::string of_target = "search " + shortest(now.target) + "/";
  now.gradient_norm = last_of(log, {of_target + "gradient_norm", "gradient_norm"});
  // Another target may already be retrained, with no point of its own yet.
  if (path == nullptr && !now.targets.empty()) now.target = now.targets.front();
  for (const auto& [key, map] : events.probabilities)
    if (same_target(key, now.target)) now.probabilities = map;
  return now;
}

}  // namespace plumbline
