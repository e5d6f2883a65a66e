#pragma once
#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/threshold_parameter.h"
#include "core/decision/verdicts.h"
#include "core/review/opened_run.h"
#include "core/selection/harm.h"

namespace plumbline {

/// A run under a decision policy: what every page looks at, whatever the kind of its predictions. A
/// change of a value decides votes at once; a policy on distributions is reduced on another thread
/// first, predictions of any other kind are decided there, and there a policy that learns is fitted
/// on the split that selects. Until then the last verdicts stay.
class RunReview : public QObject {
  Q_OBJECT
 public:
  explicit RunReview(OpenedRun run, QObject* parent = nullptr);

  const OpenedRun& run() const { return run_; }
  /// Whether the run's predictions are classes, one a sample.
  bool has_votes() const { return run_.votes != nullptr; }
  /// A table without voters and samples where they are not.
  const VoteTable& votes() const { return has_votes() ? run_.votes->table() : no_votes_; }
  const std::vector<std::size_t>& policy_voters() const { return voters_; }  ///< rising
  const Policy& policy() const { return policy_->policy; }
  const BoundPolicy& bound_policy() const { return *policy_; }
  /// The policy whose verdicts these are: of a staged one the one that is staged.
  const Policy& rules() const { return deciding_policy(policy()); }
  bool is_staged() const { return policy().traits().decides_as_inner; }
  const VoteTable& policy_votes() const { return selected_; }  ///< of policy_voters()
  /// By row of table().
  const Decisions& decisions() const { return reviewed_ ? reviewed_->decisions : decisions_; }
  /// The run's items and what is known of them. Refers to what is decided: not to be kept beyond
  /// the next decision. Without a row before the first one.
  ReviewTable table() const;
  /// What was decided of an item; no_class where there is no such item.
  ClassIndex label_of(ItemRef item) const;
  bool busy() const { return busy_; }
  /// What was made of a run of boxes; null of any other, and before the first decision.
  std::shared_ptr<const BoxesReviewed> boxes() const {
    return reviewed_ ? reviewed_->boxes : nullptr;
  }

  /// Undetected mispredictions of the baseline's mcp at the threshold that keeps as many correct
  /// ones; nothing where no threshold keeps as many.
  std::optional<std::int64_t> baseline_undetected() const;

  /// What harm is counted in, in the order of the data set's classes; plain ones to begin with. A
  /// policy that counts costs decides by them. Without a row where there are more classes than a
  /// cost matrix may have, or predictions are not classes.
  const HarmCosts& costs() const { return costs_; }
  /// The matrix has as many rows as that one. A policy that counts costs is decided anew.
  void set_costs(HarmCosts costs);
  /// Whether the policy counts costs, and other ones than costs(): those of a saved decision.
  bool decides_by_other_costs() const;

  /// Changes the policy, its parameters at their defaults; stages stay where they may.
  void set_policy(std::string_view name);
  void set_policy(const Policy& policy);
  /// A policy with what it has learned already, as a saved decision has it, and by whom it decides:
  /// indices into the run's voters, as many as the policy has. Costs that it has learned become
  /// costs(), unless `costs` says what those are to be. Errors are said by failed().
  void set_decision(const BoundPolicy& policy, std::vector<std::size_t> voters,
                    const HarmCosts* costs = nullptr);
  /// Asks voters one after another until no other can change the verdict, or all of them. Nothing
  /// happens where the policy needs all of them.
  void set_staged(bool staged);
  /// At least one, indices into the run's voters. A value that stood at its default stays there.
  void set_voters(std::vector<std::size_t> voters);
  /// A parameter of rules(), moved into its range. `settled` is false while a slider is held.
  void set_value(std::size_t parameter, double value, bool settled);
  /// A value as it is written, of a parameter of any type; one that does not fit is said.
  void set_argument(std::size_t parameter, const std::string& text);
  /// Says that what was changed unsettled is to stay.
  void settle() {
    settled_ = true;
    Q_EMIT decided(true);
  }
  /// The policy's defaults and the default voters.
  void reset();

 Q_SIGNALS:
  void policy_changed();       ///< another kind, other voters or values
  void decided(bool settled);  ///< verdicts and counts are new
  void costs_changed();  ///< costs() are others, and the policy with them where it counts them
  void busy_changed(bool busy);
  void failed(const plumbline::Error& error);
  void noted(const QString& note);  ///< something was odd, and could be mended

 private:
  /// Binds the policy anew for these voters, or says why that fails and leaves all as it was. One
  /// that has to learn is fitted on another thread first, and taken then.
  bool take(const Policy& policy, const std::vector<std::size_t>& voters);
  void fit(const Policy& policy, const std::vector<std::size_t>& voters);
  /// Lets go of a fit that is under way; whether there was one. Then start() has to follow.
  bool drop_fit();
  void use_voters(std::vector<std::size_t> voters);
  /// The policy under review with other rules.
  Policy with_rules(const Policy& rules) const;
  bool needs_reduction() const;
  /// Takes what a policy counts as costs(). Whether it was another.
  bool adopt_costs(const BoundPolicy& policy);
  std::span<const double> bound_costs() const;
  void start();
  void decide_now(bool settled);

  void ask_source();
  void ask_with_settled();
  void say_notes();

  OpenedRun run_;
  VoteTable no_votes_;
  std::vector<std::size_t> voters_;
  VoteTable selected_;
  std::optional<BoundPolicy> policy_;
  HarmCosts costs_;
  Decisions decisions_;
  std::shared_ptr<const ReducedScores> reduced_;
  std::optional<BoundPolicy> reduced_policy_;  ///< what reduced_ was made with
  std::vector<std::size_t> reduced_voters_;
  std::shared_ptr<const ReviewedRun> reviewed_;  ///< of a run that is not of classes
  int reduction_ = 0;                            ///< drops results that came too late
  std::optional<int> fitting_;                   ///< the fit that is under way and still wanted
  int fits_ = 0;
  bool busy_ = false;
  std::size_t notes_said_ = 0;
  bool settled_ = true;  ///< what is asked of the source was not asked by a slider that is held
};

}  // namespace plumbline
