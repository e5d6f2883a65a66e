#include "core/engine/inference/apply_setup.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/predictions/prediction_file.h"

namespace plumbline {

namespace {

Result<void> check_asked_about(const DeployedDecision& decision) {
  if (decision.policy.policy.traits().predictions == "classes") return {};
  return usage_error("only decisions on classes can be applied to images", decision.name);
}

}  // namespace

Result<ApplySetup> set_up_decision(const ApplyRequest& request,
                                   std::vector<StoredWarning>& warnings) {
  const DeployedDecision& decision = request.decision;
  TRY(check_asked_about(decision));
  ApplySetup setup{decision, {}, {}, nullptr, {}, std::nullopt, false, 0};
  setup.run.name = decision.name;
  setup.run.splits = {"images"};
  setup.run.voters = decision.voters;
  setup.run.precision = decision.precision;
  setup.run.batch = request.batch > 0 ? request.batch : decision.batch;
  setup.dataset.name = decision.dataset;
  setup.dataset.classes = decision.classes;
  for (const ModelInfo& model : decision.models) {
    const auto kind = find_head(model.card, model.name);
    TRY(kind);
    if (!setup.head) setup.head = (*kind)->make();
    if ((*kind)->name != "classes")
      return bad_input("its outputs are not classes", model.name, "decide with other voters");
    TRY(setup.head->add_model(model, setup.dataset, warnings));
  }
  const auto shares = asked_shares(decision.policy);
  for (std::size_t v = 0; v < shares.size(); ++v)
    if (shares[v] > 0) setup.asked.push_back(v);
  if (request.staged) {
    setup.stages = stage_order(decision.policy);
    if (!setup.stages)
      return usage_error(
          fmt::format("the policy '{}' needs all of its voters, so it cannot be staged",
                      decision.policy.policy.kind().name),
          "--staged", "leave it out, or decide by a policy that counts votes");
    const BoundPolicy& inner = *setup.stages->policy;
    setup.score_needs_all =
        inner.policy.kind().asked_on == nullptr && !inner.policy.traits().asks_first_only;
  }
  return setup;
}

std::int64_t images_a_block(std::int64_t images, std::int64_t batch, std::int64_t classes) {
  constexpr std::int64_t batches = 32, most_shards = 8, most_bytes = std::int64_t{256} << 20;
  const auto shards = [](std::int64_t of) { return (of + shard_samples - 1) / shard_samples; };
  const std::int64_t fit = most_bytes / (4 * std::max<std::int64_t>(1, classes)) / shard_samples;
  const std::int64_t most = std::clamp<std::int64_t>(fit, 1, most_shards);
  const std::int64_t wanted =
      std::min(shards(batches * batch), shards((images + most_blocks - 1) / most_blocks));
  return std::clamp<std::int64_t>(wanted, 1, most) * shard_samples;
}

}  // namespace plumbline
