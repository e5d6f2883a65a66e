#include <algorithm>
#include <memory>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/types/list_text.h"

namespace plumbline {

namespace {

struct EvaluateOptions {
  PlanerCommon common;
  std::string names;
  PlanerEvaluateRequest request;
};

void print_evaluation(const nlohmann::ordered_json& summary) {
  if (!summary.is_array()) return print_network(summary);
  for (const auto& network : summary) print_network(network);
}

Result<void> evaluate(EvaluateOptions options, const CommandContext& context) {
  PlanerEvaluateRequest& request = options.request;
  request.names = split_list(options.names);
  if (auto given = check_given("evaluate", {{"STUDY", !options.common.study.empty()},
                                            {"--name", !request.names.empty()}});
      !given) {
    return given;
  }
  for (auto name = request.names.begin(); name != request.names.end(); ++name) {
    if (std::find(request.names.begin(), name, *name) != name) {
      return usage_error("the network is named twice", *name);
    }
  }
  if (auto text = check_text(request.text); !text) return text;
  request.study = options.common.study;
  NetworkWork work{"evaluate", request.names, "", "", 0, {}, {}};
  if (request.shape.batch != 0) work.batches = {request.shape.batch};
  if (request.shape.length != 0) work.lengths = {request.shape.length};
  request.job = job_options(context, options.common.flags, options.common.study, "planer-evaluate",
                            std::move(work));
  const auto engine = load_engine();
  TRY(engine);
  return print_outcome((*engine)->planer_evaluate(request), options.common, print_evaluation);
}

}  // namespace

void add_planer_evaluate(CLI::App& planer, CommandContext& context) {
  auto* command = planer.add_subcommand(
      "evaluate", "measure the latency, loss and energy of networks, all in the same way");
  auto options = std::make_shared<EvaluateOptions>();
  PlanerEvaluateRequest& request = options->request;
  command->add_option("STUDY", options->common.study, "the study's folder");
  command->add_option("--name", options->names,
                      "networks, separated by commas: several are measured in turns");
  add_text_options(*command, request.text, "the text (default: each network's own)");
  command->add_option("--part", request.part, "part of the text that is judged")
      ->check(CLI::IsMember(std::vector<std::string>{"validation", "test"}))
      ->capture_default_str();
  add_count(*command, "--validation-tokens", request.tokens, 1, std::int64_t{1} << 32,
            "number of tokens of that part (default: all)");
  add_shape_options(*command, request.shape);
  command->add_flag("--energy", request.energy,
                    "also measure in turns what they draw for 1,000 tokens, where the device "
                    "counts it (15 seconds per network)");
  command->add_flag("--replace", request.replace,
                    "keep latencies and energies even where the study has some that spread less, "
                    "or that were measured in turns with the existing network");
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, evaluate);
}

}  // namespace plumbline
