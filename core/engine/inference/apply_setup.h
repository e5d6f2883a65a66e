#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "core/decision/staging.h"
#include "core/engine/engine.h"
#include "core/engine/inference/heads/output_head.h"

namespace plumbline {

/// The models of a decision, ready to be run, and how the policy asks them.
struct ApplySetup {
  const DeployedDecision& decision;
  RunInfo run;  ///< of the decision's voters, which no study knows
  DatasetInfo dataset;
  std::shared_ptr<OutputHead> head;
  std::vector<std::size_t> asked;    ///< voters that the policy may ask
  std::optional<StageOrder> stages;  ///< where it is staged
  bool score_needs_all = false;      ///< the score is of all that may be asked
};

/// Refers to the request's decision. `warnings` takes what a head has to say of a model. Errors: a
/// decision on something else than classes; a policy that cannot be staged (usage); a model whose
/// outputs do not fit the decision's classes.
Result<ApplySetup> set_up_decision(const ApplyRequest& request,
                                   std::vector<StoredWarning>& warnings);

}  // namespace plumbline
