#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/confine_to_study.h"
#include "app/engine/load_engine.h"
#include "core/data/atomic_file.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct ExplainOptions {
  ExplainRequest request;
  bool json = false;
};

Result<void> explain(const ExplainOptions& options) {
  const ExplainRequest& request = options.request;
  const auto engine = load_engine();
  TRY(engine);
  TRY(confine_to_study(request.study, request.device, {}, {request.output}));
  const auto summary = (*engine)->explain(request);
  TRY(summary);
  // The picture may itself go to standard output.
  std::FILE* stream = is_standard_output(request.output) ? stderr : stdout;
  if (options.json) {
    fmt::print(stream, "{}\n", summary->dump());
    return {};
  }
  fmt::print(stream,
             "{} is {} to {} with {:.1f} %; this rests most on the pixels around x {}, y {}\n",
             visible_text((*summary)["sample"].get<std::string>()),
             visible_text((*summary)["class"].get<std::string>()),
             (*summary)["voter"].get<std::string>(), 100 * (*summary)["probability"].get<double>(),
             (*summary)["strongest_x"].get<int>(), (*summary)["strongest_y"].get<int>());
  fmt::print(stream, "{}: {} × {}, squares of {} pixels covered in turn\n",
             visible_text(request.output.string()), (*summary)["width"].get<int>(),
             (*summary)["height"].get<int>(), (*summary)["patch"].get<int>());
  if (const auto run_decoder = (*summary)["run_decoder"].get<std::string>();
      is_device_decoder(run_decoder))
    fmt::print(stream,
               "the image was decoded by {} here and by {} in the run: levels differ by one "
               "here and there\n",
               (*summary)["decoder"].get<std::string>(), visible_text(run_decoder));
  return {};
}

}  // namespace

void add_explain(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("explain", "show which parts of an image a voter's class rests on");
  auto options = std::make_shared<ExplainOptions>();
  ExplainRequest& request = options->request;
  command->add_option("STUDY", request.study, "the study's folder")->required();
  command->add_option("--run", request.run, "run")->required();
  command
      ->add_option(
          "--sample", request.sample,
          "the image: its name below the data set's folder, or its number in the split, from 0")
      ->required();
  command->add_option("--voter", request.voter, "MODEL:VIEW")->required();
  command->add_option("--split", request.split, "where the run has several");
  command->add_option("--class", request.of_class,
                      "a class of the model (default: the one that it votes for)");
  command
      ->add_option("--patch", request.patch,
                   "side of the square that is covered (default: an eighth of the shorter side)")
      ->check(CLI::Range(1, 1 << 14));
  command->add_option("--device", request.device, "auto (as the run), cpu or cuda:N")
      ->capture_default_str();
  command
      ->add_option("-o,--output", request.output,
                   "a .npy of float32 values in nats, or a PNG of the image with them over it")
      ->required();
  command->add_flag("--trust", request.trust, "run the native code of a .pt2 package");
  command->add_flag("--json", options->json, "print the summary as JSON");
  command->callback([&context, options] { context.result = explain(*options); });
}

}  // namespace plumbline
