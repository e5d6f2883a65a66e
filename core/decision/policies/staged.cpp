#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/parameters.h"
#include "core/decision/policies/voter_order.h"
#include "core/decision/staging.h"

namespace plumbline {

namespace {

double last_of_order(std::size_t voters) { return static_cast<double>(voters) - 1; }

constexpr PolicyParameter staged_parameters[] = {
    {.name = "inner",
     .meaning = "the policy whose verdicts these are",
     .type = ParameterType::policy,
     .use = ParameterUse::accepts,
     .default_text = "polygraph"},
    {.name = "order",
     .meaning = "positions of the voters in the order in which they are asked; none: the cheapest "
                "order on the split that is named to fit on, else their own",
     .type = ParameterType::list,
     .maximum = last_of_order}};

void score_staged(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  score_block(policy.inner.front(), block, out);
}

double least_score_of_staged(const BoundPolicy& policy) {
  return least_score_of(policy.inner.front());
}

std::vector<std::size_t> learned_order(const BoundPolicy& policy) {
  std::vector<std::size_t> order;
  for (const double place : policy.learned["order"])
    order.push_back(static_cast<std::size_t>(place));
  return order;
}

std::vector<double> asked_by_stages(const BoundPolicy& policy, const VoteTable& votes) {
  return staged_shares(policy.inner.front(), votes, learned_order(policy));
}

Result<void> bind_staged(BoundPolicy& policy, const BindData& data) {
  const PolicyKind& inner = policy.policy.inner(0).kind();
  if (!policy.policy.inner(0).traits().can_be_staged || inner.settled == nullptr)
    return usage_error(
        fmt::format("the policy '{}' needs all of its voters, so it cannot be staged", inner.name),
        "--policy", "stage a policy that counts votes, or use a cascade");
  TRY(bind_inner(policy, data));
  const std::vector<double>& written = policy.policy.list(1);
  auto order = voter_order(written, policy.policy.voters(), "staged");
  TRY(order);
  policy.learned = {};
  if (written.empty() && data.fit != nullptr) {
    *order = cheapest_order(policy.inner.front(), data.fit->votes, data.latency_ms);
    policy.learned.split = data.fit->split;
  }
  policy.learned.numbers["order"] = {order->begin(), order->end()};
  return {};
}

std::string explain_staged(const BoundPolicy& policy, const VoteTable& votes,
                           const DecidedSample& decided) {
  const std::size_t asked =
      voters_asked(policy.inner.front(), votes, learned_order(policy), decided.sample);
  return fmt::format("{}; settled by {} of {}", explain(policy.inner.front(), votes, decided),
                     asked, votes.voters.size());
}

PolicyTraits traits_of_staged(const Policy& policy) {
  PolicyTraits traits = policy.inner(0).traits();
  traits.can_be_staged = false;
  traits.decides_as_inner = true;
  return traits;
}

constexpr LearnedPart staged_learns[] = {{"order", one_per_voter}};

}  // namespace

extern const PolicyKind staged_policy;
const PolicyKind staged_policy = {.name = "staged",
                                  .summary =
                                      "a policy's own verdicts: voters are asked one after "
                                      "another, until no further one can change them",
                                  .parameters = staged_parameters,
                                  .learns = staged_learns,
                                  .score = score_staged,
                                  .least_score = least_score_of_staged,
                                  .explain = explain_staged,
                                  .asked_on = asked_by_stages,
                                  .bind = bind_staged,
                                  .traits_of = traits_of_staged};

}  // namespace plumbline
