#include "core/engine/planer/train_network.h"

#include <chrono>
#include <functional>

#include <fmt/format.h>

#include "core/data/file_handle.h"
#include "core/engine/planer/course.h"
#include "core/engine/planer/load_teacher.h"
#include "core/engine/planer/measure_and_keep.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/network_words.h"
#include "core/engine/planer/planer_setup.h"
#include "core/engine/sums/rank_checks.h"
#include "core/engine/training/training_ranks.h"
#include "core/jobs/file_lock.h"
#include "core/jobs/work_locks.h"
#include "core/study/network_paths.h"
#include "core/study/network_summary.h"
#include "core/study/study.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Whether the course is one of what a search found: the same architecture, trained further.
bool goes_on(const std::optional<NetworkInfo>& base, const Architecture& architecture) {
  return base && !base->search.empty() && base->architecture == architecture;
}

/// What a search found is compared by its latency too, beside the network that it was to replace.
Result<void> add_measured(const NetworkInfo& network, const CourseSettings& course, Study& study,
                          Job& job, ordered_json& summary) {
  if (network.search.empty()) return {};
  const auto search = study.search(network.search);
  if (!search) return tl::unexpected(search.error());
  const auto step = step_on(course.device, search->key);
  if (!step) return {};
  const auto existing = study.network(search->base);
  if (!existing) return tl::unexpected(existing.error());
  const auto latencies = measure_and_keep(study, job, *step, *existing, {&network, 1});
  if (!latencies) return tl::unexpected(latencies.error());
  add_latency(summary, step->key(), (*latencies)[1]);
  add_verdict(summary,
              {network.name, step->key(), (*latencies)[1], existing->name, (*latencies)[0]},
              existing->name);
  return {};
}

/// What is to be trained, before any device is touched.
struct Plan {
  BackboneConfig config;
  Architecture architecture;
  std::optional<NetworkInfo> base, teacher;
  CourseSettings course;
};

/// In the record of a training by several ranks.
constexpr const char* ranks_key = "ranks";

/// How a network was trained, as the study keeps it, but for the ranks.
ordered_json record_of(const Plan& plan) {
  ordered_json record = describe(plan.course);
  if (plan.teacher) record["teacher"] = plan.teacher->name;
  return record;
}

bool was_trained_so(const NetworkInfo& network, const Plan& plan) {
  ordered_json record = network.training;
  if (record.is_object()) {
    record.erase(ranks_key);
    record.erase("cost");  // the study's own word of the target's kind (target_cost)
  }
  return record == record_of(plan) && network.architecture == plan.architecture &&
         network.config == plan.config &&
         network.base == (plan.base ? plan.base->name : std::string());
}

Result<Plan> plan_training(const PlanerTrainRequest& request, const Study& study) {
  Plan plan;
  if (!request.from.empty()) {
    auto base = study.network(request.from);
    if (!base) return tl::unexpected(base.error());
    plan.base = std::move(*base);
    plan.config = plan.base->config;
    plan.architecture = plan.base->architecture;
  } else {
    auto config = load_backbone_config(request.config);
    if (!config) return tl::unexpected(config.error());
    plan.config = std::move(*config);
    plan.architecture = baseline_architecture(plan.config);
  }
  if (!request.architecture.empty()) {
    auto architecture = read_architecture(request.architecture, plan.config);
    if (!architecture) return tl::unexpected(architecture.error());
    plan.architecture = std::move(*architecture);
  }
  auto course = course_settings(request.course, plan.config);
  if (!course) return tl::unexpected(course.error());
  plan.course = *course;
  if (request.teacher.empty() != (plan.course.distillation == 0))
    return usage_error("--teacher and --distill go together", "planer train",
                       "for example --teacher base --distill 0.5");
  if (!request.teacher.empty()) {
    auto teacher = study.network(request.teacher);
    if (!teacher) return tl::unexpected(teacher.error());
    if (teacher->config.vocabulary != plan.config.vocabulary)
      return usage_error(
          fmt::format("'{}' knows {} tokens, but the network to be trained knows {}",
                      request.teacher, teacher->config.vocabulary, plan.config.vocabulary),
          "--teacher", "choose a teacher of the same vocabulary");
    plan.teacher = std::move(*teacher);
  }
  return plan;
}

Result<ordered_json> train(const PlanerTrainRequest& request, const Plan& plan, Study& study,
                           Job& job, TrainingRanks& ranks) {
  configure_planer(plan.course.device, plan.course.precision);
  job.progress("text", 0, 1, "texts");
  const auto text =
      open_text(plan.base ? text_or_own(request.text, *plan.base) : request.text, plan.config,
                study, plan.base ? &*plan.base : nullptr, plan.course.device);
  if (!text) return tl::unexpected(text.error());
  job.progress("text", 1, 1, "texts");
  LanguageModel model(plan.config, options_of(plan.architecture), plan.course.seed,
                      plan.course.device, scalar_type(plan.course.precision));
  if (plan.base) {
    auto from = load_network(study, *plan.base, plan.course.device, at::kFloat);
    if (!from) return tl::unexpected(from.error());
    inherit_weights(**from, model);
  }
  if (auto joined = ranks.join(job); !joined) return tl::unexpected(joined.error());
  const auto lanes = TokenLanes::make(text->tokens, text->parts.train, plan.course.batch,
                                      plan.course.shape.length, text->reference.file);
  if (!lanes) return tl::unexpected(lanes.error());
  const auto begin = std::chrono::steady_clock::now();
  std::optional<Teacher> teacher;
  if (plan.teacher) {
    auto loaded = load_teacher(study, *plan.teacher, plan.course);
    if (!loaded) return tl::unexpected(loaded.error());
    teacher = std::move(*loaded);
  }
  WeightTrainer trainer(model, *lanes, plan.course.trainer(plan.course.steps, 1),
                        std::move(teacher), ranks.sum());
  ordered_json settings = describe(plan.course);
  settings["text"] = text->reference.hash;
  settings["architecture"] = to_json(plan.architecture)["options"];
  settings["config"] = to_json(plan.config);
  settings["from"] = plan.base ? plan.base->hash : "";
  if (plan.teacher) settings["teacher"] = plan.teacher->hash;
  add_numbering(settings, *text);
  const fs::path checkpoint = study.folder() / network_checkpoint(request.name);
  Course course = weight_course(
      trainer, "training", "", plan.config.vocabulary,
      [mixture = Mixture{plan.architecture, {}}](std::int64_t) { return mixture; }, job);
  if (auto run = run_course(course, job, checkpoint, settings.dump(), ranks.sum()); !run) {
    // All stop after the same step.
    if (run.error().kind == ErrorKind::cancelled) ranks.agreed_to_stop();
    return tl::unexpected(run.error());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  // The others have done all that is theirs.
  if (!ranks.first()) return ordered_json(nullptr);
  const auto loss = evaluate_part(model, plan.architecture, *text, text->parts.validation,
                                  plan.course.validation_tokens, job, "validation");
  if (!loss) return tl::unexpected(loss.error());
  job.metric("loss/validation", loss->nats, plan.course.steps);

  NetworkInfo network;
  network.name = request.name;
  network.origin = NetworkOrigin::trained;
  network.config = plan.config;
  network.architecture = plan.architecture;
  network.base = request.from;
  if (goes_on(plan.base, plan.architecture)) {
    network.search = plan.base->search;
    network.target = plan.base->target;
    network.target_cost = plan.base->target_cost;
  }
  network.text = text->reference;
  network.validation = *loss;
  network.training = record_of(plan);
  if (ranks.several()) network.training[ranks_key] = ranks.count();
  network.made_at = now_in_utc();
  auto saved = save_network(study, network, model, text->words);
  if (!saved) return tl::unexpected(saved.error());
  std::error_code code;
  fs::remove(checkpoint, code);
  ordered_json summary = summarize(*saved);
  summary["seconds"] = seconds;
  summary["tokens_per_second"] =
      static_cast<double>(plan.course.steps * plan.course.batch * plan.course.shape.length) /
      seconds;
  if (ranks.several()) summary["ranks"] = ranks.count();
  if (auto measured = add_measured(*saved, plan.course, study, job, summary); !measured)
    return tl::unexpected(measured.error());
  return summary;
}

/// What rank 0 tells the others once it knows what is to be done.
constexpr const char *train_word = "train", *done_word = "done";

Result<ordered_json> as_job_of_rank(const PlanerTrainRequest& request, TrainingRanks& ranks,
                                    const std::function<Result<ordered_json>(Job&)>& work) {
  return ranks.run_job(request.job, [&](Job& job) {
    return tried_planer_job(request.name, [&] { return work(job); });
  });
}

/// Rank 0, or the only process.
Result<ordered_json> train_first(const PlanerTrainRequest& request, TrainingRanks& ranks) {
  auto study = Study::open(request.study, Access::create);
  if (!study) return tl::unexpected(study.error());
  const auto plan = plan_training(request, *study);
  if (!plan) return tl::unexpected(plan.error());
  if (auto shared = check_share(plan->course.batch, ranks.count(), "--batch"); !shared)
    return tl::unexpected(shared.error());
  const auto networks = study->networks();
  if (!networks) return tl::unexpected(networks.error());
  const auto existing = std::ranges::find(*networks, request.name, &NetworkInfo::name);
  std::error_code code;
  if (existing != networks->end()) {
    if (request.resume && was_trained_so(*existing, *plan)) {
      if (auto told = ranks.of_first("work", done_word); !told) return tl::unexpected(told.error());
      ordered_json summary = summarize(*existing);
      if (existing->search.empty()) return summary;
      // It may have been stopped while it was measured.
      return as_job_of_rank(request, ranks, [&](Job& job) -> Result<ordered_json> {
        configure_planer(plan->course.device, plan->course.precision);
        if (auto measured = add_measured(*existing, plan->course, *study, job, summary); !measured)
          return tl::unexpected(measured.error());
        return summary;
      });
    }
    return usage_error(fmt::format("the network '{}' exists", request.name), "--name",
                       "choose another name");
  }
  if (!request.resume && fs::exists(study->folder() / network_checkpoint(request.name), code))
    return usage_error(
        fmt::format("the training of '{}' was begun and is not complete", request.name), "--name",
        "go on with --resume, or choose another name");
  fs::create_directories(study->folder() / "jobs", code);
  auto lock = FileLock::try_lock(lock_file_of(study->folder(), "network " + request.name));
  if (!lock) return tl::unexpected(lock.error());
  if (!*lock)
    return bad_input(fmt::format("another process is training '{}'", request.name),
                     study->folder().string(), "wait for it, or cancel it");
  if (auto told = ranks.of_first("work", train_word); !told) return tl::unexpected(told.error());
  return as_job_of_rank(request, ranks,
                        [&](Job& job) { return train(request, *plan, *study, job, ranks); });
}

Result<ordered_json> train_beside(const PlanerTrainRequest& request, TrainingRanks& ranks) {
  const auto word = ranks.of_first("work", {});
  if (!word) return tl::unexpected(word.error());
  if (*word == done_word) return ordered_json(nullptr);
  auto study = Study::open(request.study, Access::read_only);
  if (!study) return tl::unexpected(study.error());
  const auto plan = plan_training(request, *study);
  if (!plan) return tl::unexpected(plan.error());
  return as_job_of_rank(request, ranks,
                        [&](Job& job) { return train(request, *plan, *study, job, ranks); });
}

}  // namespace

Result<ordered_json> train_network(const PlanerTrainRequest& request) {
  if (auto named = check_planer_name(request.name); !named) return tl::unexpected(named.error());
  auto ranks = TrainingRanks::meet(request.course.device);
  if (!ranks) return tl::unexpected(ranks.error());
  PlanerTrainRequest own = request;
  own.course.device = ranks->device();
  return ranks->ended(ranks->first() ? train_first(own, *ranks) : train_beside(own, *ranks));
}

}  // namespace plumbline
