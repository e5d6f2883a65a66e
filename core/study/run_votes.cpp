#include "core/study/run_votes.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/predictions/class_predictions.h"
#include "core/study/reduction_cache.h"
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

namespace {

/// Gives each further class one place among all voters, by its name, and moves the votes there.
/// Classes without a name keep the places that they have.
Result<std::shared_ptr<const ClassPlaces>> places_of_votes(const Study& study, const RunInfo& run,
                                                           std::vector<OwnedVotes>& votes) {
  const auto classes = classes_of(study, run.dataset);
  TRY(classes);
  std::size_t base = 0;
  for (const OwnedVotes& voter : votes) {
    if (!voter.further.empty()) continue;
    for (const ClassIndex place : voter.votes.predicted)
      if (place != no_class) base = std::max(base, std::size_t{place} + 1);
  }
  auto places = std::make_shared<ClassPlaces>(*classes, base);
  for (const OwnedVotes& voter : votes)
    if (!places->add(voter.further))
      return bad_input("the run's voters have too many classes together", run.name);
  for (OwnedVotes& voter : votes) {
    if (voter.further.empty()) continue;
    const auto moved = places->from(voter.own, voter.further);
    if (moved.empty()) continue;
    struct Moved {
      std::vector<ClassIndex> predicted;
      std::shared_ptr<const void> others;
    };
    const auto memory = std::make_shared<Moved>();
    memory->predicted.assign(voter.votes.predicted.begin(), voter.votes.predicted.end());
    for (ClassIndex& place : memory->predicted)
      if (place < moved.size()) place = moved[place];
    memory->others = std::move(voter.memory);
    voter.votes.predicted = memory->predicted;
    voter.memory = memory;
  }
  return std::shared_ptr<const ClassPlaces>(std::move(places));
}

}  // namespace

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
  if (std::ranges::any_of(*votes, [](const OwnedVotes& v) { return !v.further.empty(); })) {
    auto places = places_of_votes(study, run, *votes);
    TRY(places);
    state->table.places = std::move(*places);
  }
  for (OwnedVotes& voter : *votes) {
    state->table.voters.push_back(voter.votes);
    state->memory.push_back(std::move(voter.memory));
  }
  return RunVotes(std::move(state));
}

VoteTable select_voters(const VoteTable& table, std::span<const std::size_t> voters) {
  VoteTable selected{table.labels, {}, table.places};
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

/// The ranges between all beginnings and ends of the voters' files: within one, each voter's
/// predictions lie in one file or are missing.
std::vector<std::pair<std::int64_t, std::int64_t>> common_ranges(
    const std::vector<std::vector<ShardRow>>& rows, std::int64_t samples) {
  std::set<std::int64_t> cuts{0, samples};
  for (const auto& voter_rows : rows)
    for (const ShardRow& row : voter_rows)
      for (const std::int64_t cut : {row.shard.first, row.shard.first + row.shard.count})
        cuts.insert(std::clamp<std::int64_t>(cut, 0, samples));
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (auto end = std::next(cuts.begin()); end != cuts.end(); ++end)
    ranges.emplace_back(*std::prev(end), *end);
  return ranges;
}

/// Where the columns of a file lie among those of a table.
std::vector<ClassIndex> moves_of(const ClassPredictionFile& file, const VoteTable& votes) {
  if (votes.places == nullptr || file.further().empty()) return {};
  return votes.places->from(static_cast<std::size_t>(file.classes()) - file.further().size(),
                            file.further());
}

/// Moves the columns of rows of `width` values to their places; others are 0.
void move_columns(const std::vector<ClassIndex>& places, std::span<double> rows,
                  std::size_t width) {
  if (places.empty()) return;
  std::vector<double> before(places.size());
  for (std::size_t at = 0; at < rows.size(); at += width) {
    const auto row = rows.subspan(at, width);
    std::ranges::copy(row.first(places.size()), before.begin());
    std::ranges::fill(row, 0.0);
    for (std::size_t c = 0; c < places.size(); ++c)
      if (places[c] < width) row[places[c]] = before[c];
  }
}

}  // namespace

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
  for (const auto& [first, end] : common_ranges(rows, samples)) {
    const auto count = end - first;
    std::vector<ClassPredictionFile> files;
    std::vector<int> file_rows;
    std::vector<std::int64_t> offsets;
    for (const auto& voter_rows : rows) {
      const auto entry = std::ranges::find_if(voter_rows, [&](const ShardRow& r) {
        return r.shard.first <= first && r.shard.first + r.shard.count >= end;
      });
      if (entry == voter_rows.end()) break;  // still to be computed
      auto file = open_shard(study, *entry);
      TRY(file);
      files.push_back(std::move(*file));
      file_rows.push_back(entry->row);
      offsets.push_back(first - entry->shard.first);
    }
    if (files.size() != voters.size()) continue;
    int width = votes.places == nullptr ? 1 : static_cast<int>(votes.places->size());
    std::vector<std::vector<ClassIndex>> moves;  // by voter; empty where nothing is moved
    for (const auto& file : files) {
      width = std::max(width, file.classes());
      moves.push_back(moves_of(file, votes));
    }
    const bool partial = std::ranges::any_of(
        files, [](const auto& file) { return file.classes() > float16_classes; });
    // Some of the file at a time: what one block needs stays in the cache, and a thousand classes
    // of sixteen voters do not take a gigabyte.
    constexpr std::int64_t cells_at_once = 1 << 17;
    const auto rows_at_once = std::min(std::max<std::int64_t>(cells_at_once / width, 16), count);
    std::vector<std::vector<double>> values(
        files.size(), std::vector<double>(static_cast<std::size_t>(rows_at_once * width)));
    for (std::int64_t from = 0; from < count; from += rows_at_once) {
      const auto to = std::min(from + rows_at_once, count);
      const auto n = static_cast<std::size_t>(to - from);
      const auto sample = static_cast<std::size_t>(first + from);
      PolicyBlock block{votes, sample, sample + n, {n, static_cast<std::size_t>(width), {}}};
      block.distributions.partial = partial;
      for (std::size_t v = 0; v < files.size(); ++v) {
        files[v].probabilities(file_rows[v], offsets[v] + from, offsets[v] + to, width,
                               values[v].data());
        move_columns(moves[v], std::span(values[v]).first(n * static_cast<std::size_t>(width)),
                     static_cast<std::size_t>(width));
        block.distributions.probabilities.push_back(values[v].data());
      }
      use(block);
    }
  }
  return {};
}

namespace {

/// Runs the policy over what is stored; sets `cells` to the number of probabilities that it read.
Result<ReducedScores> reduce_anew(const Study& study, const RunInfo& run, const std::string& split,
                                  const VoteTable& votes, std::span<const std::size_t> voters,
                                  const BoundPolicy& policy, std::size_t& cells) {
  ReducedScores reduced;
  reduced.label.assign(votes.samples(), no_class);
  reduced.score.assign(votes.samples(), 0);
  reduced.accept.assign(votes.samples(), 0);
  reduced.tie.assign(votes.samples(), 0);
  PolicyOutput out{reduced.label, reduced.score, reduced.accept, reduced.tie};
  const bool has_losses = policy.policy.traits().has_distribution;
  auto losses = std::make_shared<DistributionLosses>();
  if (has_losses) {
    losses->log_prob_label.assign(votes.samples(), std::numeric_limits<double>::quiet_NaN());
    losses->brier = losses->log_prob_label;
    out.log_prob_label = losses->log_prob_label;
    out.brier = losses->brier;
  }
  bool partial = false;
  TRY(for_each_block(study, run, split, votes, voters, [&](const PolicyBlock& block) {
    score_block(policy, block, out);
    partial |= block.distributions.partial;
    cells += block.distributions.samples * block.distributions.classes * voters.size();
  }));
  if (partial) *losses = {{}, {}, losses_of_partial()};
  if (has_losses) reduced.losses = std::move(losses);
  return reduced;
}

}  // namespace

Result<ReducedScores> reduce(const Study& study, const RunInfo& run, const std::string& split,
                             const VoteTable& votes, std::span<const std::size_t> voters,
                             const BoundPolicy& policy) {
  const auto file = reduction_file(study, run, split, votes, voters, policy);
  TRY(file);
  if (!file->empty())
    if (auto kept = read_reduction(*file, votes.samples(), policy)) return std::move(*kept);
  std::size_t cells = 0;
  auto reduced = reduce_anew(study, run, split, votes, voters, policy, cells);
  TRY(reduced);
  if (!file->empty() && cells >= least_kept_cells) keep_reduction(*file, *reduced);
  return reduced;
}

void add_losses(const Study& study, const RunInfo& run, const std::string& split,
                const VoteTable& votes, std::span<const std::size_t> voters,
                const BoundPolicy& policy, Decisions& decisions) {
  const PolicyTraits traits = policy.policy.traits();
  if (decisions.losses != nullptr || traits.needs != PolicyNeeds::votes ||
      !traits.has_distribution || !traits.has_first_distribution)
    return;
  const auto reduced = reduce(study, run, split, votes, voters.first(1), policy);
  decisions.losses =
      reduced ? reduced->losses
              : std::make_shared<const DistributionLosses>(DistributionLosses{
                    {}, {}, "the predictions cannot be read: " + to_string(reduced.error())});
}

}  // namespace plumbline
