#include "core/review/live_run.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/metrics/proportion.h"

namespace plumbline {

namespace {

const std::string found_prefix = "found/";

/// The accuracy that the finished job's summary has of a voter: of one whose predictions were all
/// there, as imported ones are, the events say nothing.
std::optional<double> summarised_accuracy(const JobLog& log, const Voter& voter) {
  if (!log.summary || !log.summary->is_object()) return std::nullopt;
  const auto voters = log.summary->find("voters");
  if (voters == log.summary->end() || !voters->is_array()) return std::nullopt;
  const auto has = [](const nlohmann::json& entry, const char* key, const std::string& text) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() && found->get<std::string>() == text;
  };
  for (const nlohmann::json& entry : *voters) {
    if (!entry.is_object() || !has(entry, "model", voter.model) ||
        !has(entry, "view", to_string(voter.view)))
      continue;
    const auto accuracy = entry.find("accuracy");
    if (accuracy != entry.end() && accuracy->is_number()) return accuracy->get<double>();
  }
  return std::nullopt;
}

}  // namespace

bool is_of_objects(const JobLog& log) {
  const auto first = log.metrics.lower_bound(found_prefix);
  return first != log.metrics.end() && first->first.starts_with(found_prefix);
}

const std::vector<JobMetricPoint>* accuracy_curve(const JobLog& log, const Voter& voter) {
  auto found = log.metrics.find("accuracy/" + to_string(voter));
  if (found == log.metrics.end()) found = log.metrics.find(found_prefix + to_string(voter));
  return found == log.metrics.end() || found->second.empty() ? nullptr : &found->second;
}

LiveRun live_run(const std::vector<Voter>& voters, std::int64_t samples, const JobLog& log) {
  LiveRun run;
  run.samples = samples;
  run.of_objects = is_of_objects(log);
  if (const auto mean = log.metrics.find("accuracy/mean"); mean != log.metrics.end())
    run.mean = mean->second;
  for (const Voter& voter : voters) {
    LiveVoter live{voter, 0, {}, {}, {}, {}};
    if (const auto* curve = accuracy_curve(log, voter)) {
      live.samples = curve->back().step;
      live.accuracy = curve->back().value;
    } else if (const auto accuracy = summarised_accuracy(log, voter)) {
      live.samples = samples;
      live.accuracy = accuracy;
    }
    if (live.accuracy) {
      const auto hits = static_cast<std::int64_t>(
          std::llround(*live.accuracy * static_cast<double>(live.samples)));
      const Interval interval = wilson_interval(hits, live.samples);
      // Of objects it is not known how many there are.
      if (live.samples > 0 && !run.of_objects) live.half_width = (interval.high - interval.low) / 2;
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

namespace {

bool works(const JobFolder& job) {
  return job.state() == JobState::running || job.state() == JobState::paused;
}

bool is_job_of(const JobFolder& job, const std::string& run) {
  const auto* work = job.subject().as<RunWork>();
  return work != nullptr && work->run == run;
}

}  // namespace

const JobFolder* watched_job(std::span<const JobFolder> jobs,
                             const std::function<bool(const JobFolder&)>& is_wanted) {
  const JobFolder* watched = nullptr;
  for (const JobFolder& job : jobs) {
    if (!is_wanted(job)) continue;
    const bool has_begun = job.state() != JobState::queued;
    if (watched == nullptr || works(job) ||
        (!works(*watched) && (has_begun || watched->state() == JobState::queued)))
      watched = &job;
  }
  return watched;
}

WorkNow work_now(RunWork work, std::span<const RunInfo> runs,
                 std::span<const DatasetInfo> datasets) {
  const auto run = std::ranges::find(runs, work.run, &RunInfo::name);
  const auto dataset = run != runs.end()
                           ? std::ranges::find(datasets, run->dataset, &DatasetInfo::id)
                           : std::ranges::find(datasets, work.dataset, &DatasetInfo::name);
  if (run != runs.end()) {
    if (work.splits.empty()) work.splits = run->splits;
    if (work.voters.empty()) work.voters = run->voters;
  }
  if (dataset == datasets.end()) return {std::move(work), 0};
  work.dataset = dataset->name;
  std::int64_t samples = 0;
  for (const SplitInfo& split : dataset->splits)
    if (std::ranges::find(work.splits, split.name) != work.splits.end()) samples += split.samples;
  return {std::move(work), samples};
}

Result<WatchedRun> watch_run(const Study& study, const std::string& run) {
  auto jobs = jobs_of(study.folder());
  const JobFolder* watched =
      watched_job(jobs, [&](const JobFolder& job) { return is_job_of(job, run); });
  if (watched == nullptr)
    return bad_input(fmt::format("the study keeps no job of a run '{}'", run),
                     study.folder().string());
  const auto runs = study.runs();
  TRY(runs);
  const auto datasets = study.datasets();
  TRY(datasets);
  WorkNow now = work_now(*watched->subject().as<RunWork>(), *runs, *datasets);
  LiveRun live = live_run(now.work.voters, now.samples, watched->log());
  const auto place = static_cast<std::size_t>(watched - jobs.data());
  return WatchedRun{std::move(jobs[place]), std::move(now.work), std::move(live)};
}

}  // namespace plumbline
