#pragma once
#include <span>
#include <string>
#include <string_view>

#include "core/decision/bound_policy.h"

namespace plumbline {

/// A bound policy as JSON: its text, its number of voters, what it learned and where, and the same
/// of nested policies. Numbers in their shortest form that reads back as the same value.
std::string to_json(const BoundPolicy& policy);

/// Reads it back, without any data to bind it with. Errors (bad input, naming `where`): not such a
/// document, an unknown policy, numbers that are missing, not finite or of another count than the
/// policy needs.
Result<BoundPolicy> read_bound_policy(std::string_view json, const std::string& where,
                                      std::span<const PolicyKind* const> kinds = policy_kinds());

}  // namespace plumbline
