#include "core/engine/inference/run_repair.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/study/study_prediction_store.h"
#include "core/study/view_canvas.h"

namespace plumbline {

namespace {

/// Which voters of the run have which row of a file.
struct UsedFile {
  PredictionShard shard;
  std::map<int, std::size_t> voters;  ///< by row
};

Result<std::vector<UsedFile>> files_of(const Study& study, const RunInfo& run,
                                       const std::string& split) {
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::map<std::int64_t, UsedFile> files;
  for (std::size_t voter = 0; voter < sets->size(); ++voter) {
    const auto rows = study.shard_rows((*sets)[voter].id);
    TRY(rows);
    for (const ShardRow& row : *rows) {
      UsedFile& file = files[row.shard.id];
      file.shard = row.shard;
      file.voters[row.row] = voter;
    }
  }
  std::vector<UsedFile> in_order;
  in_order.reserve(files.size());
  for (auto& [id, file] : files) in_order.push_back(std::move(file));
  return in_order;
}

/// Whether the image can now be used by whoever lacks it. Whether it fits a canvas does not depend
/// on a condition, which keeps its size.
bool is_usable(const SampleReader& reader, const SampleInfo& sample,
               const std::vector<Canvas>& canvases) {
  const auto image = reader.read(sample.locator);
  return image && std::ranges::any_of(canvases, [&](const Canvas& canvas) {
           return put_on_canvas(*image, canvas, sample.name).has_value();
         });
}

/// The canvases of the voters of a gap.
std::vector<Canvas> canvases_of(const RunPlan& plan, const UsedFile& file, const Unread& gap) {
  std::vector<Canvas> canvases;
  for (const auto& [row, voter] : file.voters) {
    const VoterSetup& setup = plan.voters[voter];
    if ((gap.row != Unread::every_row && gap.row != row) || plan.imported[voter]) continue;
    const auto divided = divide_view(setup.model->card.input, setup.voter.view);
    if (divided && std::ranges::find(canvases, divided->canvas) == canvases.end())
      canvases.push_back(divided->canvas);
  }
  return canvases;
}

/// Notes the file where one of its gaps can be filled.
Result<void> try_again(const Study& study, const RunPlan& plan, const SampleReader& reader,
                       const std::string& split, const UsedFile& file, RunRepair& repair) {
  bool any = false;
  for (const Unread& gap : file.shard.state.unread) {
    const auto canvases = canvases_of(plan, file, gap);
    if (canvases.empty()) continue;
    const auto sample = study.samples(plan.run.dataset, split, file.shard.first + gap.sample, 1);
    TRY(sample);
    if (sample->empty() || !is_usable(reader, sample->front(), canvases)) continue;
    repair.images.push_back(sample->front().name);
    any = true;
  }
  if (any) repair.readable.push_back(file.shard.id);
  return {};
}

/// Every split of the run, as it is and under its conditions.
std::vector<std::pair<RunInfo, std::string>> conditioned_splits(const RunPlan& plan) {
  std::vector<std::pair<RunInfo, std::string>> places;
  for (const RunInfo& run : plan.conditioned_runs())
    for (const auto& split : run.splits) places.emplace_back(run, split);
  return places;
}

}  // namespace

Result<RunRepair> find_repair(const Study& study, const RunPlan& plan) {
  RunRepair repair;
  const auto reader = study.reader(plan.run.dataset);
  TRY(reader);
  for (const auto& [run, split] : conditioned_splits(plan)) {
    const auto files = files_of(study, run, split);
    TRY(files);
    for (const UsedFile& file : *files) {
      const auto wrong = what_is_wrong(study, file.shard);
      TRY(wrong);
      if (wrong->empty()) {
        TRY(try_again(study, plan, *reader, split, file, repair));
        continue;
      }
      const std::size_t voter = file.voters.begin()->second;
      if (plan.imported[voter])
        return bad_input(
            fmt::format("the imported predictions of '{}' cannot be recomputed: their file {}",
                        plan.run.voters[voter].model, *wrong),
            file.shard.file.string(),
            "restore it, or remove the model and import the predictions again");
      repair.damaged.push_back({file.shard.id, file.shard.file.string(), *wrong});
    }
  }
  return repair;
}

Result<void> forget(Study& study, const RunPlan& plan, const RunRepair& repair) {
  std::vector<std::int64_t> shards = repair.readable;
  for (const RunRepair::File& file : repair.damaged) shards.push_back(file.shard);
  TRY(study.forget_shards(shards));
  TRY(study.remove_warnings(plan.run.name, "image", repair.images));
  // The files are written again under the same names, or under others: none may be left over.
  for (const RunRepair::File& file : repair.damaged) {
    std::error_code code;
    std::filesystem::remove(study.folder() / "predictions" / file.name, code);
  }
  return {};
}

Result<std::int64_t> unread_samples(const Study& study, const RunInfo& run) {
  std::int64_t unread = 0;
  for (const auto& split : run.splits) {
    const auto files = files_of(study, run, split);
    TRY(files);
    // By sample the voters without an output: an image may suit one voter's canvas and not
    // another's.
    std::map<std::int64_t, std::set<std::size_t>> without;
    for (const UsedFile& file : *files)
      for (const Unread& gap : file.shard.state.unread) {
        std::set<std::size_t>& voters = without[file.shard.first + gap.sample];
        for (const auto& [row, voter] : file.voters)
          if (gap.row == Unread::every_row || gap.row == row) voters.insert(voter);
      }
    unread += std::ranges::count_if(
        without, [&](const auto& sample) { return sample.second.size() == run.voters.size(); });
  }
  return unread;
}

}  // namespace plumbline
