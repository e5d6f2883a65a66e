#include "core/decision/policies/wrapping.h"

namespace plumbline::wrapping {

double least_score_of_inner(const BoundPolicy& policy) {
  return least_score_of(policy.inner.front());
}

PolicyTraits traits_of_inner(const Policy& policy, std::size_t parameter) {
  PolicyTraits traits = policy.inner(parameter).traits();
  traits.needs = PolicyNeeds::distributions;
  traits.can_be_staged = false;
  traits.has_first_distribution = false;
  return traits;
}

std::string explain_by_inner(const BoundPolicy& policy, const VoteTable& votes,
                             const DecidedSample& decided) {
  return explain(policy.inner.front(), votes, decided);
}

void score_by_inner(const BoundPolicy& policy, const PolicyBlock& block,
                    const DistributionBlock& distributions, const VoteTable* votes,
                    const PolicyOutput& out) {
  if (votes == nullptr)
    return score_block(policy.inner.front(), {block.votes, block.begin, block.end, distributions},
                       out);
  const std::size_t begin = block.begin, n = block.end - block.begin;
  const auto part = [&](const auto& column) {
    return column.empty() ? column : column.subspan(begin, n);
  };
  score_block(policy.inner.front(), {*votes, 0, n, distributions},
              {part(out.label), part(out.score), part(out.accept), part(out.tie),
               part(out.log_prob_label), part(out.brier)});
}

}  // namespace plumbline::wrapping
