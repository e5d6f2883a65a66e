#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/confine_to_study.h"
#include "app/engine/load_engine.h"
#include "app/engine/scratch_folder.h"
#include "core/data/atomic_file.h"
#include "core/review/export_run.h"
#include "core/study/deployed_decision.h"
#include "core/study/row_writer.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

struct ApplyOptions {
  std::string source, decision, dataset, split, out, device = "auto";
  std::vector<std::string> images;
  int batch = 0;
  bool staged = false, json = false, trust = false;
  JobFlags flags;
};

Result<DeployedDecision> open_decision(const ApplyOptions& options) {
  if (is_decision_bundle(options.source)) {
    auto decision = read_decision_bundle(options.source);
    TRY(decision);
    if (!options.decision.empty() && options.decision != decision->name)
      return usage_error(fmt::format("the bundle contains the decision '{}'", decision->name),
                         "--decision", "leave it out");
    return decision;
  }
  const auto study = Study::open(options.source, Access::read_only);
  TRY(study);
  if (options.decision.empty())
    return usage_error("no decision of the study is named", "--decision",
                       "name one that decide --save kept");
  return deployed_decision(*study, options.decision);
}

/// Names in the arguments; where one is `-` those on standard input, a line each, in its place.
std::vector<std::string> named_images(const std::vector<std::string>& arguments) {
  std::vector<std::string> named;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      named.push_back(argument);
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) named.push_back(line);
    }
  }
  return named;
}

/// What the decision is applied to: files that are named, or a split of the study's.
struct AppliedTo {
  std::vector<NamedImage> images;
  std::vector<SampleInfo> samples;
  std::shared_ptr<const SampleReader> reader;
};

Result<AppliedTo> split_of_study(const ApplyOptions& options) {
  if (is_decision_bundle(options.source))
    return usage_error("a bundle has no data sets", "--dataset", "name images by --images");
  const auto study = Study::open(options.source, Access::read_only);
  TRY(study);
  const auto dataset = study->dataset(options.dataset);
  TRY(dataset);
  std::string split = options.split;
  if (split.empty()) {
    if (dataset->splits.empty())
      return usage_error(fmt::format("the data set '{}' has no split", dataset->name), "--dataset",
                         "name another one, or images by --images");
    if (dataset->splits.size() > 1)
      return usage_error(fmt::format("the data set '{}' has several splits", dataset->name),
                         "--split", "name one of them");
    split = dataset->splits.front().name;
  }
  const auto count = study->sample_count(dataset->id, split);
  TRY(count);
  auto samples = study->samples(dataset->id, split, 0, *count);
  TRY(samples);
  auto reader = study->reader(dataset->id);
  TRY(reader);
  TRY(reader->check_sources());
  return AppliedTo{
      {}, std::move(*samples), std::make_shared<const SampleReader>(std::move(*reader))};
}

Result<AppliedTo> files_that_are_named(const ApplyOptions& options) {
  auto images = list_images(named_images(options.images));
  TRY(images);
  if (images->empty())
    return bad_input("no image is named", "--images", "name a folder, files, or - and their names");
  const auto exists = [](const NamedImage& image) {
    std::error_code code;
    return std::filesystem::exists(image.path, code);
  };
  if (std::ranges::none_of(*images, exists))
    return bad_input(images->size() == 1 ? std::string("the file that is named does not exist")
                                         : fmt::format("none of the {} files that are named exists",
                                                       images->size()),
                     images->front().name);
  return AppliedTo{std::move(*images), {}, nullptr};
}

/// The files that the confined process reads: models, and the folders or files of the images.
std::vector<fs::path> inputs_of(const DeployedDecision& decision, const AppliedTo& to) {
  std::set<fs::path> inputs;
  for (const ModelInfo& model : decision.models) inputs.insert(model.file);
  for (const NamedImage& image : to.images) inputs.insert(image.path.parent_path());
  if (to.reader)
    for (const DataSource& source : to.reader->sources()) inputs.insert(source.path);
  return {inputs.begin(), inputs.end()};
}

void write_row(RowWriter& rows, const AppliedImage& applied) {
  rows.text(applied.image);
  rows.text(applied.label);
  if (applied.error.empty())
    rows.integer(applied.accepted ? 1 : 0);
  else
    rows.empty();
  if (applied.score)
    rows.number(*applied.score);
  else
    rows.empty();
  rows.integer(applied.voters_run);
  rows.text(applied.error);
  rows.end_row();
}

Result<void> apply(const ApplyOptions& options, const CommandContext& context) {
  if (options.images.empty() && options.dataset.empty())
    return usage_error("no image is named", "--images",
                       "name a folder, files, - and their names, or a data set by --dataset");
  auto decision = open_decision(options);
  TRY(decision);
  // A bundle may be anybody's: what its maker trusted is not what its user trusts.
  if (options.trust)
    for (ModelInfo& model : decision->models) model.trusted = true;
  auto to = options.dataset.empty() ? files_that_are_named(options) : split_of_study(options);
  TRY(to);
  const auto engine = load_engine();
  TRY(engine);
  const auto scratch = ScratchFolder::make("apply");
  TRY(scratch);
  TRY(confine_to_folder(scratch->path(), options.device, inputs_of(*decision, *to), {options.out}));
  auto rows = RowWriter::open(options.out, export_format_of(options.out) == ExportFormat::json,
                              {"image", "label", "accepted", "score", "voters_run", "error"});
  TRY(rows);
  const std::string policy = to_string(decision->policy.policy);
  ApplyRequest request{std::move(*decision), std::move(to->images), options.staged, options.device,
                       options.batch, scratch->path(),
                       [&](const AppliedImage& applied) -> Result<void> {
                         write_row(*rows, applied);
                         return {};
                       },
                       // No study is changed by it, so that it is no study's job.
                       job_options(context, options.flags, scratch->path().string(), "apply", {}),
                       std::move(to->samples), std::move(to->reader)};
  auto summary = (*engine)->apply(request);
  // Elsewhere, as on standard output, the rows of the images so far have left.
  if (!summary && summary.error().kind == ErrorKind::cancelled && is_regular_output(options.out))
    summary.error().hint = fmt::format("{} was not written", options.out);
  TRY(summary);
  TRY(rows->finish());
  // What is written may itself go to standard output, where nothing else belongs then.
  std::FILE* stream = is_standard_output(options.out) ? stderr : stdout;
  if (options.json) {
    fmt::print(stream, "{}\n", summary->dump());
    return {};
  }
  fmt::print(stream, "{}: {} by {}: {} accepted, {} rejected, {} without a verdict\n",
             visible_text(options.out),
             count_text((*summary)["images"].get<std::int64_t>(), "image"), visible_text(policy),
             (*summary)["accepted"].get<std::int64_t>(), (*summary)["rejected"].get<std::int64_t>(),
             (*summary)["unreadable"].get<std::int64_t>());
  if (!(*summary)["voters_run"].is_null())
    fmt::print(stream, "  {:.2f} voters per image, {:.1f} s\n",
               (*summary)["voters_run"].get<double>(), (*summary)["seconds"].get<double>());
  return {};
}

}  // namespace

void add_apply(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("apply", "a saved decision on new images, which need no labels");
  auto options = std::make_shared<ApplyOptions>();
  command
      ->add_option("STUDY", options->source,
                   "the study's folder, or a bundle that export --what deployment made")
      ->required();
  command->add_option("--decision", options->decision, "the decision; of a bundle its only one");
  auto* images =
      command->add_option("--images", options->images,
                          "a folder, files, or - for names on standard input, one per line");
  auto* dataset = command->add_option("--dataset", options->dataset,
                                      "or a data set of the study, whose labels are not looked at");
  images->excludes(dataset);
  command->add_option("--split", options->split, "of the data set; not needed where it has one")
      ->needs(dataset);
  command->add_flag(
      "--staged", options->staged,
      "run voters one after another, each only on images whose verdict is still open");
  command->add_option("--device", options->device, "auto (as the run's), cpu or cuda:N")
      ->capture_default_str();
  command->add_option("--batch", options->batch, "images per batch (default: the run's)")
      ->check(CLI::Range(1, 1 << 20));
  command
      ->add_option("-o,--output", options->out,
                   "the file to write, JSON where its name ends in .json, else CSV; - is standard "
                   "output")
      ->required();
  command->add_flag("--trust", options->trust,
                    "run the native code of .pt2 packages among the models; a bundle's always need "
                    "it");
  command->add_flag("--json", options->json, "print the summary as JSON");
  add_job_flags(*command, options->flags);
  command->callback([&context, options] { context.result = apply(*options, context); });
}

}  // namespace plumbline
