#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/train_progress.h"
#include "app/engine/load_engine.h"
#include "core/types/count_text.h"
#include "core/types/list_text.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

struct TrainOptions {
  std::string study, split, view = "identity";
  double learning_rate = 0, weight_decay = -1;
  bool json = false, progress = false, course = false;
  TrainRequest request;
  JobFlags flags;
};

void print_trained_model(const nlohmann::ordered_json& summary) {
  const auto percent = [](const nlohmann::ordered_json& value) {
    return value.is_null() ? std::string("–") : fmt::format("{:.2f} %", 100 * value.get<double>());
  };
  // A detector has shares of objects found, and AP50, in their places.
  const bool detector = summary.contains("found");
  fmt::print(
      "{}: {} on {}, {}, {:.1f} s, {:.0f} images/s; {} {} while training, {}{} on "
      "validation\n",
      summary["model"].get<std::string>(), summary["architecture"].get<std::string>(),
      summary["view"].get<std::string>(),
      count_text(summary["epochs"].get<std::int64_t>(), "epoch"), summary["seconds"].get<double>(),
      summary["images_per_second"].get<double>(), detector ? "objects found" : "accuracy",
      percent(summary[detector ? "found" : "accuracy"]), detector ? "AP50 " : "",
      percent(summary[detector ? "validation_AP50" : "validation_accuracy"]));
}

Result<void> train(TrainOptions options, const CommandContext& context) {
  TrainRequest& request = options.request;
  request.study = options.study;
  request.splits = split_list(options.split);
  const auto view = parse_view(options.view);
  TRY(view);
  request.view = *view;
  if (options.learning_rate != 0) request.learning_rate = options.learning_rate;
  if (options.weight_decay >= 0) request.weight_decay = options.weight_decay;
  request.job = job_options(context, options.flags, options.study, "train",
                            TrainWork{request.name, request.architecture, request.dataset,
                                      request.splits, request.view, request.epochs});
  const auto engine = load_engine();
  TRY(engine);
  const auto summary = (*engine)->train(request);
  TRY(summary);
  // Of several ranks one speaks.
  if (summary->is_null()) return {};
  if (options.json)
    fmt::print("{}\n", summary->dump());
  else if (!options.flags.events)
    print_trained_model(*summary);
  return {};
}

/// A training that is only looked at.
Result<void> training_progress(const TrainOptions& options) {
  if (!options.progress)
    return usage_error("how loss and shares came to what they are is said of a training's progress",
                       "--course", "add --progress");
  if (options.request.resume)
    return usage_error("how far a training is, is only read", "--progress", "leave out --resume");
  return print_training(options.study, options.request.name, options.json, options.course);
}

}  // namespace

void add_train(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "train", "train a network on a view of a data set; it becomes a model of the study");
  auto options = std::make_shared<TrainOptions>();
  TrainRequest& request = options->request;
  command->add_option("STUDY", options->study, "the study's folder");
  command->add_option("--architecture", request.architecture,
                      "lenet5, convnet, resnet20, resnet32, resnet44, resnet56 or densenet40; a "
                      "detector: centernet-small or centernet-medium");
  command->add_option("--dataset", request.dataset, "data set");
  command->add_option("--split", options->split, "splits to train on, separated by commas");
  command->add_option("--validation", request.validation,
                      "split on which accuracy is measured after each epoch");
  command->add_option("--view", options->view, "view in front of the network: it is trained on it")
      ->capture_default_str();
  command->add_option("--epochs", request.epochs, "passes over the images")->capture_default_str();
  command->add_option("--batch", request.batch, "images per step (default: the architecture's)");
  command->add_option("--seed", request.seed, "of initialisation, order and augmentation")
      ->capture_default_str();
  command->add_option("--learning-rate", options->learning_rate,
                      "the largest (default: the architecture's, times batch / 128)");
  command
      ->add_option("--schedule", request.schedule,
                   "cosine, one-cycle, step, or auto: the architecture's")
      ->capture_default_str();
  command->add_option("--momentum", request.momentum, "Nesterov's")->capture_default_str();
  command->add_option("--weight-decay", options->weight_decay,
                      "of convolution and linear weights (default: the architecture's)");
  command
      ->add_option("--augment", request.augment,
                   "none, crop, crop-flip, or auto: shifts, and mirror images where the data are "
                   "colour photographs (views that mirror are not mirrored by chance)")
      ->capture_default_str();
  command
      ->add_option("--precision", request.precision,
                   fmt::format("{} (weights stay fp32)", training_precisions_text))
      ->capture_default_str();
  command->add_option("--store", request.store, "type of the weights in the file: fp32 or fp16")
      ->capture_default_str();
  command->add_option("--device", request.device, "auto, cpu or cuda:N")->capture_default_str();
  command->add_option("--name", request.name, "the model's name");
  command->add_flag("--resume", request.resume, "start, or go on with the last checkpoint");
  command->add_flag("--progress", options->progress,
                    "train nothing: say how far the job is that trains the model, or did last, "
                    "with its loss and its shares of right labels so far");
  command->add_flag("--course", options->course,
                    "with --progress: also how they came to that, over the epochs, as the window "
                    "draws it");
  command->add_flag("--json", options->json, "print the summary as JSON");
  add_job_flags(*command, options->flags);
  command->footer(
      "Several processes train one network, a GPU each: torchrun --no-python --nproc-per-node N "
      "plumbline-engine train …, or srun -n N. They divide every batch; the losses are those of "
      "one "
      "process but for rounding.");
  command->callback([&context, options] {
    if (!options->progress) note_job(context, options->flags, options->study, "train");
    if (options->study.empty() || options->request.name.empty())
      context.result = usage_error("STUDY and --name are needed", "train", "train --help");
    else if (options->progress || options->course)
      context.result = training_progress(*options);
    else
      context.result = train(*options, context);
  });
}

}  // namespace plumbline
