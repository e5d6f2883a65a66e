#include "core/review/figures.h"

#include <utility>

namespace plumbline {

MetricData metric_data(const BoundPolicy& policy, const Decisions& decisions,
                       const VoteTable& votes, const PolicyCost& cost) {
  const PolicyTraits traits = policy.policy.traits();
  MetricData data;
  data.counts = decisions.counts;
  data.ties_broken = decisions.ties_broken;
  data.has_scores = true;
  data.score_is_probability = traits.score_is_probability;
  const DistributionLosses* losses = decisions.losses.get();
  const bool has_losses = losses != nullptr && losses->missing.empty();
  if (!traits.has_distribution)
    data.no_losses = "the policy's class is not the most likely one of a distribution of its own";
  else if (!has_losses)
    data.no_losses = losses != nullptr ? losses->missing : "no distribution was read for it";
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    const Verdict verdict = decisions.verdict[i];
    if (verdict == Verdict::unjudged) continue;
    data.score.push_back(decisions.score[i]);
    data.right.push_back(verdict == Verdict::kept || verdict == Verdict::needlessly_rejected);
    data.accepted.push_back(verdict == Verdict::kept || verdict == Verdict::undetected);
    if (has_losses) {
      data.log_prob_label.push_back(losses->log_prob_label[i]);
      data.brier.push_back(losses->brier[i]);
    } else if (traits.has_first_distribution)  // of every run, in float32
      data.log_prob_label.push_back(static_cast<double>(votes.voters.front().log_prob_label[i]));
  }
  data.latency_ms = cost.latency_ms;
  data.latency_ratio = cost.ratio;
  return data;
}

void set_energy(MetricData& data, const PolicyEnergy& energy, std::string missing) {
  data.joules = energy.joules;
  data.joules_ratio = energy.ratio;
  data.no_energy = std::move(missing);
}

}  // namespace plumbline
