#include <cmath>
#include <memory>
#include <numeric>

#include <fmt/format.h>
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

void print_policies() {
  for (const PolicyKind& kind : policy_kinds()) {
    fmt::print("{:12} {}\n", kind.name, kind.summary);
    for (const PolicyParameter& p : kind.parameters)
      fmt::print("  {:10} {}; {} to {}, default {} (for four voters)\n", p.name, p.meaning,
                 p.minimum, p.maximum(4), p.default_value(4));
  }
}

/// The voters that decide: all of the run's, or the ones that are named.
Result<std::vector<std::size_t>> choose_voters(const RunInfo& run, const std::string& text) {
  if (text.empty()) return all_voters(run);
  const auto named = parse_voters(text);
  TRY(named);
  std::vector<std::size_t> voters;
  for (const Voter& voter : *named) {
    const auto found = std::ranges::find(run.voters, voter);
    if (found == run.voters.end())
      return usage_error(fmt::format("the run '{}' has no voter '{}'", run.name, to_string(voter)),
                         "--voters");
    voters.push_back(static_cast<std::size_t>(found - run.voters.begin()));
  }
  return voters;
}

/// null for what is not defined: JSON has no NaN.
ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}
ordered_json number(std::optional<double> value) { return value ? number(*value) : ordered_json(); }

/// Times of the voters one after another on the device and batch on which all were measured alike.
struct Cost {
  std::optional<double> latency_ms, ratio;
};

Cost cost_of(const std::vector<PredictionSet>& sets, const std::vector<std::size_t>& voters) {
  double sum = 0;
  const auto& baseline = sets[voters.front()].latency;
  for (const std::size_t v : voters) {
    const auto& latency = sets[v].latency;
    if (!latency || !baseline || latency->device != baseline->device ||
        latency->batch != baseline->batch)
      return {};
    sum += latency->median_ms;
  }
  return {sum, sum / baseline->median_ms};
}

ordered_json figures(const Decisions& decisions, const VoteTable& table, const Policy& policy,
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
  // Only a policy of one voter has that voter's distribution; only confidences can be calibrated.
  const bool single = policy.kind().name == "mcp";
  std::optional<double> nll;
  if (single && counts.judged() > 0) {
    double sum = 0;
    for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
      if (decisions.verdict[i] != Verdict::unjudged) sum -= table.voters[0].log_prob_label[i];
    nll = sum / static_cast<double>(counts.judged());
  }
  const bool confidence = single || policy.kind().name == "mean";
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
          {"ece", confidence ? number(expected_calibration_error(score, right)) : ordered_json()},
          {"nll", number(nll)},
          {"brier", nullptr},
          {"expected_latency_ms", number(cost.latency_ms)},
          {"latency_ratio", number(cost.ratio)},
          {"policy", to_string(policy)},
          {"not_judged", counts[Verdict::unjudged]},
          {"ties_broken", decisions.ties_broken}};
}

void print_figures(const ordered_json& result) {
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
    fmt::print("  all voters: {:.2f} ms a batch, {:.2f} × the baseline\n",
               result["expected_latency_ms"].get<double>(), result["latency_ratio"].get<double>());
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
  const auto policy = parse_policy(options.policy, voters->size());
  TRY(policy);
  const auto votes = load_votes(*study, *run, *split);
  TRY(votes);
  const auto decisions = decide_run(*study, *run, *split, *votes, *voters, *policy);
  TRY(decisions);
  const auto sets = study->prediction_sets(*run, *split);
  TRY(sets);
  const auto result =
      figures(*decisions, select_voters(votes->table(), *voters), *policy, cost_of(*sets, *voters));
  if (options.json)
    fmt::print("{}\n", result.dump());
  else
    print_figures(result);
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
  command->add_option("--voters", options->voters, "some of the run's voters: MODEL:VIEW,…");
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
