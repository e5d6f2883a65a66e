#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/decision/equal_kept.h"
#include "core/decision/policy_cost.h"
#include "core/decision/policy_energy.h"
#include "core/metrics/bootstrap.h"
#include "core/report/figure.h"
#include "core/report/report_request.h"
#include "core/review/decision_figures.h"
#include "core/review/item_remarks.h"
#include "core/review/review_kind.h"
#include "core/selection/operating_curve.h"
#include "core/study/run_energies.h"
#include "core/study/study.h"

namespace plumbline {

/// Figures of a set of decisions with what its resamples say.
struct JudgedPolicy {
  BoundPolicy policy;
  std::string words;                ///< "polygraph(0.70, 3)"
  std::vector<std::size_t> voters;  ///< indices into the run's
  std::shared_ptr<const DecisionFigures> figures;
  std::vector<ResampledFigure> resampled;
};

/// All that a report's sections say of a run, gathered once.
struct RunFindings {
  RunInfo run;
  DatasetInfo dataset;
  std::string split, kind;  ///< kind: of the predictions
  std::string decision;     ///< name; empty: the policy was written
  std::string selected_on, rule, certificate;
  Chosen chosen = Chosen::by_hand;
  int resamples = 0;

  JudgedPolicy own;
  std::shared_ptr<const ReviewSource> source;
  std::shared_ptr<const ReviewedRun> reviewed;
  PolicyCost cost;
  PolicyEnergy energy;
  std::string no_energy;                ///< why it is not known; empty where it is
  std::optional<RunEnergies> energies;  ///< by the run's voters, where they were measured

  /// Of classes alone, else nothing: the run's first voter where it keeps as many (`equal_kept`),
  /// or at its default where it cannot. Judged on the same samples.
  std::optional<JudgedPolicy> baseline;
  std::shared_ptr<const ReviewedRun> baseline_reviewed;
  bool equal_kept = false;
  std::vector<EqualKept> baseline_points;
  std::shared_ptr<const RunVotes> votes;
  VoteTable table;  ///< of the policy's voters; refers to `votes`
  std::optional<OperatingCurve> curve;

  /// Where the parameters were chosen, if that is another split whose predictions are there.
  std::optional<JudgedPolicy> on_selected;
  std::shared_ptr<const ReviewedRun> reviewed_on_selected;
  std::vector<Drift> drift;

  std::vector<PredictionSet> sets;  ///< by the run's voters
  std::vector<ModelInfo> models;    ///< of the study
  std::vector<StoredWarning> warnings;
  std::string gaps;  ///< what the run lacks, in words; empty: nothing
  ItemRemarks remarks;
  std::vector<std::pair<std::string, std::string>> hashes;
  std::vector<std::pair<std::string, std::int64_t>> splits;  ///< with their samples

  std::string class_name(ClassIndex index) const;
  std::string device() const;  ///< what was timed, else the kind of device
};

/// Nothing where the study has no run and none was asked for. Errors: those of reading and binding;
/// cancelled.
Result<std::optional<RunFindings>> gather_run(const Study& study, const ReportRequest& request,
                                              const ReportProgress& progress);

/// A policy with its numbers as people read them: "polygraph(0.70, 3)".
std::string short_policy_words(const Policy& policy);
/// As it is written; of files that it reads the names alone, unless paths may be told.
std::string written_policy(const Policy& policy, bool paths);

}  // namespace plumbline
