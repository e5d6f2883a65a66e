#include <initializer_list>

#include "app/engine/commands/commands.h"

namespace plumbline {

namespace {

using AddEvaluation = void (*)(CLI::App& evaluate, CommandContext& context);

/// What can be judged from files alone, a line each; each adds its command below `evaluate`.
const std::initializer_list<AddEvaluation> evaluations = {
    add_evaluate_classification,
    add_evaluate_detection,
};

}  // namespace

void add_evaluate(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("evaluate", "from files to figures: no study is needed");
  group->require_subcommand(1);
  for (const AddEvaluation add : evaluations) add(*group, context);
}

}  // namespace plumbline
