#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/metrics/metric_table.h"
#include "core/study/study.h"

namespace plumbline {

/// What a policy does under one condition.
struct StressOutcome {
  VerdictCounts counts;         ///< accuracy, coverage, risks are its members
  std::vector<Figure> figures;  ///< of the whole metric table, without cost

  /// Of the wrong ones the share that is rejected, 0 to 1: does it reject when it should? NaN where
  /// nothing is wrong.
  double caught_share() const;
};

/// A policy and the baseline beside it under one condition.
struct SeverityPoint {
  View condition;       ///< identity: the run as it is
  double severity = 0;  ///< the number that varies; 0 as it is, or where it has none
  StressOutcome policy;
  std::optional<StressOutcome> baseline;
  /// Of the samples that both judge: how many there are, and which one of both leaves undetected
  /// alone. What a paired interval of the difference is made of.
  std::int64_t both_judge = 0, only_policy_undetected = 0, only_baseline_undetected = 0;
  bool complete = true;  ///< false where predictions under this condition are still to come
};

/// One fault at rising severities (condition_families); the first point is the run as it is.
struct SeverityCurve {
  std::string family;
  std::vector<SeverityPoint> points;
};

/// What is asked: a policy that is fixed, by some of a run's voters (indices into run.voters).
struct StressRequest {
  std::string split;
  BoundPolicy policy;
  std::vector<std::size_t> voters;
  /// Fixed too; without one `mcp` at its default by the first of the voters, where predictions are
  /// classes.
  std::optional<BoundPolicy> baseline = {};
  std::vector<std::size_t> baseline_voters = {};  ///< that decide for the baseline; empty: `voters`
};

/// Lets `mcp` by one voter of the run be the baseline beside the request's policy: at `threshold`,
/// its default without one; on the same samples where the policy's voters begin with that voter,
/// else alone. A threshold is that of the voter that it was found for, so that both are said
/// together. Errors: none but those of the policy table.
Result<void> set_mcp_baseline(StressRequest& request, std::size_t voter,
                              std::optional<double> threshold = std::nullopt);

/// Called before each condition with how many are done; true: stop (cancelled).
using StressProgress = std::function<bool(std::size_t done, std::size_t total)>;

/// The policy under one condition of the run; nothing is fitted or chosen there. Errors: those of
/// reading; a policy for another kind of predictions.
Result<SeverityPoint> under_stress(const Study& study, const RunInfo& run,
                                   const StressRequest& request, const View& condition);

/// The policy over `conditions`, family by family. Each condition is read once. Deterministic.
Result<std::vector<SeverityCurve>> severity_curves(const Study& study, const RunInfo& run,
                                                   const StressRequest& request,
                                                   const std::vector<View>& conditions,
                                                   const StressProgress& progress = {});

}  // namespace plumbline
