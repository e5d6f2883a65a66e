#include "widgets/decision_page/damage_analysis.h"

#include <algorithm>

#include "core/stress/damaged_run.h"
#include "widgets/page/background.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// Distributions that are read into the window's memory for it.
constexpr std::size_t most_damage_bytes = std::size_t{1} << 30;

Result<std::shared_ptr<const DamageAnalysis::Outcome>> damaged_outcome(
    const OpenedRun& run, const BoundPolicy& policy, const std::vector<std::size_t>& voters,
    const Damage& damage) {
  const std::size_t bytes =
      run.samples() * run.dataset.classes.size() * voters.size() * sizeof(double);
  if (policy.policy.traits().needs != PolicyNeeds::votes && bytes > most_damage_bytes)
    return usage_error(
        "the distributions of these voters take " + std::to_string(bytes >> 20) + " MB",
        run.info.name, "use plumbline-engine decide --damage instead");
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const auto damaged = damage_run(*study, run.info, run.split, policy, voters,
                                  std::span(&damage, 1), run.dataset.classes.size());
  TRY(damaged);
  const HeldSplit& split = damaged->split();
  Decisions decisions;
  decide(policy, split, decisions);
  const CountVerdicts count = [&](const BoundPolicy& at) {
    Decisions moved;
    decide(at, split, moved);
    return moved.counts;
  };
  return std::make_shared<const DamageAnalysis::Outcome>(
      DamageAnalysis::Outcome{damage, damaged->damages.front().hit, decisions.counts,
                              operating_curve(policy, split.votes, decisions, count)});
}

}  // namespace

DamageAnalysis::DamageAnalysis(DecisionAnalysis* analysis)
    : QObject(analysis),
      analysis_(analysis),
      generation_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  connect(analysis_, &DecisionAnalysis::moved, this, &DamageAnalysis::fade);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &DamageAnalysis::follow);
}

DamageAnalysis::~DamageAnalysis() { ++*generation_; }

void DamageAnalysis::set_damage(std::optional<Damage> damage) {
  if (damage == damage_) return;
  damage_ = std::move(damage);
  if (!damage_) outcome_.reset();
  ++*generation_;
  current_ = computing_ = false;
  Q_EMIT changed();
  follow();
}

/// Once: whoever draws this does so at the first step of a slider alone.
void DamageAnalysis::fade() {
  if (!current_ && !computing_) return;
  ++*generation_;
  current_ = computing_ = false;
  if (damage_) Q_EMIT changed();
}

void DamageAnalysis::follow() {
  const RunReview* review = analysis_->review();
  if (review != review_) {
    review_ = analysis_->review();
    return set_damage(std::nullopt);
  }
  if (review == nullptr || !damage_) return;
  const auto& voters = review->policy_voters();
  if (std::ranges::none_of(voters, [&](std::size_t voter) {
        return review->run().info.voters[voter] == damage_->voter;
      }))
    return set_damage(std::nullopt);
  if (!current_ && !computing_ && !analysis_->is_held() && !review->busy()) compute();
}

void DamageAnalysis::compute() {
  const RunReview& review = *analysis_->review();
  computing_ = true;
  run_in_background(
      this,
      [run = review.run(), policy = review.bound_policy(), voters = review.policy_voters(),
       damage = *damage_] { return damaged_outcome(run, policy, voters, damage); },
      [this, mine = generation_->load()](Result<std::shared_ptr<const Outcome>> outcome) {
        if (mine != *generation_) return;
        computing_ = false;
        current_ = true;  // also where it failed: it was said, and is not tried again
        if (outcome)
          outcome_ = std::move(*outcome);
        else
          outcome_.reset();
        Q_EMIT changed();
        if (!outcome) Q_EMIT failed(text_of(to_string(outcome.error())));
      });
}

}  // namespace plumbline
