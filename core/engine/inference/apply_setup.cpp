#include "core/engine/inference/apply_setup.h"

#include <fmt/format.h>

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
  ApplySetup setup{decision, {}, {}, nullptr, {}, std::nullopt, false};
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

}  // namespace plumbline
