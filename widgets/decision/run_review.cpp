#include "widgets/decision/run_review.h"

#include <algorithm>
#include <utility>

#include "core/decision/default_voters.h"
#include "core/decision/policies/counted_costs.h"
#include "core/review/classification_table.h"
#include "core/review/first_decision.h"
#include "core/review/fit_decision.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

Result<std::shared_ptr<const ReducedScores>> reduce_run(const OpenedRun& run,
                                                        const std::vector<std::size_t>& voters,
                                                        const BoundPolicy& policy) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const VoteTable votes = select_voters(run.votes->table(), voters);
  auto reduced = reduce(*study, run.info, run.split, votes, voters, policy);
  TRY(reduced);
  return std::make_shared<const ReducedScores>(std::move(*reduced));
}

}  // namespace

RunReview::RunReview(OpenedRun run, QObject* parent) : QObject(parent), run_(std::move(run)) {
  FirstDecision first = first_decision(*run_.kind, run_.info);
  policy_ = std::move(first.policy);
  voters_ = std::move(first.voters);
  const bool has_costs = has_votes() && run_.dataset.classes.size() <= most_cost_classes;
  costs_.matrix = std::make_shared<const CostMatrix>(
      plain_costs(has_costs ? run_.dataset.classes : std::vector<std::string>()));
  if (has_votes()) {
    selected_ = select_voters(votes(), voters_);
    decide_now(true);
  } else {
    ask_source();
  }
}

ReviewTable RunReview::table() const {
  if (has_votes()) return classification_table(votes(), voters_, decisions_);
  return reviewed_ ? reviewed_->table : ReviewTable();
}

ClassIndex RunReview::label_of(ItemRef item) const {
  const ReviewTable items = table();
  const auto row = items.row_of(item);
  return row && !items.label.empty() ? items.label[*row] : no_class;
}

Policy RunReview::with_rules(const Policy& rules) const {
  if (!is_staged() || !rules.traits().can_be_staged) return rules;
  return policy().with_inner(0, rules);
}

void RunReview::set_policy(std::string_view name) {
  const auto policy = make_policy(name, voters_.size());
  if (!policy) return Q_EMIT failed(policy.error());
  set_policy(with_rules(*policy));
}

void RunReview::set_policy(const Policy& policy) {
  if (take(policy, voters_)) start();
}

void RunReview::set_decision(const BoundPolicy& policy, std::vector<std::size_t> voters,
                             const HarmCosts* costs) {
  if (const auto suits = check_suits(policy.policy, run_.kind->name); !suits)
    return Q_EMIT failed(suits.error());
  drop_fit();
  policy_ = policy;
  use_voters(std::move(voters));
  const bool others = costs == nullptr ? adopt_costs(policy) : *costs != costs_;
  if (costs != nullptr) costs_ = *costs;
  if (others) Q_EMIT costs_changed();
  start();
}

std::span<const double> RunReview::bound_costs() const {
  // Without any a policy decides to the bit as it does where nobody speaks of costs.
  if (is_plain(*costs_.matrix)) return {};
  return costs_.matrix->costs;
}

bool RunReview::adopt_costs(const BoundPolicy& policy) {
  const auto* own = costs_of(policy);
  if (own == nullptr || own->empty() || *own == costs_.matrix->costs ||
      own->size() != costs_.matrix->costs.size())
    return false;
  costs_.matrix = std::make_shared<const CostMatrix>(CostMatrix{costs_.matrix->classes, *own});
  return true;
}

void RunReview::set_costs(HarmCosts costs) {
  if (costs == costs_ || costs.matrix->classes != costs_.matrix->classes) return;
  const bool other_matrix = *costs.matrix != *costs_.matrix;
  costs_ = std::move(costs);
  const bool decides_anew = other_matrix && costs_of(*policy_) != nullptr;
  if (decides_anew) policy_ = with_costs(*policy_, bound_costs());
  Q_EMIT costs_changed();
  if (decides_anew) start();
}

bool RunReview::decides_by_other_costs() const {
  const auto* own = costs_of(*policy_);
  return own != nullptr && !std::ranges::equal(*own, bound_costs());
}

void RunReview::set_staged(bool staged) {
  if (staged == is_staged()) return;
  if (!staged) return set_policy(Policy(rules()));
  if (!rules().traits().can_be_staged) return;
  const auto wrapped = make_policy("staged", voters_.size());
  if (!wrapped) return Q_EMIT failed(wrapped.error());
  // The order is found on the split that selects.
  fit(wrapped->with_inner(0, rules()), voters_);
}

void RunReview::use_voters(std::vector<std::size_t> voters) {
  if (voters == voters_) return;
  voters_ = std::move(voters);
  if (has_votes()) selected_ = select_voters(votes(), voters_);
}

void RunReview::set_voters(std::vector<std::size_t> voters) {
  std::ranges::sort(voters);
  if (voters.empty() || voters == voters_ || voters.back() >= run_.info.voters.size()) return;
  const Policy next = policy().for_voters(voters.size());
  // Another choice of voters has another order.
  if (is_staged()) return fit(next, voters);
  if (!take(next, voters)) return;
  use_voters(std::move(voters));
  start();
}

void RunReview::set_value(std::size_t parameter, double value, bool settled) {
  const Policy next = with_rules(rules().with_value(parameter, value));
  const bool same = next == policy();
  const BoundPolicy before = *policy_;
  if (same && !settled) return;
  const bool dropped = drop_fit();
  // The order of stages stays as it was found.
  if (is_staged() && !learns(next))
    policy_ = with_values(*policy_, next);
  else if (!take(next, voters_))
    return dropped && !fitting_ ? start() : void();
  if (dropped) return start();
  const bool on_votes = policy().traits().needs == PolicyNeeds::votes;
  if (!has_votes()) {
    settled_ = settled;
    return same ? Q_EMIT decided(settled) : ask_with_settled();
  }
  if (!on_votes && !same_scores(before, *policy_)) return start();
  if (busy_) return;  // decided with this value once the reduction is there
  Q_EMIT policy_changed();
  if (same) return Q_EMIT decided(settled);
  decide_now(settled);
}

void RunReview::set_argument(std::size_t parameter, const std::string& text) {
  const auto next = rules().with_text(parameter, text);
  if (!next) {
    Q_EMIT failed(next.error());
    Q_EMIT policy_changed();  // so that the field shows again what holds
  } else if (*next != rules()) {
    set_policy(with_rules(*next));
  }
}

bool RunReview::take(const Policy& policy, const std::vector<std::size_t>& voters) {
  const BindData data{.classes = run_.dataset.classes};
  auto bound =
      check_suits(policy, run_.kind->name).and_then([&] { return rebind(*policy_, policy, data); });
  if (bound) {
    // What was bound before and is only moved keeps what it has.
    policy_ = same_scores(*policy_, *bound)
                  ? std::move(*bound)
                  : with_costs_unless_read(std::move(*bound), bound_costs());
    // Those of a file that it names. Whoever hears of them finds policy and voters together.
    if (adopt_costs(*policy_)) {
      use_voters(voters);
      Q_EMIT costs_changed();
    }
    return true;
  }
  if (learns(policy))
    fit(policy, voters);
  else
    Q_EMIT failed(bound.error());
  return false;
}

bool RunReview::drop_fit() { return std::exchange(fitting_, std::nullopt).has_value(); }

void RunReview::fit(const Policy& policy, const std::vector<std::size_t>& voters) {
  const int fitting = ++fits_;
  fitting_ = fitting;
  ++reduction_;  // what is being reduced is of a policy that nobody wants any more
  busy_ = true;
  Q_EMIT busy_changed(true);
  run_in_background(
      this, [run = run_, policy, voters] { return fit_decision(run, policy, voters); },
      [this, fitting, voters](Result<BoundPolicy> bound) {
        if (fitting != fitting_) return;
        fitting_.reset();
        busy_ = false;
        if (bound) {
          policy_ = with_costs_unless_read(std::move(*bound), bound_costs());
          use_voters(voters);
          if (adopt_costs(*policy_)) Q_EMIT costs_changed();
          start();
        }
        if (!busy_) Q_EMIT busy_changed(false);
        if (bound) return;
        Q_EMIT failed(bound.error());
        Q_EMIT policy_changed();  // so that controls show again what holds
        if (has_votes() && needs_reduction()) start();
      });
}

std::optional<std::int64_t> RunReview::baseline_undetected() const {
  if (run_.baseline == nullptr) return std::nullopt;
  const auto point = run_.baseline->at(decisions_.counts[Verdict::kept]);
  return point ? std::optional(point->undetected) : std::nullopt;
}

void RunReview::reset() {
  const auto voters = default_voters(run_.info.voters);
  const auto defaults = make_policy(rules().kind(), voters.size());
  if (!defaults) return Q_EMIT failed(defaults.error());
  if (!take(*defaults, voters)) return;
  use_voters(voters);
  start();
}

bool RunReview::needs_reduction() const {
  if (policy().traits().needs == PolicyNeeds::votes) return false;
  return reduced_ == nullptr || reduced_voters_ != voters_ ||
         !same_scores(*reduced_policy_, *policy_);
}

/// One question at a time: what changes meanwhile is asked when the answer is there.
void RunReview::ask_source() {
  if (busy_) return;
  busy_ = true;
  Q_EMIT busy_changed(true);
  run_in_background(
      this,
      [source = run_.source, voters = voters_, policy = *policy_] {
        return source->decide(policy, voters);
      },
      [this, voters = voters_,
       policy = *policy_](Result<std::shared_ptr<const ReviewedRun>> reviewed) {
        busy_ = false;
        say_notes();
        if (voters != voters_ || policy != *policy_) return ask_source();
        if (reviewed) {
          // What was shown so far is let go of only when everybody has seen the new one.
          const auto before = std::exchange(reviewed_, std::move(*reviewed));
          Q_EMIT decided(settled_);
        }
        Q_EMIT busy_changed(false);
        if (!reviewed) Q_EMIT failed(reviewed.error());
      });
}

void RunReview::say_notes() {
  const auto notes = run_.source->notes();
  for (; notes_said_ < notes.size(); ++notes_said_) Q_EMIT noted(text_of(notes[notes_said_]));
}

void RunReview::ask_with_settled() {
  Q_EMIT policy_changed();
  ask_source();
}

void RunReview::start() {
  drop_fit();
  if (!has_votes()) {
    settled_ = true;
    return ask_with_settled();
  }
  const int reduction = ++reduction_;
  const bool wait = needs_reduction();
  if (busy_ != wait) {
    busy_ = wait;
    Q_EMIT busy_changed(busy_);
  }
  Q_EMIT policy_changed();
  if (!wait) return decide_now(true);
  run_in_background(
      this,
      [run = run_, voters = voters_, policy = *policy_] { return reduce_run(run, voters, policy); },
      [this, reduction, voters = voters_,
       policy = *policy_](Result<std::shared_ptr<const ReducedScores>> reduced) {
        if (reduction != reduction_) return;
        busy_ = false;
        if (reduced) {
          reduced_ = std::move(*reduced);
          reduced_policy_ = policy;
          reduced_voters_ = voters;
          decide_now(true);
        }
        Q_EMIT busy_changed(false);
        if (!reduced) Q_EMIT failed(reduced.error());
      });
}

void RunReview::decide_now(bool settled) {
  if (policy().traits().needs == PolicyNeeds::votes)
    decide(*policy_, selected_, decisions_);
  else if (!needs_reduction())
    decide(*policy_, *reduced_, selected_, decisions_);
  else
    return;  // the reduction failed, which was said: the last verdicts stay
  Q_EMIT decided(settled);
}

}  // namespace plumbline
