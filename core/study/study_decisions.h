#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

struct StudyConnection;

/// A decision with a name: a policy with all that it learned, by whom it decides, and how it was
/// chosen. It is applied to other splits unchanged.
struct StoredDecision {
  std::string name;  ///< 1 to 64 bytes
  std::string run;
  std::vector<Voter> voters;  ///< as many as the policy has, of the run
  BoundPolicy policy;
  std::string selected_on, rule;  ///< the split and the rule that chose it; empty: by hand
  std::string certificate;        ///< what was promised, as JSON; empty: nothing was asked for
};

/// A study's decisions.
class StudyDecisions {
 public:
  explicit StudyDecisions(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  /// In the order in which they were saved. Empty in a read-only study of a version that had none.
  Result<std::vector<StoredDecision>> decisions() const;
  Result<StoredDecision> decision(std::string_view name) const;  ///< error names those there are
  /// Errors: usage, where the name is taken (unless `replace`) or is none; no such run.
  Result<void> save_decision(const StoredDecision& decision, bool replace = false);
  Result<void> remove_decision(std::string_view name);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
