#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "app/engine/commands/commands.h"

namespace {

/// On few cores OpenMP's spinning threads cost LibTorch a factor of ten. The engine's module, which
/// brings OpenMP, is loaded later, so that setting it here is in time.
void calm_openmp() {
  if (std::thread::hardware_concurrency() <= 4) ::setenv("OMP_WAIT_POLICY", "passive", 0);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace plumbline;
  calm_openmp();
  CLI::App app{
      "Plumbline's engine: trains models, runs them as voters, decides, exports. Results are kept "
      "in a "
      "study, a folder NAME.plumb."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("plumbline-engine ") + PLUMBLINE_VERSION);
  app.failure_message(CLI::FailureMessage::simple);

  CommandContext context;
  context.words.assign(argv + 1, argv + argc);
  add_doctor(app, context);
  add_import(app, context);
  add_run(app, context);
  add_train(app, context);
  add_decide(app, context);
  add_export(app, context);
  add_evaluate(app, context);
  add_fuse(app, context);
  add_planer(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : exit_code(ErrorKind::usage);
  }
  if (context.result) return 0;
  close_described_job(context);
  fmt::print(stderr, "plumbline-engine: {}\n", to_string(context.result.error()));
  return exit_code(context.result.error().kind);
}
