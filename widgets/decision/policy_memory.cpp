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
  Step(PolicyMemory* memory, State before, State after, std::function<RunReview*()> review)
      : QUndoCommand(QCoreApplication::translate("PolicyMemory", "policy")),
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
  void restore(const State& state) {
    RunReview* review = review_();
    const bool fits =
        review != nullptr && std::ranges::all_of(state.voters, [&](std::size_t voter) {
          return voter < review->run().info.voters.size();
        });
    if (!fits) return setObsolete(true);
    memory_->restoring_ = true;  // so that this is not taken for a new change
    review->set_decision(state.policy, state.voters);
    memory_->restoring_ = false;
    memory_->last_ = state;
  }

  PolicyMemory* memory_;
  State before_, after_;
  std::function<RunReview*()> review_;
  bool done_ = false;
};

PolicyMemory::State PolicyMemory::state_of(const RunReview& review) {
  return {review.bound_policy(), review.policy_voters()};
}

void PolicyMemory::note(QUndoStack& stack, std::function<RunReview*()> review) {
  RunReview* open = review();
  if (open == nullptr || restoring_) return;
  State now = state_of(*open);
  if (now == last_) return;
  State before = std::exchange(last_, now).value_or(now);
  stack.push(new Step(this, std::move(before), std::move(now), std::move(review)));
}

}  // namespace plumbline
