#pragma once
#include "core/decision/bound_policy.h"

namespace plumbline {

/// What policies share that prepare the distributions and leave the decision to a nested one, which
/// is their only nested policy.
namespace wrapping {

/// NaN where the nested policy does not accept by its score.
double least_score_of_inner(const BoundPolicy& policy);

/// The nested policy's, which needs distributions now.
PolicyTraits traits_of_inner(const Policy& policy, std::size_t parameter);

/// A word on the decision by the nested policy, which sees the votes as they are.
std::string explain_by_inner(const BoundPolicy& policy, const VoteTable& votes,
                             const DecidedSample& decided);

/// Hands a block to the nested policy. `votes`: of the samples of the block alone; none: as they
/// are.
void score_by_inner(const BoundPolicy& policy, const PolicyBlock& block,
                    const DistributionBlock& distributions, const VoteTable* votes,
                    const PolicyOutput& out);

}  // namespace wrapping

}  // namespace plumbline
