#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/decide_output.h"
#include "core/review/figures.h"
#include "core/study/given_outputs.h"

namespace plumbline {

namespace {

struct ClassificationOptions {
  std::vector<std::string> outputs, fit_outputs;
  std::string labels, fit_labels, kind = "auto", policy = "mcp";
  bool json = false, intervals = false;
};

Result<GivenOutputs> read_outputs(const std::vector<std::string>& outputs,
                                  const std::string& labels, const ClassificationOptions& options,
                                  const std::string& name) {
  const std::vector<std::filesystem::path> files(outputs.begin(), outputs.end());
  auto given = read_given_outputs(files, labels, options.kind, name);
  TRY(given);
  if (options.kind == "auto")
    for (std::size_t v = 0; v < outputs.size(); ++v)
      fmt::print(stderr, "{}: taken for {} (--kind says otherwise)\n", outputs[v],
                 to_string(given->kinds[v]));
  return given;
}

/// The figures' data, likelihood and Brier score included where the policy has a distribution.
MetricData data_of(const BoundPolicy& policy, const HeldSplit& split) {
  Decisions decisions;
  decide(policy, split, decisions);
  if (decisions.losses == nullptr) decisions.losses = reduce(policy, split).losses;
  return metric_data(policy, decisions, split.votes, cost_of(policy, split.votes, {}));
}

Result<BoundPolicy> bind_to_files(Policy policy, const ClassificationOptions& options) {
  if (options.fit_outputs.empty()) return bind(std::move(policy));
  const auto given = read_outputs(options.fit_outputs, options.fit_labels, options, "fit");
  TRY(given);
  if (given->split.votes.voters.size() != policy.voters())
    return usage_error("the policy is fitted on a different number of files than it decides with",
                       "--fit-probabilities", "give one file per voter, in the same order");
  const FitData fit = given->split.fit_data();
  return bind(std::move(policy), {.fit = &fit});
}

Result<void> evaluate_classification(const ClassificationOptions& options) {
  const auto given = read_outputs(options.outputs, options.labels, options, "given");
  TRY(given);
  auto written = parse_policy(options.policy, options.outputs.size());
  TRY(written);
  auto policy = bind_to_files(std::move(*written), options);
  TRY(policy);
  DecideOutput output;
  const MetricData data = data_of(*policy, given->split);
  output.figures = figures_of(data);
  output.asked = options.outputs.size();
  output.policy = std::move(*policy);
  if (options.intervals) {
    const auto mcp = make_policy("mcp", options.outputs.size());
    const MetricData baseline = data_of(*bind(*mcp), given->split);
    auto intervals = bootstrap(data, &baseline);
    TRY(intervals);
    output.intervals = std::move(*intervals);
  }
  if (options.json)
    fmt::print("{}\n", json_of(output).dump());
  else
    print_output(output);
  return {};
}

}  // namespace

void add_evaluate_classification(CLI::App& evaluate, CommandContext& context) {
  auto* command =
      evaluate.add_subcommand("classification", "a policy on .npy files of outputs and labels");
  auto options = std::make_shared<ClassificationOptions>();
  command
      ->add_option("--probabilities", options->outputs,
                   "one .npy per voter, samples × classes, joined by commas")
      ->required()
      ->delimiter(',');
  command->add_option("--labels", options->labels, "a .npy of class numbers")->required();
  command
      ->add_option("--kind", options->kind,
                   "what the numbers are: auto, probabilities, log-probabilities or logits")
      ->capture_default_str();
  command->add_option("--policy", options->policy, "as decide's")->capture_default_str();
  auto* fit = command
                  ->add_option("--fit-probabilities", options->fit_outputs,
                               "files of other samples, on which what the policy learns is fitted")
                  ->delimiter(',');
  auto* fit_labels = command->add_option("--fit-labels", options->fit_labels, "their labels");
  fit->needs(fit_labels);
  fit_labels->needs(fit);
  command->add_flag("--intervals", options->intervals,
                    "95 % intervals of 1,000 resamples, paired with mcp's");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options] { context.result = evaluate_classification(*options); });
}

}  // namespace plumbline
