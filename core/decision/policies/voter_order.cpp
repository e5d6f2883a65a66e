#include "core/decision/policies/voter_order.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

Result<std::vector<std::size_t>> voter_order(const std::vector<double>& written, std::size_t voters,
                                             std::string_view policy) {
  std::vector<std::size_t> order;
  std::vector<bool> taken(voters, false);
  for (const double place : written) {
    const auto voter = static_cast<std::size_t>(place);
    if (voter >= voters || static_cast<double>(voter) != place || taken[voter])
      return usage_error(
          fmt::format("the order of '{}' has {}, which is not the position of a voter or appears "
                      "twice",
                      policy, place),
          "--policy", fmt::format("give positions from 0 to {}, each once", voters - 1));
    taken[voter] = true;
    order.push_back(voter);
  }
  for (std::size_t v = 0; v < voters; ++v)
    if (!taken[v]) order.push_back(v);
  return order;
}

}  // namespace plumbline
