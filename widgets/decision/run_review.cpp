#include "widgets/decision/run_review.h"

#include <algorithm>
#include <cmath>

#include "widgets/page/background.h"

namespace plumbline {

namespace {

constexpr std::string_view first_policy = "polygraph";

/// The same kind for another number of voters; values that stood at their defaults stay there.
Policy for_voters(const Policy& policy, std::size_t voters) {
  Policy next = *make_policy(policy.kind().name, voters);
  const auto& parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double value = policy.values()[i];
    if (value != parameters[i].default_value(policy.voters())) next = next.with_value(i, value);
  }
  return next;
}

Result<std::shared_ptr<const ReducedScores>> reduce_run(const OpenedRun& run,
                                                        const std::vector<std::size_t>& voters,
                                                        const Policy& policy) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  auto reduced = reduce(*study, run.info, run.split, voters, policy);
  TRY(reduced);
  return std::make_shared<const ReducedScores>(std::move(*reduced));
}

}  // namespace

RunReview::RunReview(OpenedRun run, QObject* parent)
    : QObject(parent), run_(std::move(run)), voters_(default_voters(run_.info.voters)) {
  selected_ = select_voters(votes(), voters_);
  policy_ = *make_policy(first_policy, voters_.size());
  decide_now(true);
}

void RunReview::set_policy(std::string_view name) {
  auto policy = make_policy(name, voters_.size());
  if (!policy) return Q_EMIT failed(policy.error());
  set_policy(*policy);
}

void RunReview::set_policy(const Policy& policy) {
  policy_ = policy;
  start();
}

void RunReview::set_voters(std::vector<std::size_t> voters) {
  std::ranges::sort(voters);
  if (voters.empty() || voters == voters_ || voters.back() >= run_.info.voters.size()) return;
  voters_ = std::move(voters);
  selected_ = select_voters(votes(), voters_);
  policy_ = for_voters(*policy_, voters_.size());
  start();
}

void RunReview::set_value(std::size_t parameter, double value, bool settled) {
  const Policy next = policy_->with_value(parameter, value);
  const bool same = std::ranges::equal(next.values(), policy_->values());
  if (same && !settled) return;
  policy_ = next;
  if (busy_) return;  // decided with this value once the reduction is there
  Q_EMIT policy_changed();
  if (same) return Q_EMIT decided(settled);
  decide_now(settled);
}

std::optional<std::int64_t> RunReview::baseline_undetected() const {
  const auto point = run_.baseline->at(decisions_.counts[Verdict::kept]);
  return point ? std::optional(point->undetected) : std::nullopt;
}

void RunReview::reset() {
  voters_ = default_voters(run_.info.voters);
  selected_ = select_voters(votes(), voters_);
  policy_ = *make_policy(policy_->kind().name, voters_.size());
  start();
}

void RunReview::start() {
  const int reduction = ++reduction_;
  const bool wait = policy_->kind().reduce != nullptr &&
                    (reduced_policy_ != policy_->kind().name || reduced_voters_ != voters_);
  if (busy_ != wait) {
    busy_ = wait;
    Q_EMIT busy_changed(busy_);
  }
  Q_EMIT policy_changed();
  if (!wait) return decide_now(true);
  run_in_background(
      this,
      [run = run_, voters = voters_, policy = *policy_] { return reduce_run(run, voters, policy); },
      [this, reduction](Result<std::shared_ptr<const ReducedScores>> reduced) {
        if (reduction != reduction_) return;
        busy_ = false;
        if (reduced) {
          reduced_ = std::move(*reduced);
          reduced_policy_ = policy_->kind().name;
          reduced_voters_ = voters_;
          decide_now(true);
        }
        Q_EMIT busy_changed(false);
        if (!reduced) Q_EMIT failed(reduced.error());
      });
}

void RunReview::decide_now(bool settled) {
  if (policy_->kind().vote != nullptr)
    decide(*policy_, selected_, decisions_);
  else if (reduced_ != nullptr && reduced_policy_ == policy_->kind().name &&
           reduced_voters_ == voters_)
    decide(*policy_, *reduced_, selected_, decisions_);
  else
    return;  // the reduction failed, which was said: the last verdicts stay
  Q_EMIT decided(settled);
}

}  // namespace plumbline
