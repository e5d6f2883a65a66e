#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/selection/harm.h"

class QUndoStack;

namespace plumbline {

class RunReview;

/// Remembers the policy, the voters and the costs that stood last, so that a change can be undone.
class PolicyMemory {
 public:
  /// Takes what stands now as known. Steps that are on a stack stay usable.
  void start(const RunReview& review) { last_ = state_of(review); }

  /// Puts a step on the stack where something has changed since the last call. `review` gives the
  /// review that is open when the step is undone; null: none.
  void note(QUndoStack& stack, std::function<RunReview*()> review);

 private:
  struct State {
    BoundPolicy policy;  ///< with what it learned, so that nothing is fitted once more
    std::vector<std::size_t> voters;
    HarmCosts costs;
    friend bool operator==(const State&, const State&) = default;
  };
  /// Two steps that follow each other share what stood between them.
  using Kept = std::shared_ptr<const State>;
  class Step;
  static Kept state_of(const RunReview& review);
  Kept last_;  ///< null before start()
  bool restoring_ = false;
};

}  // namespace plumbline
