#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/metrics/metric_table.h"
#include "core/metrics/reliability.h"
#include "core/metrics/risk_curve.h"
#include "core/study/study.h"

namespace plumbline {

/// What is drawn and listed of a policy's decisions on a split.
struct DecisionFigures {
  MetricData data;             ///< sorted already, so that several threads may ask it
  std::vector<Figure> values;  ///< of the whole metric table
  std::vector<RiskPoint> risk;
  std::vector<ReliabilityBin> reliability;  ///< empty where the score is no probability

  std::optional<double> value(const Metric* metric) const;
  std::optional<double> value(std::string_view metric) const { return value(find_metric(metric)); }
};

std::shared_ptr<const DecisionFigures> decision_figures(MetricData data);

/// The bins of its reliability; empty where the score is not a probability.
std::vector<ReliabilityBin> reliability_of(const MetricData& data);

/// The baseline beside a policy: the confidence of the run's first voter alone, at the default
/// threshold, on the samples that the policy judges where that voter is the policy's first.
struct BaselineBeside {
  BoundPolicy policy;
  VoteTable votes;  ///< of the first voter, or of the policy's where it is the first of those
  Decisions decisions;
};

/// `all`: the votes of every voter of the run; `voters`: the policy's, indices into them.
BaselineBeside baseline_beside(const VoteTable& all, std::span<const std::size_t> voters);

/// Where parameters may be chosen that are shown on `shown`: another split of the run's data set
/// for which its voters have all predictions. Of several one of the run's own, then one that is
/// called after validation, then the first. Nothing where there is none.
Result<std::optional<std::string>> selection_split(const Study& study, const RunInfo& run,
                                                   const std::string& shown);

}  // namespace plumbline
