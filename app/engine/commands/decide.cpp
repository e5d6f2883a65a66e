#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/decide_checks.h"
#include "app/engine/commands/decide_drift.h"
#include "app/engine/commands/decide_output.h"
#include "app/engine/commands/decide_selection.h"
#include "app/engine/commands/decide_stress.h"
#include "app/engine/commands/decide_subsets.h"
#include "app/engine/commands/heeded_options.h"
#include "core/decision/default_voters.h"
#include "core/decision/policy_cost.h"
#include "core/decision/policy_energy.h"
#include "core/review/box_review.h"
#include "core/review/figures.h"
#include "core/review/review_kind.h"
#include "core/study/condition.h"
#include "core/study/decide_run.h"
#include "core/study/run_energies.h"
#include "core/study/run_gaps.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

std::string range_and_default(const PolicyParameter& parameter, std::size_t voters) {
  switch (parameter.type) {
    case ParameterType::number:
    case ParameterType::integer:
      return fmt::format("{} to {}, default {}", parameter.minimum, parameter.maximum(voters),
                         parameter.default_value(voters));
    case ParameterType::word:
      return fmt::format("{}, default {}", fmt::join(parameter.words, " or "),
                         parameter.words.front());
    case ParameterType::list: return "numbers, written 0:2:1";
    case ParameterType::file: return "a file";
    case ParameterType::policy: return fmt::format("a policy, default {}", parameter.default_text);
  }
  return {};
}

constexpr std::size_t example_voters = 4;

void print_policies() {
  for (const PolicyKind* kind : policy_kinds()) {
    fmt::print("{:12} {}\n", kind->name, kind->summary);
    for (const PolicyParameter& p : kind->parameters) {
      const std::string range = range_and_default(p, example_voters);
      // Most are the same however many vote.
      const bool depends = range != range_and_default(p, example_voters - 1);
      fmt::print("  {:10} {}; {}{}\n", p.name, p.meaning, range, depends ? ", of four voters" : "");
    }
  }
}

Result<void> save_decision(const DecideOptions& options, const RunInfo& run,
                           const std::vector<std::size_t>& voters, const DecideOutput& output) {
  if (output.chose_nothing())
    return bad_input("nothing can be promised, so there is no setting to save",
                     "--save " + options.save,
                     "name a --rule as well, which then chooses, or a greater risk");
  auto study = Study::open(options.study, Access::read_write);
  TRY(study);
  StoredDecision decision{options.save,       run.name,    {},           output.policy,
                          output.selected_on, output.rule, std::string()};
  for (const std::size_t voter : voters) decision.voters.push_back(run.voters[voter]);
  if (output.certificate) decision.certificate = json_of(*output.certificate).dump();
  if (output.harm_certificate) decision.certificate = json_of(*output.harm_certificate).dump();
  return study->save_decision(decision, options.replace);
}

/// `mcp` at its default on the same samples; nothing where predictions are no classes.
Result<std::optional<MetricData>> baseline_figures(const ReviewSource& source,
                                                   const std::vector<std::size_t>& voters,
                                                   const std::optional<HarmUnit>& unit) {
  if (source.votes() == nullptr) return std::optional<MetricData>();
  auto mcp = make_policy("mcp", voters.size());
  TRY(mcp);
  const auto bound = bind(std::move(*mcp));
  TRY(bound);
  auto data = figures_on(source, *bound, voters, unit);
  TRY(data);
  return std::optional(std::move(*data));
}

/// The policy and its voters: as they are written, or those of a decision that was saved.
struct Chosen {
  std::vector<std::size_t> voters;
  std::optional<BoundPolicy> saved;
};

Result<Chosen> choose(const Study& study, const RunInfo& run, const DecideOptions& options) {
  if (options.decision.empty()) {
    auto voters = choose_voters(run, options.voters);
    TRY(voters);
    return Chosen{std::move(*voters), std::nullopt};
  }
  const auto decision = study.decision(options.decision);
  TRY(decision);
  std::string named;
  for (const Voter& voter : decision->voters)
    named += (named.empty() ? "" : ",") + to_string(voter);
  auto voters = choose_voters(run, named);
  TRY(voters);
  return Chosen{std::move(*voters), decision->policy};
}

/// A run, or imported predictions, which need none.
Result<RunInfo> run_of(const Study& study, const DecideOptions& options) {
  if (!options.run.empty()) return find_run(study, options.run);
  const auto voters = parse_voters(options.voters);
  TRY(voters);
  return run_of_imported(study, *voters);
}

Result<void> decide_command(const DecideOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto run = run_of(*study, options);
  TRY(run);
  const auto condition = choose_condition(*run, options.condition);
  TRY(condition);
  // What is fitted, chosen and measured in time is of the run as it is; what is shown of this.
  const RunInfo shown = under(*run, *condition);
  const auto gaps = gaps_of(*study, shown);
  TRY(gaps);
  if (const std::string missing = to_text(*gaps, *run); !missing.empty())
    fmt::print(stderr, "warning: {}\n", visible_text(missing));
  const auto split = choose_split(*study, *run, options.split);
  TRY(split);
  const auto chosen = choose(*study, *run, options);
  TRY(chosen);
  const std::vector<std::size_t>& voters = chosen->voters;
  const auto kind = review_kind_of(*study, *run);
  TRY(kind);
  const bool is_on_boxes = *kind == &box_review();
  DecideOutput output;
  output.split = *split;
  if (is_on_boxes && !options.fit_on.empty())
    return usage_error("a policy on boxes learns nothing", "--fit-on", "leave it out");
  if (chosen->saved) {
    output.policy = *chosen->saved;
  } else {
    auto written = parse_policy(options.policy, voters.size());
    TRY(written);
    TRY(check_suits(*written, (*kind)->name));
    auto bound = is_on_boxes ? bind(std::move(*written))
                             : bind_policy(*study, *run, std::move(*written), voters, options);
    TRY(bound);
    output.policy = std::move(*bound);
  }
  const auto costs = read_harm_costs(*study, *run, options);
  TRY(costs);
  const auto unit = *costs ? std::optional((*costs)->unit()) : std::nullopt;
  std::optional<MetricData> selected;
  if (!options.select_on.empty()) {
    auto data = is_on_boxes ? select_box_setting(*study, *run, voters, options, output)
                            : select_setting(*study, *run, voters, options, unit, output);
    TRY(data);
    selected = std::move(*data);
    output.on_selected = figures_of(*selected);
  }
  const auto source = (*kind)->open(*study, shown, *split);
  TRY(source);
  const auto reviewed = (*source)->decide(output.policy, voters);
  TRY(reviewed);
  if (*condition != View()) output.condition = to_string(*condition);
  if (const auto& boxes = (*reviewed)->boxes) {
    if (options.intervals)
      return usage_error("decide does not compute intervals for boxes", "--intervals",
                         "plumbline report does");
    const auto images = study->sample_count(run->dataset, *split);
    TRY(images);
    output.boxes = BoxOutcomes{*images, boxes->found, boxes->undetected, boxes->false_detections};
  }
  const auto times = comparable_times(*study, *run, *split, voters);
  TRY(times);
  const auto votes = (*source)->votes();
  const PolicyCost cost =
      votes ? cost_of(output.policy, select_voters(votes->table(), voters), *times)
            : cost_of(output.policy, times->latency_ms);
  if (cost.latency_ms && output.policy.policy.kind().asked_on != nullptr)
    output.batches = times->common_sizes();
  MetricData data = (*reviewed)->figures;
  auto baseline = baseline_figures(**source, voters, unit);
  TRY(baseline);
  if (unit) {
    if (!votes)
      return usage_error("only decisions on classes have costs", "--costs", "leave it out");
    data.columns.push_back(harm_column(*unit, votes->table().labels, (*reviewed)->decisions));
  }
  if (!options.damages.empty()) {
    if (!votes)
      return usage_error("only votes of classes can be damaged", "--damage", "leave it out");
    output.undamaged = figures_of(data);
    auto damaged = damaged_figures(*study, shown, *split, output.policy, voters, options.damages);
    TRY(damaged);
    output.damages = std::move(damaged->damages);
    output.hit = std::move(damaged->hit);
    data = std::move(damaged->data);
    *baseline = std::move(damaged->baseline);
  }
  data.latency_ms = cost.latency_ms;
  data.latency_ratio = cost.ratio;
  KnownEnergies energies = known_energies(*study, *run, voters);
  set_energy(data,
             votes
                 ? energy_of(output.policy, select_voters(votes->table(), voters), energies.joules)
                 : energy_of(output.policy, energies.joules),
             std::move(energies.missing));
  output.figures = figures_of(data);
  output.asked = cost.asked;
  if (options.intervals)
    TRY(add_intervals(data, *baseline ? &**baseline : nullptr, selected ? &*selected : nullptr,
                      output));
  if (!options.drift_from.empty())
    TRY(add_drift(*study, *run, options, **kind, voters, unit, data,
                  *baseline ? &**baseline : nullptr, output));
  if (options.front) {
    if (!votes)
      return usage_error("only decisions on classes have a front", "--front", "leave it out");
    auto front = decision_front(*study, shown, *split, output.policy, voters, unit);
    TRY(front);
    output.front = std::move(*front);
  }
  TRY(add_parts(*study, *run, options, *costs, **source, **reviewed, voters, output));
  TRY(add_sample(*study, shown, options, **source, **reviewed, voters, output));
  if (!options.conditions.empty()) {
    const auto conditions = choose_conditions(*run, options.conditions);
    TRY(conditions);
    auto curves = severity_curves(*study, *run, {*split, output.policy, voters, {}}, *conditions);
    TRY(curves);
    output.curves = std::move(*curves);
  }
  if (!options.save.empty()) TRY(save_decision(options, *run, voters, output));
  const std::string names = visible_text(voter_names(*run, voters));
  if (options.json) {
    fmt::print("{}\n", json_of(output).dump(-1, ' ', false,
                                            nlohmann::ordered_json::error_handler_t::replace));
    // The keys are a contract without room for this; whoever left the choice to us reads it here.
    if (options.voters.empty() && voters.size() < run->voters.size())
      fmt::print(stderr, "decided by {} (--voters chooses others)\n", names);
  } else {
    print_output(output);
    fmt::print("  decided by {}\n", names);
  }
  return {};
}

}  // namespace

void add_decide(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("decide", "what a policy keeps, misses and rejects");
  auto options = std::make_shared<DecideOptions>();
  command->add_option("STUDY", options->study, "the study's folder");
  command->add_option("--run", options->run,
                      "run, or the name of imported predictions, which need no run");
  command->add_option("--policy", options->policy,
                      "name or name(parameter=value,…) ('list' prints them)");
  command->add_option("--decision", options->decision,
                      "a decision that was saved, applied as it is, instead of a policy");
  command->add_option("--split", options->split, "where a run has several");
  command->add_option("--voters", options->voters,
                      fmt::format("MODEL:VIEW,… of the run's voters, or without a run imported "
                                  "predictions; left out, {}",
                                  default_voters_words));
  command->add_option("--fit-on", options->fit_on,
                      "the split on which what the policy learns is fitted; left out, that of "
                      "--select-on");
  command->add_option("--select-on", options->select_on,
                      "the split on which the threshold is chosen, over every value that matters");
  command->add_option(
      "--rule", options->rule,
      "the rule that it must satisfy there: kept>=baseline (mcp at its default), kept>=N, risk<=r, "
      "coverage>=c, cost<=x, joined by commas; or with --costs least-harm, or harm<=x for the most "
      "kept; default kept>=baseline; of boxes false<=x, in false detections per image, or "
      "false<=baseline (the first voter alone at its default), which is their default");
  command
      ->add_option("--cost", options->cost,
                   "the cost of cost<=x, and of the order in which stages ask: latency or energy "
                   "(which run --energy measures), as a multiple of the first voter's")
      ->check(CLI::IsMember({"latency", "energy"}))
      ->capture_default_str();
  command->add_option("--certify", options->certify,
                      "choose the loosest threshold for which a risk can be promised: "
                      "risk=0.01,confidence=0.95[,kind=generalized], or with --costs "
                      "harm=0.05,confidence=0.95[,kind=generalized]");
  command->add_flag("--intervals", options->intervals,
                    "95 % intervals of 1,000 resamples, paired with mcp's");
  command->add_option("--drift-from", options->drift_from,
                      "also show what became of each figure since this split, where parameters "
                      "were chosen before: the same policy on both, verdicts as shares of the "
                      "samples");
  command->add_option("--costs", options->costs,
                      "count harm: a cost matrix, CSV or JSON, of true classes by what is decided "
                      "(export --what costs writes one), or plain: 1 for every error");
  command
      ->add_option("--cost-of", options->changed_costs,
                   "change one cost of --costs: 'TRUE>DECIDED=COST', such as 'cat>dog=5'; once for "
                   "each")
      ->allow_extra_args(false);
  command
      ->add_option("--reject-cost", options->reject_cost, "what one rejection costs, for --costs")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_flag("--front", options->front,
                    "every setting for which no other keeps as many and misses fewer, or with "
                    "--costs does less harm");
  command->add_flag("--confusion", options->confusion,
                    "what is accepted by class: right of each, and wrong of each pair of classes "
                    "that occurs, most samples first");
  command->add_flag("--reliability", options->reliability,
                    "how often the label is right in 15 bins of the score, which has to be a "
                    "probability, with Wilson's 95 % intervals; and the baseline's: the confidence "
                    "of the run's first voter");
  command->add_flag("--stages", options->stages,
                    "of a policy that asks one voter after another, the share of the samples that "
                    "reaches each");
  command->add_option("--sample", options->sample,
                      "also say of one sample what was decided and why, with each voter's vote and "
                      "the mean distribution of the policy's voters: its name below the data set's "
                      "folder, or its number in the split, from 0");
  command->add_flag(
      "--subsets", options->subsets,
      "search which few of the run's voters miss least at what they cost: all choices "
      "of up to 16, at every setting, on --select-on (left out, another split where "
      "there is one), by --rule; shown on --split");
  command->add_option("--condition", options->condition,
                      "show the policy under a condition of the run, such as noise=4; what is "
                      "fitted and chosen remains that of the run without one");
  command->add_option(
      "--conditions", options->conditions,
      "also print a line for each of these conditions of the run: all, or 'noise=2,4;blur=1'");
  command
      ->add_option("--damage", options->damages,
                   "show the policy with a voter damaged: "
                   "voter=MODEL:VIEW,kind=noise|constant|shuffle,rate=0.2[,seed=0][,class=NAME]; "
                   "once for each voter")
      ->allow_extra_args(false);
  command->add_option("--save", options->save, "keep the decision in the study under this name");
  command->add_flag("--replace", options->replace, "let --save overwrite a decision of that name");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options, command] {
    if (options->policy == "list") {
      context.result = check_heeded(*command, "--policy list", "only lists the policies");
      if (context.result) print_policies();
      return;
    }
    options->says_reject_cost = command->count("--reject-cost") > 0;
    context.result = check_decide_options(*options);
    if (context.result)
      context.result = options->subsets ? search_subsets_of(*options) : decide_command(*options);
  });
}

}  // namespace plumbline
