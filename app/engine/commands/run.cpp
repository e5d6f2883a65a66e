#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/heeded_options.h"
#include "app/engine/commands/run_estimate.h"
#include "app/engine/commands/run_progress.h"
#include "app/engine/confine_to_study.h"
#include "app/engine/load_engine.h"
#include "app/engine/with_ranks.h"
#include "core/engine/ranks/rank_environment.h"
#include "core/metrics/metric_table.h"
#include "core/study/condition.h"
#include "core/types/count_text.h"
#include "core/types/list_text.h"
#include "core/types/number.h"
#include "core/types/precision_names.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct RunOptions {
  std::string study, dataset, split, models, views, voters, conditions, name;
  std::string precision = "fp32", device = "auto", decoder = "auto";
  int batch = 0;
  bool resume = false, json = false, energy = false, trust = false, estimate = false,
       progress = false, course = false;
  bool says_precision = false;  ///< else `precision` is the default
  JobFlags flags;
};

void print_views() {
  for (const ViewKind* kind : views::view_pool()) fmt::print("{}\n", describe(*kind));
  fmt::print("{:12} {}\n{:12} {}\n", "five_crop", "the five crops", "ten_crop",
             "the five crops and their mirror images");
  fmt::print("{:12} {}\n", "a+b", "several in one, for example flip_x+gamma=0.8, geometry first");
}

Result<std::vector<Voter>> voters_of(const RunOptions& options) {
  if (!options.voters.empty()) {
    if (!options.models.empty() || !options.views.empty())
      return usage_error("name voters either by --voters or by --models and --views", "--voters");
    return parse_voters(options.voters);
  }
  if (options.models.empty()) {
    if (!options.views.empty()) return usage_error("--views needs --models", "--views");
    return std::vector<Voter>();
  }
  auto views = parse_views(options.views.empty() ? "identity" : options.views);
  TRY(views);
  auto voters = cross(split_list(options.models), *views);
  // A model that is named twice would be a voter that is named twice.
  for (std::size_t i = 0; i < voters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (voters[i] == voters[j]) return usage_error("the model is named twice", voters[i].model);
  return voters;
}

/// What every run says of its voters.
constexpr std::string_view run_keys[] = {"model",
                                         "view",
                                         "latency_ms",
                                         "batch",
                                         "joules_per_1000",
                                         "joules_spread_per_1000",
                                         "joules_idle_per_1000",
                                         "null_reasons"};

/// What the head of the run's kind of predictions says of its voters: all but what every run says.
std::vector<std::string> head_figures(const nlohmann::ordered_json& voters) {
  std::vector<std::string> keys;
  if (voters.empty()) return keys;
  for (const auto& [key, value] : voters.front().items())
    if (std::ranges::find(run_keys, key) == std::ranges::end(run_keys)) keys.push_back(key);
  return keys;
}

/// As the table of metrics writes it, where it knows the figure.
std::string head_figure_text(const std::string& key, const nlohmann::ordered_json& value) {
  if (!value.is_number()) return value.is_string() ? value.get<std::string>() : "–";
  const Metric* metric = find_metric(key);
  return metric != nullptr ? figure_text(*metric, value.get<double>())
                           : fmt::format("{:.4g}", value.get<double>());
}

/// "12.4 J, 3.1 at rest": for 1,000 images; "–" where it is not known.
std::string energy_text(const nlohmann::ordered_json& voter) {
  const auto joules = voter.find("joules_per_1000");
  if (joules == voter.end() || !joules->is_number()) return "–";
  return fmt::format("{:.3g} J, {:.3g} at rest", joules->get<double>(),
                     voter["joules_idle_per_1000"].get<double>());
}

/// "decoded by nvJPEG 13.3.2, hardware; 12 images by the host on 16 threads".
std::string decoding_text(const nlohmann::ordered_json& decoding) {
  const auto by_device = decoding["images_by_device"].get<std::int64_t>();
  const auto by_host = decoding["images_by_host"].get<std::int64_t>();
  const auto threads = count_text(decoding["host_threads"].get<std::int64_t>(), "thread");
  const auto decoder = decoding["decoder"].get<std::string>();
  if (by_device == 0 && is_device_decoder(decoder))
    return fmt::format("{} took no image; {} by the host on {}", decoder,
                       count_text(by_host, "image"), threads);
  if (by_device == 0) return fmt::format("decoded by {} on {}", decoder, threads);
  const std::string text = fmt::format("decoded by {}", decoder);
  if (by_host == 0) return text;
  return fmt::format("{}; {} by the host on {}", text, count_text(by_host, "image"), threads);
}

void print_run(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {}, {:.1f} s\n", summary["run"].get<std::string>(),
             count_text(summary["samples"].get<std::int64_t>(), "sample"),
             summary["seconds"].get<double>());
  if (const auto decoding = summary.find("decoding"); decoding != summary.end())
    fmt::print("{}\n", visible_text(decoding_text(*decoding)));
  const auto keys = head_figures(summary["voters"]);
  fmt::print("{:24} {:16}", "model", "view");
  for (const std::string& key : keys) fmt::print(" {:>9}", key);
  const bool has_energy =
      !summary["voters"].empty() && summary["voters"].front().contains("joules_per_1000");
  fmt::print(" {:>12}{}\n", "latency", has_energy ? "   energy of 1,000 images" : "");
  for (const auto& voter : summary["voters"]) {
    const auto latency = voter["latency_ms"].is_null()
                             ? "–"
                             : fmt::format("{:.2f} ms / {}", voter["latency_ms"].get<double>(),
                                           voter["batch"].get<int>());
    fmt::print("{:24} {:16}", voter["model"].get<std::string>(), voter["view"].get<std::string>());
    for (const std::string& key : keys) fmt::print(" {:>9}", head_figure_text(key, voter[key]));
    fmt::print(" {:>12}{}\n", latency, has_energy ? "   " + energy_text(voter) : "");
  }
  if (summary.contains("energy_source"))
    fmt::print("energy by {} of {}, which draws {:.3g} W at rest, measured {}\n",
               summary["energy_source"].get<std::string>(),
               summary["energy_device"].get<std::string>(), summary["idle_watts"].get<double>(),
               summary["energy_measured_at"].get<std::string>());
}

/// Any rank but 0: nothing of it is printed.
Result<void> run_as_rank(const EngineModule& engine, RunRequest& request) {
  const auto database = engine.await_database(*request.ranks, request.study);
  TRY(database);
  if (!*database) return {};
  request.database = **database;
  TRY(confine_to_study(request.study, request.device, {}, {}, request.database));
  return engine.run_share(request);
}

/// Where nothing is computed most options have no effect.
Result<void> check_run_options(const CLI::App& command, const RunOptions& options) {
  if (options.views == "list") return check_heeded(command, "--views list", "only lists the views");
  if (options.progress)
    return check_heeded(command, "--progress", "only reads how far the run is",
                        {"--name", "--course", "--json"});
  if (options.estimate)
    return check_heeded(command, "--estimate", "computes nothing",
                        {"--name", "--dataset", "--split", "--models", "--views", "--voters",
                         "--conditions", "--precision", "--device", "--json"});
  return {};
}

Result<void> run(const RunOptions& options, CommandContext& context) {
  if (options.course && !options.progress)
    return usage_error("how the shares came to what they are is said of a run's progress",
                       "--course", "add --progress");
  if (options.progress)
    return print_progress(options.study, options.name, options.json, options.course);
  const auto voters = voters_of(options);
  TRY(voters);
  if (options.estimate)
    return print_estimate({options.study, options.name, options.dataset, options.split,
                           options.says_precision ? options.precision : "", options.device,
                           options.conditions, *voters, options.json});
  std::vector<View> conditions;
  if (!options.conditions.empty()) {
    auto named = parse_conditions(options.conditions);
    TRY(named);
    conditions = std::move(*named);
  }
  const auto ranks = rank_environment();
  TRY(ranks);
  // One job is described for all of them: rank 0's.
  if (ranks->rank > 0) context.job.clear();
  // To load the engine may take a second. Ranks may wait for each other before there is a job, and
  // end at once meanwhile.
  if (!ranks->several()) listen_for_stop();
  const auto engine = load_engine();
  TRY(engine);
  const auto splits = split_list(options.split);
  RunRequest request{options.study,
                     options.name,
                     options.dataset,
                     splits,
                     *voters,
                     options.precision,
                     options.device,
                     options.batch,
                     options.resume,
                     job_options(context, options.flags, options.study, "run",
                                 RunWork{options.name, options.dataset, splits, *voters}),
                     std::move(conditions),
                     options.energy,
                     options.trust,
                     {},
                     {},
                     options.decoder};
  return with_ranks(**engine, *ranks, [&](std::shared_ptr<RankStore> store) -> Result<void> {
    request.ranks = std::move(store);
    if (ranks->rank > 0) return run_as_rank(**engine, request);
    TRY(confine_to_study(options.study, options.device));
    const auto summary = (*engine)->run(request);
    TRY(summary);
    if (options.json)
      fmt::print("{}\n", summary->dump());
    else if (!options.flags.events)
      print_run(*summary);
    return {};
  });
}

}  // namespace

void add_run(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("run", "run models × views on a data set, as voters");
  auto options = std::make_shared<RunOptions>();
  command->add_option("STUDY", options->study, "the study's folder");
  command->add_option("--dataset", options->dataset, "data set");
  command->add_option("--split", options->split, "its splits, separated by commas");
  command->add_option("--models", options->models,
                      "models, separated by commas; the first is the baseline");
  command->add_option("--views", options->views,
                      "views, separated by commas: name or name=value ('list' prints them)");
  command->add_option("--voters", options->voters, "single voters instead: MODEL:VIEW,…");
  command->add_option("--conditions", options->conditions,
                      "also compute the same voters under conditions, views that come before "
                      "everything else, as from a worse camera: "
                      "'noise=2,4,8;blur=0.5,1;blur=1+noise=4'; a run that "
                      "exists gets them with --resume");
  command->add_option("--precision", options->precision, std::string(precisions_text))
      ->capture_default_str();
  command
      ->add_option("--batch", options->batch,
                   "samples per batch (default: on a CPU 16, or 64 for small images; on a GPU 512, "
                   "or 2048 for small images)")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("--device", options->device, "auto, cpu or cuda:N")->capture_default_str();
  command
      ->add_option("--decoder", options->decoder,
                   "decoder of JPEG files: host (libjpeg-turbo), device (nvJPEG on the GPU that "
                   "computes, and libjpeg-turbo for files that it does not take) or auto; kept "
                   "with the run, since decoders differ by a level here and there. auto takes "
                   "device where it exists, the host has fewer than 16 processors, every voter's "
                   "images can be resized there and there is a JPEG among the names of the first "
                   "256 files, else host; the job's log says which, and why")
      ->capture_default_str();
  command->add_option("--name", options->name, "the run's name");
  command->add_flag("--resume", options->resume, "start the run, or go on where it was stopped");
  command->add_flag(
      "--energy", options->energy,
      "afterwards measure what each voter draws, where the device counts it (a GPU by NVML, a CPU "
      "by RAPL): about 11 s per voter; a complete run is measured again");
  command->add_flag("--trust", options->trust,
                    "run the native code of .pt2 packages among the models even where they were "
                    "imported without --trust");
  command->add_flag(
      "--estimate", options->estimate,
      "compute nothing: say what is already computed and what the rest would take, by the times "
      "that were measured on such a device; with the --name of an existing run, what that run "
      "has still to do");
  command->add_flag("--progress", options->progress,
                    "compute nothing: say how far the job of the run is that works on it, or did "
                    "last, and each voter's share of right labels so far, with half of its 95 % "
                    "interval");
  command->add_flag("--course", options->course,
                    "with --progress: also each voter's share at every number of samples so far, "
                    "as the window draws it");
  command->add_flag("--json", options->json, "print the summary as JSON");
  add_job_flags(*command, options->flags);
  command->footer(
      "Several processes can compute one run, with one GPU each: torchrun --no-python "
      "--nproc-per-node N plumbline-engine run …, or srun -n N. A rank that dies ends the others; "
      "what is written is kept, and --resume goes on from there, with any number of ranks.");
  command->callback([&context, options, command] {
    options->says_precision = command->count("--precision") > 0;
    context.result = check_run_options(*command, *options);
    if (!context.result) return;
    if (options->views == "list") return print_views();
    if (!options->estimate && !options->progress)
      note_job(context, options->flags, options->study, "run");
    const bool is_named = options->estimate || !options->name.empty();
    if (options->study.empty() || !is_named)
      context.result = usage_error("STUDY and --name are needed", "run", "run --help");
    else
      context.result = run(*options, context);
  });
}

}  // namespace plumbline
