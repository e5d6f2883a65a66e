#pragma once
#include <cstddef>
#include <vector>

#include "core/decision/policy_kind.h"

namespace plumbline {

/// Policies that stand beside `shown` without further words, in the order of the table: they decide
/// on the same kind of predictions by reading whole distributions, and need no list, file or split
/// to learn from. At most `most`.
std::vector<const PolicyKind*> policies_beside(const PolicyKind& shown, std::size_t voters,
                                               std::size_t most);

}  // namespace plumbline
