#include "core/study/run_gaps.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/types/count_text.h"

namespace plumbline {

namespace {

constexpr std::string_view imported_word = "imported";

/// Data set and split of every imported set of predictions of a model.
using VoterPlaces = std::vector<std::pair<std::int64_t, std::string>>;

VoterPlaces places_of(const std::vector<PredictionSet>& sets, const Voter& voter) {
  VoterPlaces places;
  for (const PredictionSet& set : sets)
    if (set.key.model == voter.model && set.key.view == voter.view &&
        set.key.precision == imported_word)
      places.emplace_back(set.key.dataset, set.key.split);
  return places;
}

}  // namespace

Result<RunGaps> gaps_of(const Study& study, const RunInfo& run) {
  RunGaps gaps;
  std::vector<std::int64_t> by_voter(run.voters.size());
  for (const auto& split : run.splits) {
    const auto samples = study.sample_count(run.dataset, split);
    TRY(samples);
    const auto sets = study.prediction_sets(run, split);
    TRY(sets);
    std::set<std::int64_t> unread;
    for (std::size_t v = 0; v < sets->size(); ++v) {
      gaps.wanted += *samples;
      by_voter[v] += (*sets)[v].committed;
      const auto rows = study.shard_rows((*sets)[v].id);
      TRY(rows);
      for (const ShardRow& row : *rows)
        for (const Unread& gap : row.shard.state.unread)
          if (gap.row == Unread::every_row || gap.row == row.row)
            unread.insert(row.shard.first + gap.sample);
    }
    gaps.unread += static_cast<std::int64_t>(unread.size());
  }
  for (std::size_t v = 0; v < by_voter.size(); ++v) {
    gaps.there += by_voter[v];
    if (by_voter[v] == 0) gaps.without_any.push_back(run.voters[v]);
  }
  return gaps;
}

std::string to_text(const RunGaps& gaps, const RunInfo& run) {
  if (!gaps.any()) return {};
  std::string text;
  if (gaps.there < gaps.wanted) {
    text = fmt::format("the run '{}' is not complete: {} of {} predictions are computed", run.name,
                       gaps.there, gaps.wanted);
    std::vector<std::string> names;
    for (const Voter& voter : gaps.without_any) names.push_back(to_string(voter));
    if (!names.empty() && gaps.there > 0)
      text += fmt::format(", none of {}", fmt::join(names, ", "));
  }
  if (gaps.unread > 0)
    text += fmt::format("{}{} of the run '{}' could not be read", text.empty() ? "" : "; ",
                        count_text(gaps.unread, "image"), run.name);
  return text + " (go on with run --resume)";
}

Result<RunInfo> run_of_imported(const Study& study, const std::vector<Voter>& voters) {
  const auto sets = study.all_prediction_sets();
  TRY(sets);
  VoterPlaces common;
  for (std::size_t v = 0; v < voters.size(); ++v) {
    const VoterPlaces places = places_of(*sets, voters[v]);
    if (places.empty())
      return bad_input(
          fmt::format("'{}' is not the name of imported predictions", to_string(voters[v])),
          study.folder().string(), "name a run with --run");
    if (v == 0) common = places;
    std::erase_if(common, [&](const auto& place) {
      return std::ranges::find(places, place) == places.end();
    });
  }
  if (common.empty())
    return bad_input("the predictions are of different data sets or splits",
                     study.folder().string(), "import them for the same split");
  RunInfo run;
  for (const Voter& voter : voters) run.name += (run.name.empty() ? "" : ",") + voter.model;
  run.dataset = common.front().first;
  for (const auto& [dataset, split] : common)
    if (dataset == run.dataset) run.splits.push_back(split);
  run.voters = voters;
  run.precision = run.decoder = run.device_kind = imported_word;
  return run;
}

Result<RunInfo> find_run(const Study& study, const std::string& name) {
  auto run = study.run(name);
  if (run) return run;
  auto imported = run_of_imported(study, {{name, {}}});
  return imported ? imported : run;
}

}  // namespace plumbline
