#pragma once
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/decision/policy_cost.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/confusion.h"
#include "core/metrics/voter_pairs.h"
#include "core/review/decision_figures.h"
#include "core/selection/operating_curve.h"
#include "core/study/run_energies.h"
#include "widgets/decision/run_review.h"

namespace plumbline {

/// What the cost of a policy and of choices of voters is counted in, as a multiple of the first
/// voter's.
enum class CostAxis { latency, energy };

/// What the Decision page shows of a review. Verdicts, counts and everything that is made of them
/// follow a slider at once; what needs distributions, sorting or resamples is computed on other
/// threads once the slider rests, and until then says that it is not current.
class DecisionAnalysis : public QObject {
  Q_OBJECT
 public:
  /// A policy's figures on one split.
  struct Column {
    std::shared_ptr<const DecisionFigures> figures;  ///< null: not there
    std::vector<ResampledFigure> resampled;          ///< empty: not there yet
    bool current = false;  ///< scores are those of the policy as it stands
    bool resampled_current = false;
  };
  /// A policy beside the one under review, on the same samples and voters.
  struct Line {
    const PolicyKind* kind = nullptr;
    std::string policy;  ///< as it is written
    std::shared_ptr<const DecisionFigures> figures;
  };

  explicit DecisionAnalysis(QObject* parent = nullptr);
  ~DecisionAnalysis() override;

  /// Not owned; null: nothing is shown.
  void set_review(RunReview* review);
  RunReview* review() const { return review_; }
  bool is_held() const { return held_; }  ///< a slider is held

  // Of the decisions as they stand.
  const VerdictCounts& counts() const { return review_->decisions().counts; }
  const ConfusionMatrix& confusion() const { return confusion_; }
  /// The baseline, the run's first voter alone, where it keeps as many; nothing where it cannot.
  const std::optional<EqualKept>& baseline_point() const { return baseline_point_; }
  std::optional<VerdictCounts> baseline_counts() const;
  QString baseline_name() const;  ///< "mcp(0.87)"
  const PolicyCost& cost() const { return cost_; }
  /// By voter of the policy the share of samples for which it is asked. Of stages it is counted
  /// once the slider rests: until then neither shares nor cost are current.
  const std::vector<double>& shares() const { return shares_; }
  bool cost_is_current() const { return cost_current_; }
  std::optional<double> baseline_ms() const;
  /// By the run's voters, where all are measured alike.
  const std::vector<std::optional<double>>& latencies() const { return times_.latency_ms; }
  /// The same at all batch sizes that were measured.
  const VoterTimes& times() const { return times_; }
  /// By the run's voters what costs are counted in: times until energy is chosen, then joules in
  /// their place, which are of one batch size.
  VoterTimes voter_costs() const {
    return axis_ == CostAxis::energy ? VoterTimes{.latency_ms = energies_.joules} : times_;
  }
  CostAxis cost_axis() const { return axis_; }
  /// Energy only where there is some.
  void set_cost_axis(CostAxis axis);
  /// Why energy cannot be chosen, as a sentence without an end; empty where it can.
  const std::string& no_energy() const { return energies_.missing; }
  /// Risk over coverage of the policy as it stands.
  const std::vector<RiskPoint>& risk() const { return risk_; }

  // Of the policy wherever its threshold stands.
  const OperatingCurve* curve() const { return curve_ ? &*curve_ : nullptr; }
  bool curve_is_current() const { return curve_current_; }

  const Column& shown() const { return shown_; }
  const Column& validation() const { return validation_; }
  const Column& baseline() const { return baseline_; }
  const std::vector<Line>& lines() const { return lines_; }
  /// Whose reliability is drawn: the policy under review, else the first one beside it whose score
  /// is a probability. Null where there is none yet.
  const DecisionFigures* calibrated(QString* name) const;
  /// The policy beside whose reliability that is; null where it is the one under review, or none.
  const Line* calibrated_line() const;

  /// The split on which parameters are chosen; empty where there is none.
  const std::string& validation_split() const { return validation_name_; }
  const OpenedRun* validation_run() const { return validation_run_.get(); }
  bool validation_is_read() const { return validation_read_; }

  /// All of the run's voters, two by two; none before they were compared.
  const VoterPairs& pairs() const { return pairs_; }

  /// Nothing is still to come.
  bool settled() const;

 Q_SIGNALS:
  void moved();            ///< decisions are new
  void curves_changed();   ///< lines are new
  void figures_changed();  ///< figures, or whether they are current
  void failed(const QString& message);

 private:
  void take_decisions(bool settled);
  void take_costs();
  void follow_at_once();
  void refresh();
  void read_run();
  void take_cost(std::vector<double> shares);
  void compute_cost();
  void compute_curve();
  void compute_shown();
  void compute_lines();
  void compute_validation();
  void resample(Column DecisionAnalysis::* column);
  template <class Work, class Done>
  void in_background(std::uint64_t generation, Work work, Done done);

  QPointer<RunReview> review_;
  bool held_ = false;
  QTimer rest_;  ///< from the last settled decision to the work that it causes
  std::shared_ptr<std::atomic<std::uint64_t>>
      generation_;            ///< of settled decisions; work of older ones is dropped
  std::uint64_t opened_ = 0;  ///< reviews so far
  int pending_ = 0;

  ConfusionMatrix confusion_;
  std::optional<EqualKept> baseline_point_;
  PolicyCost cost_;
  std::vector<double> shares_;
  bool cost_current_ = true;
  VoterTimes times_;
  KnownEnergies energies_ = {{}, "no run is open"};
  CostAxis axis_ = CostAxis::latency;
  std::vector<RiskPoint> risk_;
  std::optional<OperatingCurve> curve_;
  std::string curve_of_, curve_wanted_;
  bool curve_current_ = false;
  Column shown_, validation_, baseline_;
  std::optional<BoundPolicy> shown_policy_;
  std::vector<std::size_t> shown_voters_, lines_voters_;
  std::vector<Line> lines_;
  std::string validation_name_;
  std::shared_ptr<const OpenedRun> validation_run_;
  bool validation_read_ = false;
  VoterPairs pairs_;
};

}  // namespace plumbline
