#include "app/engine/commands/commands.h"

namespace plumbline {

void add_planer(CLI::App& app, CommandContext& context) {
  auto* planer =
      app.add_subcommand("planer", "find Transformer language models that meet a latency (PLANER)");
  planer->require_subcommand(1);
  add_planer_import(*planer, context);
  add_planer_profile(*planer, context);
  add_planer_train(*planer, context);
  add_planer_search(*planer, context);
  add_planer_sweep(*planer, context);
  add_planer_evaluate(*planer, context);
  add_planer_networks(*planer, context);
  add_planer_front(*planer, context);
  add_planer_export(*planer, context);
}

}  // namespace plumbline
