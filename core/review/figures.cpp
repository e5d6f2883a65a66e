#include "core/review/figures.h"

namespace plumbline {

MetricData metric_data(const BoundPolicy& policy, const Decisions& decisions,
                       const VoteTable& votes, const PolicyCost& cost) {
  const PolicyTraits traits = policy.policy.traits();
  MetricData data;
  data.counts = decisions.counts;
  data.ties_broken = decisions.ties_broken;
  data.has_scores = true;
  data.score_is_probability = traits.score_is_probability;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    const Verdict verdict = decisions.verdict[i];
    if (verdict == Verdict::unjudged) continue;
    data.score.push_back(decisions.score[i]);
    data.right.push_back(verdict == Verdict::kept || verdict == Verdict::needlessly_rejected);
    data.accepted.push_back(verdict == Verdict::kept || verdict == Verdict::undetected);
    if (traits.has_first_distribution)
      data.log_prob_label.push_back(static_cast<double>(votes.voters.front().log_prob_label[i]));
  }
  data.latency_ms = cost.latency_ms;
  data.latency_ratio = cost.ratio;
  return data;
}

}  // namespace plumbline
