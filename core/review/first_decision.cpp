#include "core/review/first_decision.h"

#include "core/decision/default_voters.h"

namespace plumbline {

FirstDecision first_decision(const ReviewKind& kind, const RunInfo& run) {
  auto voters = default_voters(run.voters);
  auto policy = *bind(*make_policy(kind.first_policy, voters.size()));
  return {std::move(policy), std::move(voters)};
}

}  // namespace plumbline
