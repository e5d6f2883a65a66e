#include "widgets/planer/search_progress.h"

#include <algorithm>
#include <cmath>

#include "core/types/number.h"
#include "widgets/jobs/job_words.h"

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

bool is_search(const JobFolder& job) {
  const auto& words = job.command();
  return words.size() > 1 && words[0] == "planer" && (words[1] == "search" || words[1] == "sweep");
}

std::vector<double> targets_of(const JobFolder& job) {
  QString list = job_option(job, QStringLiteral("--targets"));
  if (list.isEmpty()) list = job_option(job, QStringLiteral("--target"));
  std::vector<double> targets;
  for (const QString& word : list.split(u',', Qt::SkipEmptyParts)) {
    bool read = false;
    const double target = word.trimmed().toDouble(&read);
    if (read && std::isfinite(target) && target > 0) targets.push_back(target);
  }
  return targets;
}

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

std::optional<double> expected_seconds(const std::vector<JobFolder>& jobs, std::int64_t steps) {
  std::optional<double> seconds;
  for (const JobFolder& job : jobs) {
    if (!is_search(job)) continue;
    const auto targets = static_cast<double>(std::max<std::size_t>(1, targets_of(job).size()));
    const double of_job = job_option(job, QStringLiteral("--steps")).toDouble();
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
  SearchProgress now;
  now.job = job.id();
  now.state = job.state();
  now.search = job_option(job, QStringLiteral("--name")).toStdString();
  if (now.search.empty()) now.search = log.search;
  now.targets = targets_of(job);
  now.phase = log.phase;
  now.done = log.done;
  now.total = log.total;
  now.rate = log.rate;
  now.unit = log.unit;
  now.eta_s = log.eta_s;
  now.seconds = log.seconds;
  now.architectures = log.architectures;
  now.failure = log.failure;
  // The last in its turn that has begun.
  const std::vector<JobSearchPoint>* path = nullptr;
  for (const double target : now.targets)
    for (const auto& [key, points] : log.points)
      if (same_target(key, target) && !points.empty()) {
        now.target = key;
        path = &points;
      }
  if (path == nullptr && !log.points.empty()) {
    now.target = log.points.begin()->first;
    path = &log.points.begin()->second;
  }
  if (path != nullptr) now.path = *path;
  // The engine names a search's metrics after its target: "search 0.5/gradient_norm".
  const std::string of_target = "search " + shortest(now.target) + "/";
  now.gradient_norm = last_of(log, {of_target + "gradient_norm", "gradient_norm"});
  now.latency_loss = last_of(log, {of_target + "latency_loss", "latency_loss"});
  now.learning_rate = last_of(log, {of_target + "learning_rate", "learning_rate"});
  // Another target may already be retrained, with no point of its own yet.
  if (path == nullptr && !now.targets.empty()) now.target = now.targets.front();
  for (const auto& [key, map] : log.probabilities)
    if (same_target(key, now.target)) now.probabilities = map;
  return now;
}

}  // namespace plumbline
