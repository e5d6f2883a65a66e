#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/import_target.h"
#include "core/data/box_scan.h"
#include "core/data/dataset_paths.h"
#include "core/data/dataset_scan.h"
#include "core/review/judge_ahead.h"
#include "core/study/import_boxes.h"
#include "core/study/import_predictions.h"
#include "core/study/study.h"
#include "core/types/count_text.h"
#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

// --- import dataset

struct DatasetOptions {
  std::string study, name, format, split = "test", labels, divide, classes;
  std::vector<std::string> images;
  JobFlags flags;
};

Result<DatasetScan> scan(const DatasetOptions& options, DatasetFormat format,
                         const fs::path& scratch, const ScanProgress& progress) {
  const auto images = std::vector<fs::path>(options.images.begin(), options.images.end());
  TRY(check_dataset_paths(format, images, options.labels));
  if (format == DatasetFormat::cifar10) return scan_cifar10(images, progress);
  if (images.size() != 1)
    return usage_error("one path is expected here", "--images",
                       "several files belong to the format cifar10");
  if (format == DatasetFormat::idx) return scan_idx(images.front(), options.labels, progress);
  if (format_info(format).has_boxes)
    return scan_boxes(format, {images.front(), options.labels, options.split, scratch}, progress);
  if (!options.labels.empty())
    return usage_error("an image folder's labels are its sub-folders' names", "--labels");
  return scan_image_folder(images.front(), progress);
}

/// Reads `validation=0.5`.
Result<std::pair<std::string, double>> parse_division(const std::string& text) {
  const auto equals = text.find('=');
  const auto fraction =
      equals == text.npos ? std::nullopt : parse_number(std::string_view(text).substr(equals + 1));
  if (!fraction || equals == 0)
    return usage_error("expected SPLIT=FRACTION, for example validation=0.5", "--divide");
  // Before anything is added: what is divided must be there.
  if (!(*fraction > 0 && *fraction < 1))
    return usage_error(fmt::format("the fraction {} is not between 0 and 1", *fraction),
                       "--divide");
  return std::pair(text.substr(0, equals), *fraction);
}

/// Reads a text file with the name of a class on each line: IDX and CIFAR files have numbers only.
Result<std::vector<std::string>> read_class_names(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> names;
  for (std::string line; names.size() <= max_classes && std::getline(stream, line);) {
    const auto name = trimmed(line);
    if (name.empty()) continue;
    if (std::ranges::find(names, name) != names.end())
      return bad_input(fmt::format("the class '{}' is named twice", name), file);
    names.emplace_back(name);
  }
  if (names.empty()) return bad_input("the file names no class", file, "one name per line");
  return names;
}

using Division = std::optional<std::pair<std::string, double>>;

/// Scans and adds the data set; the summary says how much was added, and `moved` into the other
/// split.
Result<nlohmann::ordered_json> read_dataset(const DatasetOptions& options, DatasetFormat format,
                                            const std::vector<std::string>& names,
                                            const Division& division, Study& study, Job& job) {
  auto scanned = scan(options, format, study.folder(), [&](std::int64_t done, std::int64_t total) {
    job.progress("reading", done, total, format == DatasetFormat::idx ? "bytes" : "images");
    return !job.should_stop();
  });
  TRY(scanned);
  for (const ScanWarning& warning : scanned->warnings)
    job.warning("image", warning.message, warning.where);
  if (!names.empty()) {
    if (names.size() < scanned->classes.size())
      return bad_input(fmt::format("{} classes are named, the data set has {}", names.size(),
                                   scanned->classes.size()),
                       options.classes, "one name per line, in the order of the labels");
    scanned->classes = names;
  }
  const auto added = study.add_split(options.name, options.split, *scanned);
  TRY(added);
  std::int64_t moved = 0;
  if (division) {
    const auto divided =
        study.divide_split(options.name, options.split, division->first, division->second);
    TRY(divided);
    moved = *divided;
  }
  nlohmann::ordered_json summary = {{"dataset", options.name},
                                    {"samples", *added},
                                    {"classes", scanned->classes.size()},
                                    {"warnings", scanned->warnings.size()},
                                    {"moved", moved}};
  // A class that is named without a sample says nothing of labels.
  summary["labelled"] = scanned->boxes != nullptr ||
                        std::ranges::any_of(scanned->samples, [](const ScannedSample& sample) {
                          return sample.label != no_class;
                        });
  if (scanned->boxes != nullptr) summary["objects"] = scanned->boxes->boxes.size();
  return summary;
}

void print_dataset(const DatasetOptions& options, const Division& division,
                   const nlohmann::ordered_json& summary) {
  const auto count = [&](const char* key) { return summary[key].get<std::int64_t>(); };
  if (count("samples") == 0)
    return fmt::print("{}: the split '{}' already exists\n", options.name, options.split);
  const bool labelled = summary["labelled"].get<bool>();
  fmt::print("{}: {} {} in '{}'{}{}\n", options.name,
             count_text(count("samples") - count("moved"), "sample"),
             labelled ? "of " + count_text(count("classes"), "class", "classes") : "without labels",
             options.split,
             division ? fmt::format(", {} in '{}'", count("moved"), division->first) : "",
             count("warnings") == 0 ? "" : "; " + count_text(count("warnings"), "warning"));
  if (!labelled)
    fmt::print("  their classes are not known: --labels names the IDX file of their labels\n");
  if (summary.contains("objects")) fmt::print("  {}\n", count_text(count("objects"), "object"));
}

Result<void> import_dataset(const DatasetOptions& options, const CommandContext& context) {
  const auto format = parse_dataset_format(options.format);
  TRY(format);
  Division division;
  if (!options.divide.empty()) {
    const auto parsed = parse_division(options.divide);
    TRY(parsed);
    division = *parsed;
  }
  std::vector<std::string> names;
  if (!options.classes.empty()) {
    auto read = read_class_names(options.classes);
    TRY(read);
    names = std::move(*read);
  }
  auto target = ImportTarget::open(options.study);
  TRY(target);
  const ImportWork work{ImportWork::What::dataset, options.name, options.images.front()};
  const auto read = [&](Job& job) {
    return read_dataset(options, *format, names, division, target->study(), job);
  };
  const auto imported =
      run_job(job_options(context, options.flags, options.study, "import", work), read);
  TRY(imported);
  target->keep();
  if (!options.flags.events) print_dataset(options, division, *imported);
  return {};
}

// --- import predictions

struct PredictionOptions {
  std::string study, name, dataset, split, file, classes, kind = "auto", labels, view = "identity";
  JobFlags flags;
};

/// Adds detections as a voter and judges them; the summary says how many there are.
Result<nlohmann::ordered_json> read_detections(const PredictionOptions& options, const Voter& voter,
                                               std::int64_t dataset, Study& study, Job& job) {
  const auto imported = import_boxes(
      study,
      {options.name, options.dataset, options.split, options.file, options.labels, voter.view},
      [&](std::string_view what, std::int64_t done, std::int64_t total, std::string_view unit) {
        job.progress(what, done, total, unit);
        return !job.should_stop();
      });
  TRY(imported);
  for (const std::string& note : imported->notes) job.warning("boxes", note, "");
  if (imported->left_out > 0)
    job.warning("boxes",
                fmt::format("boxes of images or classes that '{}' does not have; left out: {}",
                            options.dataset, imported->left_out),
                "");
  // What the first opening of the voter, or of a run that has it, would wait for.
  job.progress("judging boxes", 0, 1, "steps");
  judge_within(job, options.name, [&](const JudgingProgress& progress) {
    return judge_imported(study, voter, dataset, options.split, progress);
  });
  return nlohmann::ordered_json{{"voter", to_string(voter)},
                                {"boxes", imported->boxes},
                                {"samples", imported->samples},
                                {"left_out", imported->left_out}};
}

Result<void> import_boxes_command(const PredictionOptions& options, const JobOptions& job,
                                  const DatasetInfo& dataset, Study& study) {
  if (options.labels.empty())
    return usage_error("detections need the instances JSON whose ids they use", "--labels");
  auto view = parse_view(options.view);
  TRY(view);
  const Voter voter{options.name, std::move(*view)};
  const auto imported = run_job(job, [&](Job& at_work) {
    return read_detections(options, voter, dataset.id, study, at_work);
  });
  TRY(imported);
  if (options.flags.events) return {};
  fmt::print("{}: {} on {}; use it as the voter {}:{}\n", options.name,
             count_text((*imported)["boxes"].get<std::int64_t>(), "box", "boxes"),
             count_text((*imported)["samples"].get<std::int64_t>(), "sample"), options.name,
             options.view);
  return {};
}

Result<void> import_classes_command(const PredictionOptions& options, Study& study) {
  if (!options.labels.empty() || options.view != "identity")
    return usage_error("is for detections", options.labels.empty() ? "--view" : "--labels");
  PredictionImport request{options.name, options.dataset, options.split,
                           options.file, options.kind,    {}};
  if (!options.classes.empty()) {
    auto names = read_class_names(options.classes);
    TRY(names);
    request.names = std::move(*names);
  }
  const auto imported = import_predictions(study, request);
  TRY(imported);
  for (const std::string& note : imported->notes)
    fmt::print(stderr, "warning: {}\n", visible_text(note));
  fmt::print("{}: {} of {} × {}; use it as the voter {}:identity\n", options.name, imported->kind,
             count_text(imported->samples, "sample"),
             count_text(imported->classes, "class", "classes"), options.name);
  return {};
}

/// Detections are read and judged, which takes long: a job always.
Result<void> import_predictions_command(const PredictionOptions& options,
                                        const CommandContext& context) {
  auto study = Study::open(options.study, Access::read_write);
  TRY(study);
  const auto dataset = study->dataset(options.dataset);
  TRY(dataset);
  const ImportWork work{ImportWork::What::predictions, options.name, options.file};
  const JobOptions job = job_options(context, options.flags, options.study, "import", work);
  if (format_info(dataset->format).has_boxes)
    return import_boxes_command(options, job, *dataset, *study);
  return as_job(job, [&] { return import_classes_command(options, *study); });
}

}  // namespace

void add_import(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("import", "import a data set, a model or predictions");
  group->require_subcommand(1);

  auto* dataset = group->add_subcommand("dataset", "import images with their labels");
  auto data = std::make_shared<DatasetOptions>();
  dataset->add_option("STUDY", data->study, "the study's folder; made if it is absent")->required();
  dataset->add_option("--name", data->name, "the data set's name")->required();
  dataset->add_option("--format", data->format, "image-folder, idx, cifar10, coco, yolo or voc")
      ->required();
  dataset
      ->add_option(
          "--images", data->images,
          "a folder with one sub-folder per class; an IDX file; one or more CIFAR-10 .bin files; "
          "the folder of images of boxes, or YOLO's data.yaml. Transparency is dropped, of 16 bits "
          "the high byte is taken, of several frames the first; what is lost so is counted and "
          "named")
      ->required();
  dataset->add_option(
      "--labels", data->labels,
      "the IDX file of the labels; COCO's instances JSON; YOLO's data.yaml or a text file of "
      "names; VOC's folder Annotations");
  dataset->add_option("--split", data->split, "every sample goes into this split")
      ->capture_default_str();
  dataset->add_option(
      "--classes", data->classes,
      "a text file with the classes' names, one per line, in the order of their labels");
  dataset->add_option("--divide", data->divide,
                      "validation=0.5 moves that part of each class into another split");
  add_job_flags(*dataset, data->flags);
  dataset->callback([&context, data] {
    note_job(context, data->flags, data->study, "import");
    context.result = import_dataset(*data, context);
  });

  add_import_model(*group, context);

  auto* predictions =
      group->add_subcommand("predictions", "import outputs computed elsewhere as a voter");
  auto outputs = std::make_shared<PredictionOptions>();
  predictions->add_option("STUDY", outputs->study, "the study's folder")->required();
  predictions->add_option("--name", outputs->name, "the name as a model")->required();
  predictions->add_option("--dataset", outputs->dataset, "data set")->required();
  predictions->add_option("--split", outputs->split, "split")->required();
  predictions
      ->add_option("--file", outputs->file,
                   "an .npy of samples × classes; of a data set of boxes COCO's results JSON")
      ->required();
  predictions->add_option("--labels", outputs->labels,
                          "of boxes: the instances JSON whose ids of images and classes they use");
  predictions->add_option("--view", outputs->view, "of boxes: the view that the detector was shown")
      ->capture_default_str();
  predictions->add_option(
      "--classes", outputs->classes,
      "a text file with the columns' names, one per line, by which they are matched with the data "
      "set's classes; left out, the columns are its classes in their order");
  predictions
      ->add_option("--kind", outputs->kind,
                   "probabilities, log-probabilities, logits, or auto: told by the values")
      ->capture_default_str();
  add_job_flags(*predictions, outputs->flags);
  predictions->callback([&context, outputs] {
    note_job(context, outputs->flags, outputs->study, "import");
    context.result = import_predictions_command(*outputs, context);
  });
}

}  // namespace plumbline
