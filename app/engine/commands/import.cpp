#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/check_apart.h"
#include "app/engine/commands/commands.h"
#include "app/engine/confine_to_study.h"
#include "app/engine/load_engine.h"
#include "app/engine/scratch_folder.h"
#include "core/data/box_scan.h"
#include "core/data/compiled_package.h"
#include "core/data/dataset_scan.h"
#include "core/data/hash.h"
#include "core/data/mapped_file.h"
#include "core/study/import_boxes.h"
#include "core/study/import_predictions.h"
#include "core/study/study.h"
#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// The study that an import opens or makes; one that it made is removed where the import fails.
class ImportTarget {
 public:
  static Result<ImportTarget> open(const std::string& folder) {
    std::error_code code;
    const bool existed = fs::exists(folder, code);
    auto study = Study::open(folder, Access::create);
    TRY(study);
    return ImportTarget(std::move(*study), existed);
  }

  Study& study() { return *study_; }
  void keep() { existed_ = true; }

  ImportTarget(ImportTarget&& other) noexcept
      : study_(std::move(other.study_)), existed_(std::exchange(other.existed_, true)) {}
  ~ImportTarget() {
    if (existed_ || !study_) return;
    const auto folder = study_->folder();
    study_.reset();
    std::error_code code;
    fs::remove_all(folder, code);
  }

 private:
  ImportTarget(Study study, bool existed) : study_(std::move(study)), existed_(existed) {}
  std::optional<Study> study_;
  bool existed_;
};

// --- import dataset

struct DatasetOptions {
  std::string study, name, format, split = "test", labels, divide, classes;
  std::vector<std::string> images;
  JobFlags flags;
};

Result<DatasetScan> scan(const DatasetOptions& options, DatasetFormat format,
                         const ScanProgress& progress) {
  const auto images = std::vector<fs::path>(options.images.begin(), options.images.end());
  if (format == DatasetFormat::cifar10) return scan_cifar10(images, progress);
  if (images.size() != 1)
    return usage_error("one path is expected here", "--images",
                       "several files belong to the format cifar10");
  if (format == DatasetFormat::idx) return scan_idx(images.front(), options.labels, progress);
  if (format_info(format).has_boxes)
    return scan_boxes(format, {images.front(), options.labels, options.split}, progress);
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
    return usage_error("expected SPLIT=FRACTION, as in validation=0.5", "--divide");
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
  if (names.empty()) return bad_input("the file names no class", file, "one name a line");
  return names;
}

using Division = std::optional<std::pair<std::string, double>>;

/// Scans and adds the data set; the summary says how much was added, and `moved` into the other
/// split.
Result<nlohmann::ordered_json> read_dataset(const DatasetOptions& options, DatasetFormat format,
                                            const std::vector<std::string>& names,
                                            const Division& division, Study& study, Job& job) {
  auto scanned = scan(options, format, [&](std::int64_t done, std::int64_t total) {
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
                       options.classes, "one name a line, in the order of the labels");
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
  if (scanned->boxes != nullptr) summary["objects"] = scanned->boxes->boxes.size();
  return summary;
}

void print_dataset(const DatasetOptions& options, const Division& division,
                   const nlohmann::ordered_json& summary) {
  const auto count = [&](const char* key) { return summary[key].get<std::int64_t>(); };
  if (count("samples") == 0)
    return fmt::print("{}: the split '{}' is there already\n", options.name, options.split);
  fmt::print("{}: {} samples of {} classes in '{}'{}{}\n", options.name,
             count("samples") - count("moved"), count("classes"), options.split,
             division ? fmt::format(", {} in '{}'", count("moved"), division->first) : "",
             count("warnings") == 0 ? "" : fmt::format("; {} warnings", count("warnings")));
  if (summary.contains("objects")) fmt::print("  {} objects\n", count("objects"));
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

// --- import model

struct ModelOptions {
  std::string study, name, file, card;
  int limit = 60;
  bool trust = false;
  JobFlags flags;
};

/// Checks it in a process that reads only its two files. A package is unpacked into a folder that
/// goes afterwards, and needs the device that it was compiled for.
Result<void> check_apart_from_all(const EngineModule& engine, const fs::path& file,
                                  const fs::path& card_file, const ModelCard& card,
                                  const std::optional<CompiledPackage>& package,
                                  const ModelOptions& options) {
  Reach reach{{file, card_file}, {}, false};
  std::optional<ScratchFolder> scratch;
  if (package) {
    auto made = ScratchFolder::make("import");
    TRY(made);
    scratch.emplace(std::move(*made));
    reach.write.push_back(scratch->path());
    reach.accelerators = package->device == "cuda" && fs::exists("/dev/nvidiactl");
    if (reach.accelerators && !cuda_begins_in(reach))
      return fail(ErrorKind::device,
                  "the package cannot be checked: CUDA does not begin in a confined process here",
                  file.string(), "PLUMBLINE_CONFINE=off checks it without, if you trust it so far");
  }
  return check_apart(reach, std::chrono::seconds(options.limit), "the model", file, [&] {
    if (scratch) use_as_temporary(scratch->path());
    return engine.check_model(file, card, options.trust);
  });
}

Result<std::string> read_card(const fs::path& file) {
  constexpr std::uintmax_t longest = 16 << 20;
  std::error_code code;
  const auto size = fs::file_size(file, code);
  if (code)
    return bad_input("there is no model card", file.string(),
                     "write one beside the model (see README), or name it with --card");
  if (size > longest) return bad_input("the model card is longer than 16 MB", file.string());
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<void> import_model(const ModelOptions& options) {
  std::error_code code;
  const auto file = fs::canonical(options.file, code);
  if (code || !fs::is_regular_file(file, code))
    return bad_input("there is no such file", options.file);
  const auto engine = load_engine();
  TRY(engine);
  // A pickle is refused as one, whether or not there is a card.
  const fs::path card_file = options.card.empty() ? card_beside(file) : fs::path(options.card);
  if (auto readable = (*engine)->check_format(file, options.trust); !readable) return readable;
  const auto text = read_card(card_file);
  TRY(text);
  const auto card = parse_model_card(*text, card_file.string());
  TRY(card);
  const auto hash = hash_file(file);
  TRY(hash);
  std::optional<CompiledPackage> package;
  if ((*engine)->is_package(file)) {
    auto read = read_compiled_package(file);
    TRY(read);
    package = std::move(*read);
  }
  TRY(check_apart_from_all(**engine, file, card_file, *card, package, options));
  auto target = ImportTarget::open(options.study);
  TRY(target);
  auto added = target->study().add_model(options.name, file, *hash, *card);
  if (!added) return added;
  target->keep();
  if (package) TRY(target->study().trust_model(options.name));
  const std::string kind =
      package ? fmt::format(".pt2 for {} in {}, trusted on this machine", package->device,
                            package->precision)
      : card->architecture.empty() ? std::string("TorchScript")
                                   : card->architecture;
  fmt::print("{}: {}, input {} × {} × {}, {} classes; it fits its card\n", options.name, kind,
             card->input.channels, card->input.height, card->input.width, card->classes.size());
  return {};
}

// --- import predictions

struct PredictionOptions {
  std::string study, name, dataset, split, file, classes, kind = "auto", labels,
      view = "identity";
  JobFlags flags;
};

Result<void> import_boxes_command(const PredictionOptions& options, Study& study) {
  if (options.labels.empty())
    return usage_error("detections need the instances JSON whose ids they use", "--labels");
  auto view = parse_view(options.view);
  TRY(view);
  const auto imported =
      import_boxes(study, {options.name, options.dataset, options.split, options.file,
                           options.labels, std::move(*view)});
  TRY(imported);
  for (const std::string& note : imported->notes) fmt::print(stderr, "warning: {}\n", note);
  if (imported->left_out > 0)
    fmt::print(stderr, "warning: {} boxes are of images or classes that '{}' does not have\n",
               imported->left_out, options.dataset);
  fmt::print("{}: {} boxes on {} samples; use it as the voter {}:{}\n", options.name,
             imported->boxes, imported->samples, options.name, options.view);
  return {};
}

Result<void> import_predictions_command(const PredictionOptions& options) {
  auto study = Study::open(options.study, Access::read_write);
  TRY(study);
  const auto dataset = study->dataset(options.dataset);
  TRY(dataset);
  if (format_info(dataset->format).has_boxes) return import_boxes_command(options, *study);
  if (!options.labels.empty() || options.view != "identity")
    return usage_error("is for detections", options.labels.empty() ? "--view" : "--labels");
  PredictionImport request{options.name, options.dataset, options.split,
                           options.file, options.kind,    {}};
  if (!options.classes.empty()) {
    auto names = read_class_names(options.classes);
    TRY(names);
    request.names = std::move(*names);
  }
  const auto imported = import_predictions(*study, request);
  TRY(imported);
  for (const std::string& note : imported->notes)
    fmt::print(stderr, "warning: {}\n", visible_text(note));
  fmt::print("{}: {} of {} samples × {} classes; use it as the voter {}:identity\n", options.name,
             imported->kind, imported->samples, imported->classes, options.name);
  return {};
}

}  // namespace

void add_import(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("import", "import a data set, a model or predictions");
  group->require_subcommand(1);

  auto* dataset = group->add_subcommand("dataset", "images with their labels");
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
      "a text file with the classes' names, one a line, in the order of their labels");
  dataset->add_option("--divide", data->divide,
                      "validation=0.5 moves that part of each class into another split");
  add_job_flags(*dataset, data->flags);
  dataset->callback([&context, data] {
    note_job(context, data->flags, data->study, "import");
    context.result = import_dataset(*data, context);
  });

  auto* model = group->add_subcommand("model", "a network with its card");
  auto network = std::make_shared<ModelOptions>();
  model->add_option("STUDY", network->study, "the study's folder; made if it is absent")
      ->required();
  model->add_option("--name", network->name, "the model's name")->required();
  model->add_option("--file", network->file, "TorchScript, safetensors of ResNet-20/32/44/56, or a .pt2 package (--trust)")
      ->required();
  model->add_option("--card", network->card, "its card (default: NAME.card.json beside the file)");
  model
      ->add_option("--limit", network->limit,
                   "seconds that the model's check may take; it is run in a process of its own")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  model->add_flag("--trust", network->trust,
                  "run the native code of a .pt2 package, which is kept in mind for this file on "
                  "this machine; it is confined all the same");
  add_job_flags(*model, network->flags);
  model->callback([&context, network] {
    note_job(context, network->flags, network->study, "import");
    const ImportWork work{ImportWork::What::model, network->name, network->file};
    context.result = as_job(job_options(context, network->flags, network->study, "import", work),
                            [&] { return import_model(*network); });
  });

  auto* predictions =
      group->add_subcommand("predictions", "outputs computed elsewhere become a voter");
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
  predictions
      ->add_option("--view", outputs->view, "of boxes: the view that the detector was shown")
      ->capture_default_str();
  predictions->add_option(
      "--classes", outputs->classes,
      "a text file with the columns' names, one a line, by which they are matched with the data "
      "set's classes; left out, the columns are its classes in their order");
  predictions
      ->add_option("--kind", outputs->kind,
                   "probabilities, log-probabilities, logits, or auto: told by the values")
      ->capture_default_str();
  add_job_flags(*predictions, outputs->flags);
  predictions->callback([&context, outputs] {
    note_job(context, outputs->flags, outputs->study, "import");
    const ImportWork work{ImportWork::What::predictions, outputs->name, outputs->file};
    context.result = as_job(job_options(context, outputs->flags, outputs->study, "import", work),
                            [&] { return import_predictions_command(*outputs); });
  });
}

}  // namespace plumbline
