#pragma once
#include <cstddef>
#include <optional>

#include "core/decision/policy_kind.h"

/// What policies that count votes share.
namespace plumbline {

/// Label, score (votes + their mean confidence), tie and acceptance of a vote among those with
/// confidence ≥ `threshold`, of all where none has or no threshold is given. `least` votes accept.
void count_votes(const PolicyBlock& block, std::optional<float> threshold, std::size_t least,
                 const PolicyOutput& out);

/// Voters that vote for a sample's label with confidence ≥ `threshold`.
std::size_t votes_for_label(const VoteTable& votes, const DecidedSample& decided,
                            double threshold = 0);

}  // namespace plumbline
