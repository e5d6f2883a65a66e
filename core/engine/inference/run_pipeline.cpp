#include "core/engine/inference/run_pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

#include <fmt/format.h>

#include "core/data/hash.h"
#include "core/decision/mean_of_voters.h"
#include "core/engine/inference/run_plan.h"
#include "core/engine/inference/stopwatch.h"
#include "core/jobs/file_lock.h"
#include "core/study/run_votes.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// One name for one content: the same voters' range always goes to the same file, so that what a
/// killed job left uncommitted is written over.
std::string shard_file_name(std::span<const std::int64_t> sets, std::int64_t first) {
  const std::string hash = hash_bytes(std::as_bytes(sets));
  return fmt::format("{}-{:06}.safetensors", hash.substr(0, 16), first / shard_samples);
}

void report_failures(Job& job, Study& study, const RunPlan& plan,
                     const std::vector<LoadFailure>& failures) {
  std::vector<StoredWarning> stored;
  for (const LoadFailure& failure : failures) {
    job.warning("image", failure.message, failure.where);
    stored.push_back({"image", failure.where, failure.message});
  }
  // A warning that cannot be kept is on the terminal and in the events all the same.
  (void)study.add_warnings(plan.run.name, stored);
}

struct RunningAccuracy {
  std::int64_t right = 0, judged = 0;

  void add(ClassIndex predicted, ClassIndex label) {
    if (predicted == no_class || label == no_class) return;
    ++judged;
    right += predicted == label;
  }
  double fraction() const { return static_cast<double>(right) / static_cast<double>(judged); }
};

/// Samples of a voter up to which its running accuracy is reported more than once a file.
constexpr std::int64_t finely_reported = 20'000;

class Runner {
 public:
  Runner(Study& study, const RunPlan& plan, Job& job) : study_(study), plan_(plan), job_(job) {}

  /// What it took to compute, load and write, the models being ready.
  double seconds() const { return seconds_; }

  Result<void> run() {
    struct SplitWork {
      std::string split;
      std::vector<ShardTask> tasks;
    };
    std::vector<SplitWork> work;
    for (const auto& split : plan_.run.splits) {
      auto tasks = missing_shards(study_, plan_, split);
      TRY(tasks);
      const auto samples = *study_.sample_count(plan_.run.dataset, split);
      total_ += samples * static_cast<std::int64_t>(plan_.voters.size());
      for (const ShardTask& task : *tasks)
        done_ -= std::min(shard_samples, samples - task.first) *
                 static_cast<std::int64_t>(task.voters.size());
      work.push_back({split, std::move(*tasks)});
    }
    done_ += total_;
    if (done_ == total_) return {};

    job_.progress("loading models", 0, static_cast<std::int64_t>(plan_.models.size()), "models");
    std::vector<VoterSetup> needed = plan_.voters;
    for (std::size_t v = 0; v < needed.size(); ++v) {
      const bool used = std::ranges::any_of(work, [&](const SplitWork& part) {
        return std::ranges::any_of(part.tasks, [&](const ShardTask& task) {
          return std::ranges::find(task.voters, v) != task.voters.end();
        });
      });
      if (!used) needed[v].model = nullptr;
    }
    auto computer =
        ShardComputer::make(std::move(needed), static_cast<int>(plan_.dataset.classes.size()),
                            plan_.run.batch, plan_.device, plan_.precision);
    TRY(computer);
    auto reader = study_.reader(plan_.run.dataset);
    TRY(reader);
    running_.resize(plan_.voters.size());
    if (auto counted = count_what_is_there(); !counted) return counted;
    const auto begin = std::chrono::steady_clock::now();
    for (const SplitWork& part : work) {
      if (auto computed = compute_split(*computer, *reader, part.split, part.tasks); !computed)
        return computed;
      if (auto measured = keep_latencies(*computer, part.split); !measured) return measured;
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return {};
  }

 private:
  /// A shard between two computations: read from the study, and when it is computed written to it.
  struct ShardWork {
    const ShardTask* task;
    std::vector<SampleInfo> samples;
    std::vector<std::int64_t> sets;
    std::optional<ShardComputer::Output> output;
    std::vector<std::optional<double>> latencies;  ///< per voter of the task, ms per sample
  };

  /// One shard is written and reported while the next is computed. The study is used by one thread
  /// at a time: before a shard is handed over, the next one's rows have been read.
  Result<void> compute_split(ShardComputer& computer, const SampleReader& reader,
                             const std::string& split, const std::vector<ShardTask>& tasks) {
    if (tasks.empty()) return {};
    std::future<Result<void>> before;
    const auto settle = [&]() -> Result<void> {
      return before.valid() ? before.get() : Result<void>();
    };
    auto next = prepare(split, tasks.front());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      TRY(next);
      ShardWork work = std::move(*next);
      auto computed = compute(computer, reader, split, work);
      if (auto settled = settle(); !settled) return settled;
      if (!computed) return computed;
      if (stopping_) {
        if (auto finished = finish(work); !finished) return finished;
        return tl::unexpected(cancelled_error("go on with --resume"));
      }
      if (i + 1 < tasks.size()) next = prepare(split, tasks[i + 1]);
      before =
          std::async(std::launch::async, [this, work = std::move(work)] { return finish(work); });
    }
    return settle();
  }

  Result<ShardWork> prepare(const std::string& split, const ShardTask& task) {
    auto samples = study_.samples(plan_.run.dataset, split, task.first, shard_samples);
    TRY(samples);
    auto sets = sets_of(split, task.voters);
    TRY(sets);
    return ShardWork{&task, std::move(*samples), std::move(*sets), {}, {}};
  }

  Result<void> compute(ShardComputer& computer, const SampleReader& reader,
                       const std::string& split, ShardWork& work) {
    const ShardTask& task = *work.task;
    const int batch_before = computer.batch();
    auto output = computer.compute(task, reader, work.samples, [&](std::int64_t predictions) {
      done_ += predictions;
      job_.progress("computing " + split, done_, total_, "predictions");
      // A file is finished before the job ends, so that nothing is computed twice; but a pause
      // takes effect at once.
      stopping_ = stopping_ || job_.should_stop();
      return true;
    });
    TRY(output);
    if (computer.batch() != batch_before)
      job_.warning("memory",
                   fmt::format("the device's memory does not suffice for batches of {}; going on "
                               "with {}",
                               batch_before, computer.batch()),
                   "");
    work.output = std::move(*output);
    for (const std::size_t v : task.voters) {
      const auto& times = computer.batch_times(v);
      work.latencies.push_back(times.empty()
                                   ? std::nullopt
                                   : std::optional(median_spread(times).median / computer.batch()));
    }
    return {};
  }

  Result<void> finish(const ShardWork& work) {
    const ShardTask& task = *work.task;
    const ShardContent& content = work.output->content;
    report_failures(job_, study_, plan_, work.output->failures);
    const std::string name = shard_file_name(work.sets, task.first);
    if (auto written = write_prediction_file(study_.folder() / "predictions" / name, content);
        !written)
      return written;
    if (auto committed = study_.commit_shard(name, task.first, content.count, work.sets);
        !committed)
      return committed;
    report_accuracy(task, content, work.samples);
    for (std::size_t row = 0; row < task.voters.size(); ++row)
      if (work.latencies[row])
        job_.metric("latency_ms/" + to_string(plan_.run.voters[task.voters[row]]),
                    *work.latencies[row], running_[task.voters[row]].judged);
    return {};
  }

  Result<std::vector<std::int64_t>> sets_of(const std::string& split,
                                            const std::vector<std::size_t>& voters) {
    std::vector<std::int64_t> sets;
    for (const std::size_t v : voters) {
      const auto set = study_.prediction_set(
          prediction_key(plan_.run, split, plan_.run.voters[v], plan_.imported[v]));
      TRY(set);
      sets.push_back(set->id);
    }
    return sets;
  }

  /// A resumed run's accuracies go on where they stood, and latencies that are known are said.
  Result<void> count_what_is_there() {
    std::vector<std::optional<VoterLatency>> latencies(running_.size());
    for (const auto& split : plan_.run.splits) {
      const auto sets = study_.prediction_sets(plan_.run, split);
      TRY(sets);
      for (std::size_t v = 0; v < running_.size(); ++v)
        if (!latencies[v]) latencies[v] = (*sets)[v].latency;
      const auto votes = load_votes(study_, plan_.run, split);
      TRY(votes);
      const VoteTable& table = votes->table();
      for (std::size_t v = 0; v < running_.size(); ++v)
        for (std::size_t i = 0; i < table.samples(); ++i)
          running_[v].add(table.voters[v].predicted[i], table.labels[i]);
    }
    for (std::size_t v = 0; v < running_.size(); ++v) {
      if (running_[v].judged == 0) continue;
      const std::string name = to_string(plan_.run.voters[v]);
      job_.metric("accuracy/" + name, running_[v].fraction(), running_[v].judged);
      if (latencies[v])
        job_.metric("latency_ms/" + name, latencies[v]->median_ms / latencies[v]->batch,
                    running_[v].judged);
    }
    return {};
  }

  void report_accuracy(const ShardTask& task, const ShardContent& content,
                       const std::vector<SampleInfo>& samples) {
    for (std::size_t row = 0; row < task.voters.size(); ++row) {
      RunningAccuracy& accuracy = running_[task.voters[row]];
      const std::string name = "accuracy/" + to_string(plan_.run.voters[task.voters[row]]);
      // A short run's curve has more points than it has files.
      const std::size_t step =
          accuracy.judged < finely_reported ? samples.size() / 16 + 1 : samples.size();
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto predicted = content.predicted[row * samples.size() + i];
        accuracy.add(predicted < 0 ? no_class : static_cast<ClassIndex>(predicted),
                     samples[i].label);
        if (((i + 1) % step == 0 || i + 1 == samples.size()) && accuracy.judged > 0)
          job_.metric(name, accuracy.fraction(), accuracy.judged);
      }
    }
    report_mean(task, content, samples);
  }

  /// The accuracy of the voters' mean, where this job computes them all.
  void report_mean(const ShardTask& task, const ShardContent& content,
                   const std::vector<SampleInfo>& samples) {
    const std::size_t rows = task.voters.size(), n = samples.size();
    const auto classes = static_cast<std::size_t>(content.classes);
    if (rows < 2 || rows != plan_.voters.size() || content.log_probs.size() != rows * n * classes)
      return;
    const std::size_t step = mean_.judged < finely_reported ? n / 16 + 1 : n;
    std::vector<double> mean;
    std::vector<const float*> log_probs(rows);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t row = 0; row < rows; ++row)
        log_probs[row] = &content.log_probs[(row * n + i) * classes];
      const bool any = content.predicted[i] >= 0;
      mean_.add(any ? top_of_mean(log_probs, classes, mean).label : no_class, samples[i].label);
      if (((i + 1) % step == 0 || i + 1 == n) && mean_.judged > 0)
        job_.metric("accuracy/mean", mean_.fraction(), mean_.judged);
    }
  }

  Result<void> keep_latencies(const ShardComputer& computer, const std::string& split) {
    for (std::size_t v = 0; v < plan_.voters.size(); ++v) {
      const auto& times = computer.batch_times(v);
      if (times.empty()) continue;
      const auto sets = sets_of(split, {v});
      TRY(sets);
      const auto middle = median_spread(times);
      if (auto kept = study_.set_latency(
              sets->front(), {device_name(plan_.device), computer.batch(),
                              static_cast<int>(times.size()), middle.median, middle.spread});
          !kept)
        return kept;
    }
    return {};
  }

  Study& study_;
  const RunPlan& plan_;
  Job& job_;
  std::int64_t done_ = 0, total_ = 0;  ///< samples × voters
  bool stopping_ = false;
  double seconds_ = 0;
  std::vector<RunningAccuracy> running_;
  RunningAccuracy mean_;
};

Result<ordered_json> summary(const Study& study, const RunPlan& plan, double seconds) {
  std::vector<RunningAccuracy> accuracy(plan.voters.size());
  std::vector<std::optional<VoterLatency>> latency(plan.voters.size());
  std::int64_t samples = 0, unreadable = 0;
  for (const auto& split : plan.run.splits) {
    const auto votes = load_votes(study, plan.run, split);
    TRY(votes);
    const VoteTable& table = votes->table();
    samples += static_cast<std::int64_t>(table.samples());
    const auto sets = study.prediction_sets(plan.run, split);
    TRY(sets);
    for (std::size_t v = 0; v < accuracy.size(); ++v) {
      if (!latency[v]) latency[v] = (*sets)[v].latency;
      for (std::size_t i = 0; i < table.samples(); ++i) {
        const auto predicted = table.voters[v].predicted[i];
        if (v == 0 && predicted == no_class) ++unreadable;
        accuracy[v].add(predicted, table.labels[i]);
      }
    }
  }
  ordered_json voters = ordered_json::array();
  for (std::size_t v = 0; v < accuracy.size(); ++v) {
    ordered_json entry = {{"model", plan.run.voters[v].model},
                          {"view", to_string(plan.run.voters[v].view)},
                          {"accuracy", nullptr},
                          {"latency_ms", nullptr},
                          {"batch", plan.run.batch}};
    if (accuracy[v].judged > 0) entry["accuracy"] = accuracy[v].fraction();
    if (latency[v]) {
      entry["latency_ms"] = latency[v]->median_ms;
      entry["batch"] = latency[v]->batch;
    }
    voters.push_back(std::move(entry));
  }
  ordered_json result = {{"run", plan.run.name}, {"samples", samples}, {"seconds", seconds}};
  if (unreadable > 0) result["unreadable"] = unreadable;
  result["voters"] = std::move(voters);
  return result;
}

Result<bool> is_complete(const Study& study, const RunPlan& plan) {
  for (const auto& split : plan.run.splits) {
    const auto tasks = missing_shards(study, plan, split);
    TRY(tasks);
    if (!tasks->empty()) return false;
  }
  return true;
}

}  // namespace

Result<ordered_json> run_voters(const RunRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  auto study = Study::open(request.study, Access::read_write);
  TRY(study);
  const auto plan = plan_run(*study, request);
  TRY(plan);
  const auto complete = is_complete(*study, *plan);
  TRY(complete);
  if (plan->exists && *complete) return summary(*study, *plan, seconds());
  if (plan->exists && !request.resume)
    return usage_error(fmt::format("the run '{}' exists and is not complete", request.name),
                       "--name", "go on with --resume, or give the new run another name");

  configure_device(plan->device, plan->precision);
  const auto lock_file = study->folder() / "jobs" / ("run " + request.name + ".lock");
  auto lock = FileLock::try_lock(lock_file);
  TRY(lock);
  if (!*lock)
    return bad_input(fmt::format("another process is computing the run '{}'", request.name),
                     study->folder().string(), "wait for it, or cancel it");
  auto job = Job::begin(request.job);
  TRY(job);
  const auto computed = [&]() -> Result<ordered_json> {
    if (plan->dataset.classes != plan->classes_before)
      TRY(study->set_classes(plan->dataset.id, plan->dataset.classes));
    if (!plan->exists) TRY(study->add_run(plan->run));
    for (const StoredWarning& warning : plan->warnings)
      job->warning(warning.code, warning.message, warning.where);
    TRY(study->add_warnings(plan->run.name, plan->warnings));
    Runner runner(*study, *plan, *job);
    TRY(runner.run());
    auto result = summary(*study, *plan, seconds());
    if (result && runner.seconds() > 0) (*result)["computing_seconds"] = runner.seconds();
    return result;
  }();
  if (computed)
    job->finished(*computed);
  else
    job->failed(computed.error());
  return computed;
}

}  // namespace plumbline
