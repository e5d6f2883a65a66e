#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

/// Where parameters may be chosen that are shown on `shown`: another split of the run's data set
/// for which its voters have all predictions. Of several one of the run's own, then one that is
/// called after validation, then the first. Nothing where there is none.
Result<std::optional<std::string>> selection_split(const Study& study, const RunInfo& run,
                                                   const std::string& shown);

}  // namespace plumbline
