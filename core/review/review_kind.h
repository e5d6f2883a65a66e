#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/metrics/metric_table.h"
#include "core/review/review_table.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"
#include "core/types/named_table.h"
#include "core/types/work_progress.h"

namespace plumbline {

struct BoxesReviewed;

/// What a policy made of a split of a run, whatever kind its predictions are of: what figures,
/// exports, galleries and reports are made of.
struct ReviewedRun {
  Decisions decisions;  ///< by row of the table
  ReviewTable table;    ///< refers to the decisions and to what `memory` holds
  MetricData figures;   ///< all but the cost
  std::shared_ptr<const void> memory;
  std::shared_ptr<const BoxesReviewed> boxes;  ///< where the predictions are boxes; else null

  ReviewedRun() = default;
  ReviewedRun(const ReviewedRun&) = delete;  // the table refers to the decisions
  ReviewedRun& operator=(const ReviewedRun&) = delete;
};

/// The predictions of a run on one split, read once and independent of the Study that they were
/// read from.
class ReviewSource {
 public:
  ReviewSource() = default;
  ReviewSource(const ReviewSource&) = delete;
  ReviewSource& operator=(const ReviewSource&) = delete;
  virtual ~ReviewSource() = default;

  /// The decisions of a policy of this kind of predictions by some of the run's voters (indices
  /// into run.voters, as many as the policy has). Deterministic; may be called on any thread, by
  /// several at once.
  virtual Result<std::shared_ptr<const ReviewedRun>> decide(
      const BoundPolicy& policy, std::span<const std::size_t> voters) const = 0;

  /// Binds a policy of this kind of predictions to what these voters gave on this split: it may
  /// learn from it. `data.fit` is filled here. Errors: bind()'s; usage, where nothing can be
  /// learned from this kind of predictions.
  virtual Result<BoundPolicy> fit(Policy policy, std::span<const std::size_t> voters,
                                  BindData data) const;

  /// What was odd while it was read, or has been since: a sentence each, without an end. May be
  /// asked on any thread.
  virtual std::vector<std::string> notes() const { return {}; }

  /// Classes and confidences, where the predictions are classes; else null.
  virtual std::shared_ptr<const RunVotes> votes() const { return nullptr; }
};

/// What a run is reviewed by, for one kind of predictions. A further kind is a file with its entry,
/// and a line in the table; decide, export and the workbench take it from there.
struct ReviewKind {
  std::string_view name;             ///< of the predictions: a PredictionSchema's
  std::string_view first_policy;     ///< what the workbench opens a run with
  std::string_view baseline_policy;  ///< by which the first voter alone is the baseline, if any
  Result<std::shared_ptr<const ReviewSource>> (*open)(const Study& study, const RunInfo& run,
                                                      const std::string& split) = nullptr;
  /// The same of a kind that may take long, which says what does: then, and in what is opened. Null
  /// where nothing takes long; `progress` is not.
  Result<std::shared_ptr<const ReviewSource>> (*open_watched)(
      const Study& study, const RunInfo& run, const std::string& split,
      const std::shared_ptr<WorkProgress>& progress) = nullptr;
};

NamedTable<ReviewKind>& review_kinds();

/// The kind of a run's predictions, by the card of its first voter's model. Errors: no such model;
/// a kind that cannot be reviewed.
Result<const ReviewKind*> review_kind_of(const Study& study, const RunInfo& run);

/// review_kind_of and its open.
Result<std::shared_ptr<const ReviewSource>> open_review(const Study& study, const RunInfo& run,
                                                        const std::string& split);

}  // namespace plumbline
