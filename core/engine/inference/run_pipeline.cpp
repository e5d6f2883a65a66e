#include "core/engine/inference/run_pipeline.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "core/engine/inference/rank_device.h"
#include "core/engine/inference/run_plan.h"
#include "core/engine/inference/run_ranks.h"
#include "core/engine/inference/run_repair.h"
#include "core/engine/inference/run_summary.h"
#include "core/engine/inference/run_worker.h"
#include "core/engine/inference/voter_energy.h"
#include "core/jobs/file_lock.h"
#include "core/jobs/work_locks.h"
#include "core/review/judge_ahead.h"
#include "core/study/merge_predictions.h"
#include "core/study/study_prediction_store.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

Result<bool> is_complete(const Study& study, const RunPlan& plan) {
  for (const RunInfo& run : plan.conditioned_runs())
    for (const auto& split : run.splits) {
      const auto ranges = missing_shards(study, plan, run, split);
      TRY(ranges);
      if (!ranges->empty()) return false;
    }
  return true;
}

/// The lock of who computes the run.
Result<FileLock> lock_run(const Study& study, const std::string& run) {
  auto lock = FileLock::try_lock(lock_file_of(study.folder(), "run " + run));
  TRY(lock);
  if (!*lock)
    return bad_input(fmt::format("another process is computing the run '{}'", run),
                     study.folder().string(), "wait for it, or cancel it");
  return std::move(**lock);
}

/// What a run is from where it stands.
struct Standing {
  RunPlan plan;
  RunRepair repair;
  bool is_done = false;
};

Result<Standing> standing_of(const Study& study, const RunRequest& request) {
  auto plan = plan_run(study, request);
  TRY(plan);
  auto repair = find_repair(study, *plan);
  TRY(repair);
  const auto complete = is_complete(study, *plan);
  TRY(complete);
  const bool is_done = plan->exists && *complete && repair->damaged.empty() &&
                       (repair->readable.empty() || !request.resume);
  return Standing{std::move(*plan), std::move(*repair), is_done};
}

/// Errors (usage): a run that is there in part, and nobody said that it shall go on.
Result<void> check_may_go_on(const RunRequest& request, const Standing& standing) {
  const RunPlan& plan = standing.plan;
  if (!plan.exists || request.resume) return {};
  if (!standing.repair.damaged.empty())
    return bad_input(fmt::format("a prediction file of the run '{}' {}", request.name,
                                 standing.repair.damaged.front().why),
                     standing.repair.damaged.front().name, "recompute it with --resume");
  if (standing.is_done) return {};
  return usage_error(plan.added.empty()
                         ? fmt::format("the run '{}' exists and is not complete", request.name)
                         : fmt::format("the run '{}' exists without the condition {}", request.name,
                                       to_string(plan.added.front())),
                     "--name", "go on with --resume, or give the new run another name");
}

void say_merged(Job& job, const MergedPredictions& merged) {
  for (const ManifestWarning& warned : merged.warnings)
    job.warning(warned.warning.code, warned.warning.message, warned.warning.where);
}

/// What all ranks did.
struct WorkOfRanks {
  double seconds = 0;  ///< for which the slowest has computed
  DecodingCounts decoded;
};

/// Waits for the other ranks, and takes over what they wrote.
Result<WorkOfRanks> gather(Study& study, const RunPlan& plan, Job& job, RunWorker& worker,
                           RunRanks& ranks) {
  const auto reports = ranks.collect([&] {
    worker.show_progress("computing on the other ranks");
    return job.should_stop();
  });
  TRY(reports);
  TRY(await_manifests(study.folder(), plan.run.name, *reports));
  const auto merged = merge_manifests_of_run(study, plan.run.name);
  TRY(merged);
  worker.show_progress("computing on the other ranks");
  say_merged(job, *merged);
  const std::string own = device_name(plan.device);
  WorkOfRanks all{worker.seconds(), worker.decoded()};
  for (std::size_t i = 0; i < reports->size(); ++i) {
    const RankReport& report = (*reports)[i];
    all.seconds = std::max(all.seconds, report.seconds);
    all.decoded.by_device += report.decoded.by_device;
    all.decoded.by_host += report.decoded.by_host;
    all.decoded.threads += report.decoded.threads;
    if (report.files > 0 && report.device != own)
      job.warning(
          "device",
          fmt::format(
              "it computed on {}, but rank 0 on {}; the run's latencies are those of rank 0",
              report.device, own),
          fmt::format("rank {}", i + 1));
  }
  const auto figures = plan.head->figures(plan.run);
  TRY(figures->load(study));
  for (std::size_t v = 0; v < plan.run.voters.size(); ++v) figures->report(v, job);
  for (const RankReport& report : *reports)
    if (report.left_out) return tl::unexpected(*report.left_out);
  if (worker.left_out()) return all;
  const auto complete = is_complete(study, plan);
  TRY(complete);
  if (*complete) return all;
  return bad_input(
      fmt::format("the run '{}' is not complete, although all ranks have reported", plan.run.name),
      study.folder().string(), "go on with --resume");
}

/// Who decoded the images of what was computed, by this process or by all ranks; nothing where that
/// was nothing.
void say_decoding(const DecodingCounts& decoded, const RunInfo& run, ordered_json& result) {
  if (run.decoder == "raw" || decoded.by_device + decoded.by_host == 0) return;
  result["decoding"] = {{"decoder", run.decoder},
                        {"images_by_device", decoded.by_device},
                        {"images_by_host", decoded.by_host},
                        {"host_threads", decoded.threads}};
}

/// Where the time of computing in this process went; what a GPU did beside is of its own clock.
/// Of a run of ranks it says whose time that is.
ordered_json stages_json(const StageSeconds& stages, const RunRanks* ranks) {
  ordered_json fields = {{"waiting_for_images", stages.waiting_for_images},
                         {"queueing", stages.queueing},
                         {"waiting_for_device", stages.waiting_for_device},
                         {"finishing", stages.finishing},
                         {"waiting_for_writer", stages.waiting_for_writer},
                         {"writing", stages.writing},
                         {"counting", stages.counting},
                         {"device",
                          {{"uploads", stages.uploads},
                           {"views", stages.views},
                           {"networks", stages.networks},
                           {"downloads", stages.downloads}}}};
  if (ranks != nullptr) fields["rank"] = ranks->ranks().rank;
  return fields;
}

/// The predictions are there, and whoever opens the run need not wait for what is made of them.
void judge_complete_run(const Study& study, const RunInfo& run, Job& job) {
  judge_within(job, run.name,
               [&](const JudgingProgress& progress) { return judge_ahead(study, run, progress); });
}

}  // namespace

Result<ordered_json> run_voters(const RunRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  auto study = Study::open(request.study, Access::read_write);
  TRY(study);
  // What ranks of an earlier attempt wrote is there, and only lacks its names.
  std::optional<FileLock> lock;
  MergedPredictions before;
  const auto left = has_rank_manifests(*study, request.name);
  TRY(left);
  if (*left) {
    auto locked = lock_run(*study, request.name);
    TRY(locked);
    lock = std::move(*locked);
    auto merged = merge_manifests_of_run(*study, request.name);
    TRY(merged);
    before = std::move(*merged);
  }
  const auto standing = standing_of(*study, request);
  TRY(standing);
  const auto& [plan, repair, is_done] = *standing;
  if (is_done && request.ranks) TRY(RunRanks::publish_complete(*request.ranks));
  if (is_done && !request.energy) {
    TRY(check_any_read(*study, plan));
    return run_summary(*study, plan, seconds());
  }
  TRY(check_may_go_on(request, *standing));

  configure_device(plan.device, plan.precision);
  if (request.ranks) share_threads(request.ranks->ranks());
  if (!lock) {
    auto locked = lock_run(*study, request.name);
    TRY(locked);
    lock = std::move(*locked);
  }
  return run_job(request.job, [&](Job& job) -> Result<ordered_json> {
    say_merged(job, before);
    if (!plan.exists) TRY(study->add_run(plan.run));
    TRY(study->add_conditions(plan.run.name, plan.added));
    for (const StoredWarning& warning : plan.warnings)
      job.warning(warning.code, warning.message, warning.where);
    TRY(study->add_warnings(plan.run.name, plan.warnings));
    for (const RunRepair::File& file : repair.damaged)
      job.warning("predictions", fmt::format("the prediction file {}; it is recomputed", file.why),
                  file.name);
    if (!is_done) TRY(forget(*study, plan, repair));
    std::optional<RunRanks> ranks;
    if (request.ranks && !is_done) {
      ranks.emplace(request.ranks);
      ranks->pause_with(job);
      TRY(ranks->publish(*study, plan.run.name));
    }
    StudyPredictionStore store(*study);
    RunWorker worker(*study, plan, job, store, ranks ? &*ranks : nullptr);
    TRY(worker.run());
    WorkOfRanks work{worker.seconds(), worker.decoded()};
    if (ranks) {
      auto gathered = gather(*study, plan, job, worker, *ranks);
      TRY(gathered);
      work = std::move(*gathered);
    }
    if (worker.left_out()) return tl::unexpected(*worker.left_out());
    TRY(check_any_read(*study, plan));
    std::string energy_missing;
    if (request.energy) {
      auto missing = measure_run_energies(*study, plan, job);
      TRY(missing);
      energy_missing = std::move(*missing);
    }
    const double taken = seconds();  // what is judged ahead is no part of the run
    judge_complete_run(*study, plan.run, job);
    auto result = run_summary(*study, plan, taken, energy_missing);
    if (result && work.seconds > 0) (*result)["computing_seconds"] = work.seconds;
    // A rank without a share has no stages.
    if (result && worker.seconds() > 0)
      (*result)["stage_seconds"] = stages_json(worker.stages(), ranks ? &*ranks : nullptr);
    if (result) say_decoding(work.decoded, plan.run, *result);
    if (result && ranks) (*result)["ranks"] = ranks->ranks().world;
    return result;
  });
}

Result<void> run_share(const RunRequest& request) {
  auto study = Study::open_snapshot(request.study, request.database);
  TRY(study);
  const auto plan = plan_run(*study, request);
  TRY(plan);
  configure_device(plan->device, plan->precision);
  share_threads(request.ranks->ranks());
  RunRanks ranks(request.ranks);
  auto store =
      ManifestStore::open(study->folder(), rank_manifest_name(plan->run.name, ranks.ranks().rank));
  TRY(store);
  store->avoid([&](const std::string& file) -> Result<bool> {
    const auto sets = study->sets_of_file(file);
    TRY(sets);
    return !sets->empty();
  });
  std::map<std::string, std::string> hashes;
  for (const ModelInfo& model : plan->models) hashes[model.name] = model.hash;
  store->say_models(std::move(hashes));
  // What this rank would say goes into its manifest; rank 0 says it when that is merged.
  std::optional<Error> unsaid;
  Job job = Job::relayed(
      {[&](std::string_view event, const ordered_json& fields) {
         if (event != "warning") return;
         const auto word = [&](const char* key) { return fields.value(key, std::string()); };
         auto noted = store->warn(plan->run.name, {word("code"), word("sample"), word("message")});
         if (!noted) unsaid = std::move(noted.error());
       },
       [&] { return ranks.control(); }});
  RunWorker worker(*study, *plan, job, *store, &ranks);
  TRY(worker.run());
  if (unsaid) return tl::unexpected(*unsaid);
  return ranks.report({static_cast<std::int64_t>(store->entries().size()),
                       device_name(plan->device), worker.seconds(), worker.left_out(),
                       worker.decoded()});
}

}  // namespace plumbline
