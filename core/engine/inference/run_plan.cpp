#include "core/engine/inference/run_plan.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/data/image_list.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/rank_device.h"
#include "core/engine/ranks/rank_store.h"
#include "core/predictions/prediction_file.h"
#include "core/study/condition.h"
#include "core/study/view_canvas.h"
#include "core/types/plain_name.h"
#include "core/types/threads.h"

namespace plumbline {

Result<std::string> why_host_decodes(const Study& study, const RunPlan& plan,
                                     std::size_t processors) {
  constexpr std::int64_t looked_at = 256;
  constexpr std::size_t enough_processors = 16;
  if (!plan.device.is_cuda()) return "the run computes on the CPU";
  if (!plan.run.conditions.empty()) return "conditions are computed on the host";
  if (processors >= enough_processors)
    return fmt::format("{} processors are faster than a GPU's decoder", processors);
  for (const VoterSetup& setup : plan.voters) {
    if (setup.model->file.empty()) continue;
    const auto divided = divide_view(setup.model->card.input, setup.voter.view);
    TRY(divided);
    if (!divided->canvas.eight_bit())
      return fmt::format("the view of '{}' is resampled on the host", to_string(setup.voter));
  }
  const std::string& split = plan.run.splits.front();
  const auto count = study.sample_count(plan.dataset.id, split);
  TRY(count);
  const auto samples = study.samples(plan.dataset.id, split, 0, std::min(*count, looked_at));
  TRY(samples);
  const bool any = std::ranges::any_of(
      *samples, [](const SampleInfo& sample) { return has_jpeg_suffix(sample.locator.name); });
  if (any) return "";
  return fmt::format("no file among the split's first {} is a JPEG by its name", samples->size());
}

std::string decoding_note(const RunPlan& plan) {
  if (plan.why_decoder.empty()) return "";
  const char* where = is_device_decoder(plan.run.decoder) ? ", on the GPU" : " on the host";
  return fmt::format("images are decoded by {}{}, because {}", plan.run.decoder, where,
                     plan.why_decoder);
}

namespace {

/// A batch is the least that is computed between two files: a processor takes seconds for one of
/// large images, and is no slower with few.
constexpr int default_cpu_batch = 64, default_cpu_batch_large = 16;
constexpr int default_cuda_batch = 512;
/// A GPU is filled by more of small images.
constexpr int default_cuda_batch_small = 2048, small_pixels = 64 * 64;

std::string voter_list(const std::vector<Voter>& voters) {
  std::vector<std::string> names;
  for (const Voter& voter : voters) names.push_back(to_string(voter));
  return fmt::format("{}", fmt::join(names, ","));
}

/// An existing run's settings stand; what the request names must agree with them.
Result<void> check_agreement(const RunInfo& run, const std::string& dataset,
                             const RunRequest& request, const std::string& device_kind) {
  const auto differs = [&](std::string_view what, const std::string& has,
                           const std::string& asked) {
    return usage_error(
        fmt::format("the run '{}' exists with {} {}, not {}", run.name, what, has, asked),
        std::string(what), "give the new run another name");
  };
  if (!request.dataset.empty() && request.dataset != dataset)
    return differs("--dataset", dataset, request.dataset);
  if (!request.splits.empty() && request.splits != run.splits)
    return differs("--split", fmt::format("{}", fmt::join(run.splits, ",")),
                   fmt::format("{}", fmt::join(request.splits, ",")));
  if (!request.voters.empty() && request.voters != run.voters)
    return differs("--voters", voter_list(run.voters), voter_list(request.voters));
  if (request.precision != run.precision)
    return differs("--precision", run.precision, request.precision);
  if (request.batch > 0 && request.batch != run.batch)
    return differs("--batch", std::to_string(run.batch), std::to_string(request.batch));
  if (device_kind != run.device_kind) return differs("--device", run.device_kind, device_kind);
  const auto decoder = parse_decoder(request.decoder);
  TRY(decoder);
  const bool by_device = is_device_decoder(run.decoder);
  const bool other = run.decoder == "raw" ? *decoder != DecoderChoice::automatic
                                          : (*decoder == DecoderChoice::device && !by_device) ||
                                                (*decoder == DecoderChoice::host && by_device);
  if (other) return differs("--decoder", run.decoder, request.decoder);
  return {};
}

/// The run that is asked for, were it new.
Result<RunInfo> new_run(const RunRequest& request, const DatasetInfo& dataset, c10::Device device) {
  if (request.splits.empty())
    return usage_error("a split is needed", "--split",
                       fmt::format("splits of {}: {}", dataset.name, [&] {
                         std::vector<std::string> names;
                         for (const auto& split : dataset.splits) names.push_back(split.name);
                         return fmt::format("{}", fmt::join(names, ", "));
                       }()));
  if (request.voters.empty())
    return usage_error("no voters are named", "--models", "give --models and --views, or --voters");
  RunInfo run;
  run.name = request.name;
  run.dataset = dataset.id;
  run.splits = request.splits;
  run.voters = request.voters;
  run.precision = request.precision;
  run.device_kind = device_kind(device);
  run.batch = request.batch;
  run.conditions = request.conditions;
  return run;
}

/// Errors (usage): conditions that the voters cannot be computed under.
Result<void> check_conditions(const RunPlan& plan, const Study& study) {
  if (plan.run.conditions.empty()) return {};
  if (const auto imported = std::ranges::find(plan.imported, true); imported != plan.imported.end())
    return usage_error(
        "imported predictions cannot be computed under a condition",
        to_string(plan.run.voters[static_cast<std::size_t>(imported - plan.imported.begin())]),
        "leave out --conditions, or the voter");
  for (const View& condition : plan.run.conditions) {
    if (condition.geometric() == View()) continue;
    // Truth and boxes would lie where the objects no longer are.
    for (const auto& split : plan.run.splits) {
      const auto boxes = study.boxes(plan.run.dataset, split);
      TRY(boxes);
      if (!boxes->empty())
        return usage_error("the condition moves the objects away from their boxes",
                           to_string(condition), "leave it out for a data set of boxes");
    }
  }
  return {};
}

/// The decoder of a new run.
Result<void> choose_decoder(RunPlan& plan, const Study& study, const RunRequest& request) {
  auto choice = parse_decoder(request.decoder);
  TRY(choice);
  if (!format_info(plan.dataset.format).is_folder) {
    if (*choice != DecoderChoice::automatic)
      return usage_error("the data set's images are records, which need no decoding", "--decoder",
                         "leave it out");
    plan.run.decoder = "raw";
    return {};
  }
  plan.why_decoder = "the run asks for it";
  if (*choice == DecoderChoice::automatic) {
    auto why = why_host_decodes(study, plan, core_count());
    TRY(why);
    if (!why->empty()) choice = DecoderChoice::host;
    plan.why_decoder = why->empty() ? "the host's processors are few" : std::move(*why);
  }
  auto decoder = find_decoder(*choice, plan.device);
  TRY(decoder);
  plan.run.decoder = decoder->name;
  plan.decoder = std::move(*decoder);
  return {};
}

/// The batch of a run that names none.
int default_batch(c10::Device device, const std::vector<ModelInfo>& models) {
  const bool small = std::ranges::all_of(models, [](const ModelInfo& model) {
    const CardInput& input = model.card.input;
    return model.file.empty() || std::int64_t{input.height} * input.width <= small_pixels;
  });
  if (!device.is_cuda()) return small ? default_cpu_batch : default_cpu_batch_large;
  return small ? default_cuda_batch_small : default_cuda_batch;
}

}  // namespace

Result<RunPlan> plan_run(const Study& study, const RunRequest& request) {
  RunPlan plan;
  const auto precision = parse_precision(request.precision);
  TRY(precision);
  plan.precision = *precision;
  const auto runs = study.runs();
  TRY(runs);
  const auto existing = std::ranges::find(*runs, request.name, &RunInfo::name);
  plan.exists = existing != runs->end();
  if (!plan.exists) TRY(check_plain_name(request.name, "a run", "--name"));

  std::string wanted_device = request.device;
  if (plan.exists && wanted_device == "auto") wanted_device = existing->device_kind;
  const auto device = request.ranks ? device_of_rank(wanted_device, request.ranks->ranks())
                                    : parse_device(wanted_device);
  TRY(device);
  plan.device = *device;

  if (plan.exists) {
    const auto datasets = study.datasets();
    TRY(datasets);
    plan.dataset = *std::ranges::find(*datasets, existing->dataset, &DatasetInfo::id);
    plan.run = *existing;
    TRY(check_agreement(plan.run, plan.dataset.name, request, device_kind(*device)));
    for (const View& condition : request.conditions)
      if (std::ranges::find(plan.run.conditions, condition) == plan.run.conditions.end())
        plan.added.push_back(condition);
    plan.run.conditions.insert(plan.run.conditions.end(), plan.added.begin(), plan.added.end());
    if (plan.run.decoder != "raw") plan.why_decoder = "the run was begun with it";
  } else {
    if (request.dataset.empty() && request.resume)
      return bad_input(fmt::format("there is no run '{}' to go on with", request.name),
                       study.folder().string(), "name --dataset, --split and voters for a new one");
    if (request.dataset.empty()) return usage_error("a data set is needed", "--dataset");
    auto dataset = study.dataset(request.dataset);
    TRY(dataset);
    plan.dataset = std::move(*dataset);
    auto run = new_run(request, plan.dataset, *device);
    TRY(run);
    plan.run = std::move(*run);
  }
  for (const auto& split : plan.run.splits) TRY(study.sample_count(plan.dataset.id, split));

  plan.models.reserve(plan.run.voters.size());
  const HeadKind* kind = nullptr;
  for (const Voter& voter : plan.run.voters) {
    if (std::ranges::find(plan.models, voter.model, &ModelInfo::name) == plan.models.end()) {
      auto model = study.model(voter.model);
      TRY(model);
      model->trusted = model->trusted || request.trust;
      const auto head = find_head(model->card, voter.model);
      TRY(head);
      if (!kind) {
        kind = *head;
        plan.head = kind->make();
      }
      if (kind != *head)
        return bad_input(fmt::format("its outputs are {}, those of '{}' are {}", (*head)->name,
                                     plan.models.front().name, kind->name),
                         voter.model, "all voters of a run must give the same kind of output");
      TRY(plan.head->add_model(*model, plan.dataset, plan.warnings));
      plan.models.push_back(std::move(*model));
    }
    const auto model = std::ranges::find(plan.models, voter.model, &ModelInfo::name);
    plan.imported.push_back(model->file.empty());
    if (!model->file.empty())
      if (const auto fits = divide_view(model->card.input, voter.view); !fits)
        return usage_error(fits.error().message, to_string(voter), fits.error().hint);
    if (!model->file.empty()) TRY(plan.head->check_view(*model, voter.view));
    plan.voters.push_back({voter, &*model});
  }
  TRY(check_conditions(plan, study));
  if (!plan.exists) TRY(choose_decoder(plan, study, request));
  if (plan.run.batch <= 0) plan.run.batch = default_batch(*device, plan.models);
  return plan;
}

namespace {

/// Whether one sample after another is in a voter's files.
std::vector<bool> covered_samples(const std::vector<ShardRow>& rows, std::int64_t samples) {
  std::vector<bool> covered(static_cast<std::size_t>(samples));
  for (const ShardRow& row : rows) {
    const auto begin = std::clamp<std::int64_t>(row.shard.first, 0, samples);
    const auto end = std::clamp<std::int64_t>(row.shard.first + row.shard.count, begin, samples);
    std::fill(covered.begin() + begin, covered.begin() + end, true);
  }
  return covered;
}

}  // namespace

Result<ImageDecoder> decoder_of(const RunPlan& plan) {
  if (plan.decoder) return *plan.decoder;
  return decoder_named(plan.run.decoder, plan.device);
}

std::vector<RunInfo> RunPlan::conditioned_runs() const {
  std::vector<RunInfo> runs{run};
  for (const View& condition : run.conditions) runs.push_back(under(run, condition));
  return runs;
}

Result<std::vector<ShardRange>> missing_shards(const Study& study, const RunPlan& plan,
                                               const RunInfo& run, const std::string& split) {
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::vector<std::vector<bool>> covered;
  std::set<std::int64_t> cuts;
  for (std::int64_t first = 0; first < *samples; first += shard_samples) cuts.insert(first);
  cuts.insert(*samples);
  for (std::size_t voter = 0; voter < sets->size(); ++voter) {
    const auto rows = study.shard_rows((*sets)[voter].id);
    TRY(rows);
    covered.push_back(covered_samples(*rows, *samples));
    if (plan.imported[voter] && std::ranges::find(covered.back(), false) != covered.back().end())
      return bad_input(fmt::format("the imported predictions of '{}' do not cover the split '{}'",
                                   plan.run.voters[voter].model, split),
                       study.folder().string(), "import predictions for this split");
    for (const ShardRow& row : *rows)
      for (const std::int64_t cut : {row.shard.first, row.shard.first + row.shard.count})
        cuts.insert(std::clamp<std::int64_t>(cut, 0, *samples));
  }
  // Between two cuts a voter has all samples or none.
  std::vector<ShardRange> ranges;
  for (auto begin = cuts.begin(); *begin < *samples; ++begin) {
    ShardRange range{*begin, *std::next(begin) - *begin, {}};
    for (std::size_t voter = 0; voter < covered.size(); ++voter)
      if (!covered[voter][static_cast<std::size_t>(*begin)]) range.voters.push_back(voter);
    if (range.voters.empty()) continue;
    const bool goes_on = !ranges.empty() && range.first % shard_samples != 0 &&
                         ranges.back().first + ranges.back().count == range.first &&
                         ranges.back().voters == range.voters;
    if (goes_on)
      ranges.back().count += range.count;
    else
      ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace plumbline
