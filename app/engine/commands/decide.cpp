#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/metrics/calibration.h"
#include "core/metrics/selective.h"
#include "core/study/decide_run.h"

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
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}
ordered_json number(std::optional<double> value) { return value ? number(*value) : ordered_json(); }

/// Times of the voters one after another, each as often as it is asked.
struct Cost {
  std::optional<double> latency_ms, ratio;
  std::size_t asked = 0;  ///< voters that are asked at all
};

Cost cost_of(const BoundPolicy& policy, std::span<const std::optional<double>> latencies) {
  Cost cost;
  double sum = 0;
  bool measured = latencies.front().has_value();
  const std::vector<double> shares = asked_shares(policy);
  for (std::size_t v = 0; v < shares.size(); ++v) {
    if (shares[v] == 0) continue;
    ++cost.asked;
    measured = measured && latencies[v];
    if (measured) sum += shares[v] * *latencies[v];
  }
  if (!measured) return cost;
  cost.latency_ms = sum;
  cost.ratio = sum / *latencies.front();
  return cost;
}

ordered_json figures(const Decisions& decisions, const VoteTable& table, const BoundPolicy& policy,
                     const Cost& cost) {
  const VerdictCounts& counts = decisions.counts;
  std::vector<float> score;
  std::vector<std::uint8_t> right;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    if (decisions.verdict[i] == Verdict::unjudged) continue;
    score.push_back(decisions.score[i]);
    right.push_back(decisions.verdict[i] == Verdict::kept ||
                    decisions.verdict[i] == Verdict::needlessly_rejected);
  }
  const auto selective = selective_metrics(score, right);
  const PolicyTraits traits = policy.policy.traits();
  std::optional<double> nll;
  if (traits.has_first_distribution && counts.judged() > 0) {
    double sum = 0;
    for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
      if (decisions.verdict[i] != Verdict::unjudged) sum -= table.voters[0].log_prob_label[i];
    nll = sum / static_cast<double>(counts.judged());
  }
  return {{"samples", counts.judged()},
          {"accuracy", number(counts.accuracy())},
          {"kept_correct", counts[Verdict::kept]},
          {"undetected_mispredictions", counts[Verdict::undetected]},
          {"caught_mispredictions", counts[Verdict::caught]},
          {"needlessly_rejected", counts[Verdict::needlessly_rejected]},
          {"coverage", number(counts.coverage())},
          {"selective_risk", number(counts.selective_risk())},
          {"generalized_risk", number(counts.generalized_risk())},
          {"aurc", number(selective.aurc)},
          {"e_aurc", number(selective.e_aurc)},
          {"augrc", number(selective.augrc)},
          {"auroc", number(selective.auroc)},
          {"fpr95", number(selective.fpr95)},
          {"ece", traits.score_is_probability ? number(expected_calibration_error(score, right))
                                              : ordered_json()},
          {"nll", number(nll)},
          {"brier", nullptr},
          {"expected_latency_ms", number(cost.latency_ms)},
          {"latency_ratio", number(cost.ratio)},
          {"policy", to_string(policy.policy)},
          {"not_judged", counts[Verdict::unjudged]},
          {"ties_broken", decisions.ties_broken}};
}

void print_figures(const ordered_json& result, std::size_t asked) {
  const auto count = [&](const char* key) { return result[key].get<std::int64_t>(); };
  const auto percent = [&](const char* key) {
    return result[key].is_null() ? "–" : fmt::format("{:.2f} %", 100 * result[key].get<double>());
  };
  const auto plain = [&](const char* key) {
    return result[key].is_null() ? "–" : fmt::format("{:.5f}", result[key].get<double>());
  };
  fmt::print("{} on {} samples, accuracy {}\n", result["policy"].get<std::string>(),
             count("samples"), percent("accuracy"));
  fmt::print("  kept correct              {:>10}\n", count("kept_correct"));
  fmt::print("  undetected mispredictions {:>10}\n", count("undetected_mispredictions"));
  fmt::print("  caught mispredictions     {:>10}\n", count("caught_mispredictions"));
  fmt::print("  needlessly rejected       {:>10}\n", count("needlessly_rejected"));
  if (count("not_judged") > 0)
    fmt::print("  not judged                {:>10}\n", count("not_judged"));
  fmt::print("  coverage {}, selective risk {}, AUGRC {}, AURC {}\n", percent("coverage"),
             percent("selective_risk"), plain("augrc"), plain("aurc"));
  if (!result["expected_latency_ms"].is_null())
    fmt::print("  {} asked: {:.2f} ms a batch, {:.2f} × the baseline\n",
               asked == 1 ? "one voter" : fmt::format("{} voters", asked),
               result["expected_latency_ms"].get<double>(), result["latency_ratio"].get<double>());
}

void print_voters(const RunInfo& run, const std::vector<std::size_t>& voters) {
  std::string names;
  for (const std::size_t v : voters)
    names += (names.empty() ? "" : ", ") + to_string(run.voters[v]);
  fmt::print("  {} of the run's {} voters: {}\n", voters.size(), run.voters.size(), names);
}

Result<void> decide_command(const DecideOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto run = study->run(options.run);
  TRY(run);
  const auto split = choose_split(*run, options.split);
  TRY(split);
  const auto voters = choose_voters(*run, options.voters);
  TRY(voters);
  auto written = parse_policy(options.policy, voters->size());
  TRY(written);
  const auto policy = bind(std::move(*written));
  TRY(policy);
  const auto votes = load_votes(*study, *run, *split);
  TRY(votes);
  const auto decisions = decide_run(*study, *run, *split, *votes, *voters, *policy);
  TRY(decisions);
  const auto latencies = comparable_latencies(*study, *run, *split, *voters);
  TRY(latencies);
  const Cost cost = cost_of(*policy, *latencies);
  const auto result = figures(*decisions, select_voters(votes->table(), *voters), *policy, cost);
  if (options.json) {
    fmt::print("{}\n", result.dump());
  } else {
    print_figures(result, cost.asked);
    print_voters(*run, *voters);
  }
  return {};
}

}  // namespace

void add_decide(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("decide", "what a policy keeps, misses and rejects");
  auto options = std::make_shared<DecideOptions>();
  command->add_option("STUDY", options->study, "the study's folder");
  command->add_option("--run", options->run, "run");
  command
      ->add_option("--policy", options->policy,
                   "name or name(parameter=value,…) ('list' prints them)")
      ->required();
  command->add_option("--split", options->split, "where a run has several");
  command->add_option(
      "--voters", options->voters,
      "MODEL:VIEW,… of the run's voters; left out, those of the identity view where every "
      "model has every view, else all");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options] {
    if (options->policy == "list") return print_policies();
    if (options->study.empty() || options->run.empty())
      context.result = usage_error("STUDY and --run are needed", "decide", "decide --help");
    else
      context.result = decide_command(*options);
  });
}

}  // namespace plumbline
