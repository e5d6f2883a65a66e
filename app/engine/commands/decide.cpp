#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/decision/policy_cost.h"
#include "core/review/review_kind.h"
#include "core/study/decide_run.h"
#include "core/study/run_gaps.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct DecideOptions {
  std::string study, run, policy, split, voters;
  bool json = false;
};

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

void print_policies() {
  for (const PolicyKind* kind : policy_kinds()) {
    fmt::print("{:12} {}\n", kind->name, kind->summary);
    for (const PolicyParameter& p : kind->parameters)
      fmt::print("  {:10} {}; {} (for four voters)\n", p.name, p.meaning, range_and_default(p, 4));
  }
}

/// null for what is not defined: JSON has no NaN.
ordered_json json_of(const Figure& figure) {
  if (!figure.value) return {};
  return figure.metric->unit == MetricUnit::count
             ? ordered_json(static_cast<std::int64_t>(*figure.value))
             : ordered_json(*figure.value);
}

/// Scripts read the keys in this order: figures, the policy, and how they came about.
ordered_json json_of(const std::vector<Figure>& figures, const Policy& policy) {
  ordered_json result;
  for (const bool notes : {false, true}) {
    for (const Figure& figure : figures)
      if (figure.metric->note == notes) result[figure.metric->key] = json_of(figure);
    if (!notes) result["policy"] = to_string(policy);
  }
  return result;
}

void print_figures(const std::vector<Figure>& figures, const Policy& policy, std::size_t asked) {
  const auto text = [&](std::string_view key) {
    const auto found =
        std::ranges::find(figures, key, [](const Figure& f) { return f.metric->key; });
    return figure_text(*found->metric, found->value);
  };
  fmt::print("{} on {} samples, accuracy {}\n", to_string(policy), text("samples"),
             text("accuracy"));
  for (const Figure& figure : figures) {
    const Metric& metric = *figure.metric;
    const bool is_listed = metric.unit == MetricUnit::count && metric.key != "samples" &&
                           (!metric.note || figure.value.value_or(0) > 0);
    if (is_listed) fmt::print("  {:25} {:>10}\n", metric.title, figure_text(metric, figure.value));
  }
  fmt::print("  coverage {}, selective risk {}, AUGRC {}, AURC {}\n", text("coverage"),
             text("selective_risk"), text("augrc"), text("aurc"));
  if (text("latency_ratio") != "–")
    fmt::print("  {} asked: {}, {}\n", asked == 1 ? "one voter" : fmt::format("{} voters", asked),
               text("expected_latency_ms"), text("latency_ratio"));
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
  const auto gaps = gaps_of(*study, *run);
  TRY(gaps);
  if (const std::string missing = to_text(*gaps, *run); !missing.empty())
    fmt::print(stderr, "warning: {}\n", visible_text(missing));
  const auto split = choose_split(*run, options.split);
  TRY(split);
  const auto voters = choose_voters(*run, options.voters);
  TRY(voters);
  const auto kind = review_kind_of(*study, *run);
  TRY(kind);
  auto written = parse_policy(options.policy, voters->size());
  TRY(written);
  TRY(check_suits(*written, (*kind)->name));
  const auto policy = bind(std::move(*written));
  TRY(policy);
  const auto source = (*kind)->open(*study, *run, *split);
  TRY(source);
  const auto reviewed = (*source)->decide(*policy, *voters);
  TRY(reviewed);
  const auto latencies = comparable_latencies(*study, *run, *split, *voters);
  TRY(latencies);
  const PolicyCost cost = cost_of(*policy, *latencies);
  MetricData data = (*reviewed)->figures;
  data.latency_ms = cost.latency_ms;
  data.latency_ratio = cost.ratio;
  const auto figures = figures_of(data);
  if (options.json) {
    fmt::print("{}\n", json_of(figures, policy->policy).dump());
    // The keys are a contract without room for this; whoever left the choice to us reads it here.
    if (options.voters.empty() && voters->size() < run->voters.size())
      fmt::print(stderr, "decided by {} (--voters chooses others)\n", voter_names(*run, *voters));
  } else {
    print_figures(figures, policy->policy, cost.asked);
    fmt::print("  {}\n", voter_names(*run, *voters));
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
  command
      ->add_option("--policy", options->policy,
                   "name or name(parameter=value,…) ('list' prints them)")
      ->required();
  command->add_option("--split", options->split, "where a run has several");
  command->add_option(
      "--voters", options->voters,
      "MODEL:VIEW,… of the run's voters, or without a run imported predictions; left out, those of the identity view where every "
      "model has every view, else all");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options] {
    if (options->policy == "list") return print_policies();
    if (options->study.empty() || (options->run.empty() && options->voters.empty()))
      context.result =
          usage_error("STUDY and --run (or --voters of imported predictions) are needed", "decide",
                      "decide --help");
    else
      context.result = decide_command(*options);
  });
}

}  // namespace plumbline
