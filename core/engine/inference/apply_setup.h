#pragma once
#include <cstddef>
#include <cstdint>
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
  std::size_t most_kept_bytes = 0;   ///< of a block's images, kept from stage to stage
};

/// Refers to the request's decision. `warnings` takes what a head has to say of a model. Errors: a
/// decision on something else than classes; a policy that cannot be staged (usage); a model whose
/// outputs do not fit the decision's classes.
Result<ApplySetup> set_up_decision(const ApplyRequest& request,
                                   std::vector<StoredWarning>& warnings);

/// Blocks that are in work at once on a device that runs ahead: it computes a stage of one while
/// the host decides what of another one goes on.
inline constexpr std::int64_t most_blocks = 3;

/// Images of a block: those of a run's shard. In stages on a device that runs ahead several shards,
/// since each stage of a block ends with a short batch: about 32 batches, but of `images` images
/// not so many that there are fewer blocks than work at once, nor more than 256 MiB of
/// distributions.
std::int64_t images_a_block(std::int64_t images, std::int64_t batch, std::int64_t classes);

}  // namespace plumbline
