#include "core/study/run_votes.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "core/predictions/class_predictions.h"
#include "core/study/vote_cache.h"

namespace plumbline {

struct RunVotes::State {
  std::vector<Voter> voters;
  std::vector<ClassIndex> labels;
  std::vector<std::shared_ptr<const void>> memory;
  VoteTable table;
};

RunVotes::RunVotes(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunVotes::RunVotes(RunVotes&&) noexcept = default;
RunVotes& RunVotes::operator=(RunVotes&&) noexcept = default;
RunVotes::~RunVotes() = default;

const VoteTable& RunVotes::table() const { return state_->table; }
const std::vector<Voter>& RunVotes::voters() const { return state_->voters; }

Result<RunVotes> load_votes(const Study& study, const RunInfo& run, const std::string& split) {
  auto state = std::make_unique<RunVotes::State>();
  auto labels = study.labels(run.dataset, split);
  TRY(labels);
  state->labels = std::move(*labels);
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  state->voters = run.voters;
  state->table.labels = state->labels;
  auto votes = read_votes(study, *sets, static_cast<std::int64_t>(state->labels.size()));
  TRY(votes);
  for (OwnedVotes& voter : *votes) {
    state->table.voters.push_back(voter.votes);
    state->memory.push_back(std::move(voter.memory));
  }
  return RunVotes(std::move(state));
}

VoteTable select_voters(const VoteTable& table, std::span<const std::size_t> voters) {
  VoteTable selected{table.labels, {}};
  for (const std::size_t voter : voters) selected.voters.push_back(table.voters[voter]);
  return selected;
}

namespace {

Result<ClassPredictionFile> open_shard(const Study& study, const ShardRow& entry) {
  const auto file = study.folder() / "predictions" / entry.shard.file;
  auto opened = ClassPredictionFile::open(file, entry.shard.first, entry.shard.count);
  if (opened && (entry.row < 0 || entry.row >= opened->rows()))
    return bad_input("the prediction file has fewer voters than the study names", file.string());
  return opened;
}

}  // namespace

Result<std::vector<float>> log_probs(const Study& study, const RunInfo& run,
                                     const std::string& split, std::size_t voter,
                                     std::int64_t sample) {
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  const auto rows = study.shard_rows((*sets)[voter].id);
  TRY(rows);
  for (const ShardRow& entry : *rows) {
    const auto& shard = entry.shard;
    if (sample < shard.first || shard.first < 0 || sample - shard.first >= shard.count) continue;
    auto file = open_shard(study, entry);
    TRY(file);
    std::vector<float> values(static_cast<std::size_t>(file->classes()));
    const auto i = sample - shard.first;
    if (file->predicted(entry.row)[static_cast<std::size_t>(i)] < 0) return std::vector<float>();
    file->log_probs(entry.row, i, i + 1, file->classes(), values.data());
    return values;
  }
  return std::vector<float>();
}

namespace {

/// Calls `use` with the distributions of some voters, one prediction file's range after another;
/// ranges that a voter lacks are left out.
Result<void> for_each_block(const Study& study, const RunInfo& run, const std::string& split,
                            const VoteTable& votes, std::span<const std::size_t> voters,
                            const std::function<void(const PolicyBlock&)>& use) {
  const auto samples = static_cast<std::int64_t>(votes.samples());
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::vector<std::vector<ShardRow>> rows;
  for (const std::size_t voter : voters) {
    auto found = study.shard_rows((*sets)[voter].id);
    TRY(found);
    rows.push_back(std::move(*found));
  }
  for (std::int64_t first = 0; first < samples; first += shard_samples) {
    const auto count = std::min(shard_samples, samples - first);
    std::vector<ClassPredictionFile> files;
    std::vector<int> file_rows;
    for (const auto& voter_rows : rows) {
      const auto entry = std::ranges::find_if(
          voter_rows, [&](const ShardRow& r) { return r.shard.first == first; });
      if (entry == voter_rows.end()) break;  // still to be computed
      auto file = open_shard(study, *entry);
      TRY(file);
      if (file->count() != count)
        return bad_input("the prediction file holds another number of samples",
                         entry->shard.file.string());
      files.push_back(std::move(*file));
      file_rows.push_back(entry->row);
    }
    if (files.size() != voters.size()) continue;
    int width = 1;
    for (const auto& file : files) width = std::max(width, file.classes());
    const auto cells = static_cast<std::size_t>(count) * static_cast<std::size_t>(width);
    std::vector<std::vector<float>> values(files.size(), std::vector<float>(cells));
    const auto begin = static_cast<std::size_t>(first), n = static_cast<std::size_t>(count);
    PolicyBlock block{votes, begin, begin + n, {n, static_cast<std::size_t>(width), {}}};
    for (std::size_t v = 0; v < files.size(); ++v) {
      files[v].log_probs(file_rows[v], 0, count, width, values[v].data());
      block.distributions.log_probs.push_back(values[v].data());
    }
    use(block);
  }
  return {};
}

}  // namespace

Result<ReducedScores> reduce(const Study& study, const RunInfo& run, const std::string& split,
                             const VoteTable& votes, std::span<const std::size_t> voters,
                             const BoundPolicy& policy) {
  ReducedScores reduced;
  reduced.label.assign(votes.samples(), no_class);
  reduced.score.assign(votes.samples(), 0);
  reduced.accept.assign(votes.samples(), 0);
  reduced.tie.assign(votes.samples(), 0);
  TRY(for_each_block(study, run, split, votes, voters, [&](const PolicyBlock& block) {
    score_block(policy, block, {reduced.label, reduced.score, reduced.accept, reduced.tie});
  }));
  return reduced;
}

}  // namespace plumbline
