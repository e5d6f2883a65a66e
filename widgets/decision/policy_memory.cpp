#include "widgets/decision/policy_memory.h"

#include <QCoreApplication>
#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>
#include <utility>

#include "widgets/decision/run_review.h"

namespace plumbline {

class PolicyMemory::Step : public QUndoCommand {
 public:
  Step(PolicyMemory* memory, Kept before, Kept after, std::function<RunReview*()> review)
      : QUndoCommand(before->costs == after->costs
                         ? QCoreApplication::translate("PolicyMemory", "policy")
                         : QCoreApplication::translate("PolicyMemory", "costs")),
        memory_(memory),
        before_(std::move(before)),
        after_(std::move(after)),
        review_(std::move(review)) {}

  void redo() override {
    // The change that made this step has happened already.
    if (done_)
      restore(after_);
    else
      done_ = true;
  }
  void undo() override { restore(before_); }

 private:
  void restore(const Kept& state) {
    RunReview* review = review_();
    const bool fits = review != nullptr &&
                      state->costs.matrix->size() == review->costs().matrix->size() &&
                      std::ranges::all_of(state->voters, [&](std::size_t voter) {
                        return voter < review->run().info.voters.size();
                      });
    if (!fits) return setObsolete(true);
    memory_->restoring_ = true;  // so that this is not taken for a new change
    // Costs alone leave decisions that do not count them as they are.
    if (state->policy == review->bound_policy() && state->voters == review->policy_voters())
      review->set_costs(state->costs);
    else
      review->set_decision(state->policy, state->voters, &state->costs);
    memory_->restoring_ = false;
    memory_->last_ = state;
  }

  PolicyMemory* memory_;
  Kept before_, after_;
  std::function<RunReview*()> review_;
  bool done_ = false;
};

PolicyMemory::Kept PolicyMemory::state_of(const RunReview& review) {
  return std::make_shared<const State>(
      State{review.bound_policy(), review.policy_voters(), review.costs()});
}

void PolicyMemory::note(QUndoStack& stack, std::function<RunReview*()> review) {
  RunReview* open = review();
  if (open == nullptr || restoring_) return;
  Kept now = state_of(*open);
  if (last_ != nullptr && *now == *last_) return;
  Kept before = std::exchange(last_, now);
  if (before == nullptr) before = now;
  stack.push(new Step(this, std::move(before), std::move(now), std::move(review)));
}

}  // namespace plumbline
