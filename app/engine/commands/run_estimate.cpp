#include "app/engine/commands/run_estimate.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/load_engine.h"
#include "core/review/run_estimate.h"
#include "core/study/condition.h"
#include "core/types/count_text.h"
#include "core/types/list_text.h"
#include "core/types/precision_names.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// A run before it is one.
struct PlannedRun {
  std::string dataset;
  std::vector<std::string> splits;
  std::vector<Voter> voters;
  std::string precision, device_kind;
  std::vector<RunTarget> targets;
};

/// "cpu" or "cuda": what times are kept by.
Result<std::string> device_kind_of(const std::string& device) {
  if (device == "cpu") return device;
  if (device == "cuda" || device.starts_with("cuda:")) return std::string("cuda");
  if (device != "auto")
    return usage_error(fmt::format("there is no device '{}'", device), "--device",
                       "auto, cpu or cuda:N");
  const auto engine = load_engine();
  TRY(engine);
  for (const auto& entry : (*engine)->doctor()["devices"])
    if (entry["device"].get<std::string>().starts_with("cuda")) return std::string("cuda");
  return std::string("cpu");
}

/// Names that the study has, and what a voter of imported outputs cannot do.
Result<void> check_plan(const RunCatalogue& catalogue, const PlannedRun& plan) {
  if (plan.splits.empty()) return usage_error("a split is needed", "--split");
  if (plan.voters.empty())
    return usage_error("voters are needed", "--models", "--models and --views, or --voters");
  for (const Voter& voter : plan.voters) {
    const auto model = std::ranges::find(catalogue.models, voter.model, &ModelInfo::name);
    if (!is_imported(*model)) continue;
    if (voter.view != View())
      return usage_error("its outputs were computed elsewhere: only identity can be chosen",
                         to_string(voter));
    for (const RunTarget& target : plan.targets)
      if (samples_there(catalogue, target, voter.model, voter.view) < target.samples)
        return bad_input(fmt::format("it has no outputs for the split '{}'", target.split),
                         voter.model);
  }
  return {};
}

/// Whether more is said than the run's name, and not the same as the run has.
bool is_another(const EstimateOptions& options, const RunInfo& run, const RunCatalogue& catalogue) {
  const auto dataset = std::ranges::find(catalogue.datasets, run.dataset, &DatasetInfo::id);
  return (!options.dataset.empty() && options.dataset != dataset->name) ||
         (!options.split.empty() && split_list(options.split) != run.splits) ||
         (!options.voters.empty() && options.voters != run.voters);
}

/// Errors (usage): a precision or a device is said that the run does not have.
Result<void> check_setup(const EstimateOptions& options, const RunInfo& run) {
  const auto differs = [&](const char* option, const std::string& has, const std::string& asked) {
    return usage_error(
        fmt::format("the run '{}' exists with {} {}, not {}", run.name, option, has, asked), option,
        "leave it out for that run, or give another name");
  };
  if (!options.precision.empty() && options.precision != run.precision)
    return differs("--precision", run.precision, options.precision);
  if (options.device == "auto") return {};
  const auto kind = device_kind_of(options.device);
  TRY(kind);
  if (*kind != run.device_kind) return differs("--device", run.device_kind, *kind);
  return {};
}

Result<PlannedRun> plan_of(const Study& study, const RunCatalogue& catalogue,
                           const EstimateOptions& options) {
  PlannedRun plan;
  std::vector<View> conditions;
  DatasetInfo dataset;
  if (!options.precision.empty() && !is_precision(options.precision))
    return usage_error(fmt::format("there is no precision '{}'", options.precision), "--precision",
                       std::string(precisions_text));
  const auto run = std::ranges::find(catalogue.runs, options.name, &RunInfo::name);
  if (!options.name.empty() && run != catalogue.runs.end()) {
    if (is_another(options, *run, catalogue))
      return usage_error(fmt::format("the run '{}' exists with a different data set, splits or "
                                     "voters",
                                     options.name),
                         "--name", "give --name alone for that run, or another name");
    TRY(check_setup(options, *run));
    dataset = *std::ranges::find(catalogue.datasets, run->dataset, &DatasetInfo::id);
    plan.splits = run->splits;
    plan.voters = run->voters;
    plan.precision = run->precision;
    plan.device_kind = run->device_kind;
    conditions = run->conditions;
  } else {
    if (options.dataset.empty())
      return options.name.empty()
                 ? usage_error("a data set is needed, or the --name of a run", "--dataset")
                 : bad_input(fmt::format("there is no run '{}'", options.name),
                             study.folder().string(),
                             "name --dataset, --split and voters for a new one");
    auto named = study.dataset(options.dataset);
    TRY(named);
    dataset = std::move(*named);
    auto kind = device_kind_of(options.device);
    TRY(kind);
    plan.splits = split_list(options.split);
    plan.voters = options.voters;
    plan.precision = options.precision.empty() ? "fp32" : options.precision;
    plan.device_kind = std::move(*kind);
  }
  if (!options.conditions.empty()) {
    const auto more = parse_conditions(options.conditions);
    TRY(more);
    for (const View& condition : *more)
      if (std::ranges::find(conditions, condition) == conditions.end())
        conditions.push_back(condition);
  }
  plan.dataset = dataset.name;
  for (const Voter& voter : plan.voters) TRY(study.model(voter.model));
  conditions.insert(conditions.begin(), View());
  for (const std::string& split : plan.splits) {
    const auto samples = study.sample_count(dataset.id, split);
    TRY(samples);
    for (const View& condition : conditions)
      plan.targets.push_back(
          {dataset.id, split, *samples, plan.precision, plan.device_kind, condition});
  }
  TRY(check_plan(catalogue, plan));
  return plan;
}

/// Zero where nothing is to be computed; null where a time is not known.
ordered_json seconds_or_null(double seconds, bool known) {
  return known ? ordered_json(seconds) : ordered_json();
}

ordered_json estimate_json(const PlannedRun& plan, const RunEstimate& estimate) {
  ordered_json json = {
      {"dataset", plan.dataset},
      {"splits", plan.splits},
      {"precision", plan.precision},
      {"device", plan.device_kind},
      {"images", estimate.samples},
      {"predictions", estimate.predictions},
      {"seconds", seconds_or_null(estimate.seconds, estimate.unknown == 0)},
      {"about", estimate.about},
      {"ms_per_image",
       estimate.ms_per_image > 0 ? ordered_json(estimate.ms_per_image) : ordered_json()},
      {"times_baseline",
       estimate.times_baseline > 0 ? ordered_json(estimate.times_baseline) : ordered_json()},
      {"not_measured", estimate.unknown}};
  // What is known of the others, where some are not.
  if (estimate.unknown > 0) {
    json["known_seconds"] = estimate.seconds;
    json["null_reasons"]["seconds"] =
        fmt::format("{} of the voters were never measured on such a device", estimate.unknown);
  }
  json["voters"] = ordered_json::array();
  for (const VoterEstimate& voter : estimate.voters)
    json["voters"].push_back(
        {{"model", voter.voter.model},
         {"view", to_string(voter.voter.view)},
         {"computed", voter.computed},
         {"left", voter.left},
         {"ms_per_image", voter.time ? ordered_json(voter.time->ms) : ordered_json()},
         {"about", voter.time && voter.time->about},
         {"seconds", seconds_or_null(voter.seconds, voter.time || voter.left == 0)}});
  json["models"] = ordered_json::array();
  for (const auto& [model, seconds] : estimate.by_model)
    json["models"].push_back({{"model", model}, {"seconds", seconds}});
  return json;
}

void print_plan(const PlannedRun& plan, const RunEstimate& estimate) {
  fmt::print("{} × {} on {} in {}: ", count_text(std::ssize(estimate.voters), "voter"),
             count_text(estimate.samples, "image"), plan.device_kind, plan.precision);
  if (estimate.predictions == 0)
    fmt::print("already computed\n");
  else if (estimate.unknown > 0 && estimate.seconds == 0)
    fmt::print(
        "{} to compute; how long they take is not known, since their models have not run "
        "on such a device\n",
        count_text(estimate.predictions, "prediction"));
  else
    fmt::print("{} to compute, {}{:.1f} s predicted\n",
               count_text(estimate.predictions, "prediction"),
               estimate.unknown > 0 ? "more than "
               : estimate.about     ? "about "
                                    : "",
               estimate.seconds);
  if (estimate.ms_per_image > 0)
    fmt::print("  {:.2f} ms per image{}\n", estimate.ms_per_image,
               estimate.times_baseline > 0
                   ? fmt::format(", {:.1f} × the baseline", estimate.times_baseline)
                   : "");
  for (const VoterEstimate& voter : estimate.voters)
    fmt::print("  {:32} {:>9} computed {:>9} left  {}\n", visible_text(to_string(voter.voter)),
               voter.computed, voter.left,
               voter.time ? fmt::format("{}{:.2f} ms per image", voter.time->about ? "about " : "",
                                        voter.time->ms)
                          : "not measured yet");
}

}  // namespace

Result<void> print_estimate(const EstimateOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto catalogue = read_catalogue(*study);
  TRY(catalogue);
  const auto plan = plan_of(*study, *catalogue, options);
  TRY(plan);
  const RunEstimate estimate = estimate_run(*catalogue, plan->targets, plan->voters);
  if (options.json)
    fmt::print("{}\n", estimate_json(*plan, estimate)
                           .dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_plan(*plan, estimate);
  return {};
}

}  // namespace plumbline
