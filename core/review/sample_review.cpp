#include "core/review/sample_review.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/study/run_votes.h"

namespace plumbline {

std::vector<double> mean_probabilities(std::span<const std::vector<float>> log_probs,
                                       std::span<const std::size_t> voters) {
  std::vector<double> mean;
  for (const std::size_t voter : voters) {
    if (voter >= log_probs.size() || log_probs[voter].empty()) return {};
    const std::vector<float>& values = log_probs[voter];
    if (values.size() > mean.size()) mean.resize(values.size(), 0);
    for (std::size_t i = 0; i < values.size(); ++i) mean[i] += std::exp(double{values[i]});
  }
  for (double& value : mean) value /= static_cast<double>(voters.size());
  return mean;
}

std::vector<std::pair<ClassIndex, double>> top_classes_of(std::span<const double> probabilities,
                                                          std::size_t count) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  count = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count),
                            [&](std::size_t a, std::size_t b) {
                              if (probabilities[a] != probabilities[b])
                                return probabilities[a] > probabilities[b];
                              return a < b;
                            });
  std::vector<std::pair<ClassIndex, double>> top;
  for (std::size_t i = 0; i < count; ++i)
    top.emplace_back(static_cast<ClassIndex>(order[i]), probabilities[order[i]]);
  return top;
}

LabelVotes votes_on_label(const VoteTable& votes, std::size_t sample, ClassIndex label) {
  LabelVotes counts;
  for (const VoterVotes& voter : votes.voters) {
    const ClassIndex vote = voter.predicted[sample];
    ++(vote == no_class ? counts.without_output : vote == label ? counts.agree : counts.dissent);
  }
  return counts;
}

Result<SampleReview> review_sample(const Study& study, const RunInfo& run, const std::string& split,
                                   const BoundPolicy& policy, const VoteTable& votes,
                                   std::span<const std::size_t> voters, const Decisions& decisions,
                                   std::int64_t place) {
  const auto info = study.samples(run.dataset, split, place, 1);
  TRY(info);
  const auto row = static_cast<std::size_t>(place);
  if (info->empty() || row >= decisions.label.size() || row >= votes.samples())
    return bad_input("the study has no such sample", split);
  SampleReview review;
  review.place = place;
  review.name = info->front().name;
  review.truth = votes.labels[row];
  review.label = decisions.label[row];
  review.verdict = decisions.verdict[row];
  review.accepted = decisions.accept[row] != 0;
  review.score = decisions.score[row];
  review.why = explain(policy, select_voters(votes, voters),
                       {row, review.label, review.score, review.accepted});
  for (const VoterVotes& voter : votes.voters)
    review.votes.push_back({voter.predicted[row], voter.confidence_of(row)});
  review.counts = votes_on_label(votes, row, review.label);
  std::vector<std::vector<float>> distributions(run.voters.size());
  for (const std::size_t voter : voters) {
    auto values = log_probs(study, run, split, voter, place);
    TRY(values);
    distributions[voter] = std::move(*values);
  }
  review.distribution = mean_probabilities(distributions, voters);
  return review;
}

}  // namespace plumbline
