#include "core/review/decision_figures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/study/run_dataset.h"
#include "core/study/run_votes.h"

namespace plumbline {

std::optional<double> DecisionFigures::value(const Metric* metric) const {
  const auto found = std::ranges::find(values, metric, &Figure::metric);
  return found == values.end() ? std::nullopt : found->value;
}

std::shared_ptr<const DecisionFigures> decision_figures(MetricData data) {
  auto figures = std::make_shared<DecisionFigures>();
  if (data.has_scores) figures->risk = risk_curve(data.score, data.right);
  figures->reliability = reliability_of(data);
  if (data.has_scores) data.selective();
  figures->values = figures_of(data);
  figures->data = std::move(data);
  return figures;
}

std::vector<ReliabilityBin> reliability_of(const MetricData& data) {
  if (!data.has_scores || !data.score_is_probability) return {};
  return reliability_bins(data.score, data.right);
}

BaselineBeside baseline_beside(const VoteTable& all, std::span<const std::size_t> voters) {
  constexpr std::array<std::size_t, 1> first = {0};
  const bool is_among = !voters.empty() && voters.front() == 0;
  VoteTable votes = select_voters(all, is_among ? voters : std::span<const std::size_t>(first));
  BoundPolicy mcp = *bind(*make_policy("mcp", votes.voters.size()));
  Decisions decisions;
  decide(mcp, votes, decisions);
  return {std::move(mcp), std::move(votes), std::move(decisions)};
}

Result<std::optional<std::string>> selection_split(const Study& study, const RunInfo& run,
                                                   const std::string& shown) {
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  std::optional<std::string> best;
  int best_rank = 0;
  for (const SplitInfo& split : dataset->splits) {
    if (split.name == shown) continue;
    const auto samples = study.sample_count(run.dataset, split.name);
    TRY(samples);
    const auto committed = study.committed(run, split.name);
    TRY(committed);
    if (*samples == 0 || *committed < *samples) continue;
    const bool own = std::ranges::find(run.splits, split.name) != run.splits.end();
    const int rank = 1 + (own ? 2 : 0) + (split.name.starts_with("val") ? 1 : 0);
    if (rank > best_rank) {
      best = split.name;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace plumbline
