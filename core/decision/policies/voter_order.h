#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// The order in which voters are asked: as it is written, with the voters that it leaves out
/// behind; theirs where it is empty. Errors (usage): a voter twice.
Result<std::vector<std::size_t>> voter_order(const std::vector<double>& written, std::size_t voters,
                                             std::string_view policy);

}  // namespace plumbline
