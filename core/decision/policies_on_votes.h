#pragma once
#include <cstddef>
#include <span>

#include "core/decision/policy.h"

/// Policies that need votes only; the contract is PolicyKind::vote's.
namespace plumbline {

void vote_mcp(const VoteTable& votes, std::span<const double> values, std::size_t begin,
              std::size_t end, const PolicyOutput& out);
void vote_majority(const VoteTable& votes, std::span<const double> values, std::size_t begin,
                   std::size_t end, const PolicyOutput& out);
void vote_unanimous(const VoteTable& votes, std::span<const double> values, std::size_t begin,
                    std::size_t end, const PolicyOutput& out);
void vote_polygraph(const VoteTable& votes, std::span<const double> values, std::size_t begin,
                    std::size_t end, const PolicyOutput& out);

}  // namespace plumbline
