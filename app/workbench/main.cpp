#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "app/workbench/platform_noise.h"
#include "app/workbench/report_command.h"
#include "app/workbench/screenshot.h"
#include "app/workbench/window.h"
#include "core/types/error.h"

int main(int argc, char** argv) {
  using namespace plumbline;
  CLI::App app{"Plumbline: a workbench for dependable and efficient deep learning."};
  app.set_version_flag("--version", std::string("plumbline ") + PLUMBLINE_VERSION);
  app.failure_message(CLI::FailureMessage::simple);
  std::string study;
  app.add_option("STUDY", study, "The study to open, a folder NAME.plumb");

  ScreenshotRequest picture;
  CLI::App* screenshot =
      app.add_subcommand("screenshot", "Draws a page into a PNG; needs no display");
  add_options(*screenshot, picture);

  ReportCommand report;
  CLI::App* report_command =
      app.add_subcommand("report", "Writes a report of a run or a search; needs no display");
  add_options(*report_command, report);

  quiet_platform_noise();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorKind::usage);
  }
  const auto result = screenshot->parsed()       ? take_screenshot(picture, argv[0])
                      : report_command->parsed() ? write_report_file(report, argv[0])
                                                 : show_window(study, argv[0]);
  if (result) return 0;
  fmt::print(stderr, "plumbline: {}\n", to_string(result.error()));
  return exit_code(result.error().kind);
}
