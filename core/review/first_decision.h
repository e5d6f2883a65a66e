#pragma once
#include <cstddef>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/review/review_kind.h"

namespace plumbline {

/// What a run is decided by where nobody has chosen anything yet: what the workbench opens it with,
/// and what is judged ahead (judge_ahead.h).
struct FirstDecision {
  BoundPolicy policy;               ///< the kind's first, at its defaults
  std::vector<std::size_t> voters;  ///< default_voters, as places in the run's list
};
/// Requires a run with voters.
FirstDecision first_decision(const ReviewKind& kind, const RunInfo& run);

}  // namespace plumbline
