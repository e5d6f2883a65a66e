#include "core/review/policies_beside.h"

#include <algorithm>

#include "core/decision/bound_policy.h"

namespace plumbline {

std::vector<const PolicyKind*> policies_beside(const PolicyKind& shown, std::size_t voters,
                                               std::size_t most) {
  std::vector<const PolicyKind*> kinds;
  for (const PolicyKind* kind : policy_kinds()) {
    const bool plain = kind->traits.predictions == shown.traits.predictions &&
                       kind->traits.needs == PolicyNeeds::distributions && !kind->traits.fitted &&
                       std::ranges::none_of(kind->parameters, [](const PolicyParameter& parameter) {
                         return parameter.type == ParameterType::policy ||
                                parameter.type == ParameterType::file ||
                                parameter.type == ParameterType::list;
                       });
    if (!plain || kind == &shown || kinds.size() == most) continue;
    // Whether it learns may depend on its parameters.
    if (const auto policy = make_policy(*kind, voters); policy && bind(*policy))
      kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace plumbline
