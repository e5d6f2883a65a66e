#include "core/decision/policies/counted_costs.h"

namespace plumbline {

namespace {

bool names_cost_file(const PolicyParameter& parameter) {
  return parameter.type == ParameterType::file && parameter.name == counted_costs;
}

void set_costs(BoundPolicy& policy, std::span<const double> costs) {
  if (const auto own = policy.learned.numbers.find(counted_costs);
      own != policy.learned.numbers.end())
    own->second.assign(costs.begin(), costs.end());
  for (BoundPolicy& inner : policy.inner) set_costs(inner, costs);
}

}  // namespace

const std::vector<double>* costs_of(const BoundPolicy& policy) {
  if (const auto own = policy.learned.numbers.find(counted_costs);
      own != policy.learned.numbers.end())
    return &own->second;
  for (const BoundPolicy& inner : policy.inner)
    if (const auto* costs = costs_of(inner)) return costs;
  return nullptr;
}

BoundPolicy with_costs(BoundPolicy policy, std::span<const double> costs) {
  if (costs_of(policy) == nullptr) return policy;
  policy = with_values(policy, without_cost_file(policy.policy));
  set_costs(policy, costs);
  return policy;
}

BoundPolicy with_costs_unless_read(BoundPolicy policy, std::span<const double> costs) {
  const auto* own = costs_of(policy);
  return own == nullptr || !own->empty() ? policy : with_costs(std::move(policy), costs);
}

Policy without_cost_file(const Policy& policy) {
  Policy changed = policy;
  for (std::size_t i = 0; i < policy.values().size(); ++i) {
    const PolicyParameter& parameter = policy.kind().parameters[i];
    if (parameter.type == ParameterType::policy)
      changed = changed.with_inner(i, without_cost_file(policy.inner(i)));
    else if (names_cost_file(parameter))
      changed = changed.with_text(i, "").value_or(changed);
  }
  return changed;
}

Policy with_cost_file(const BoundPolicy& policy, const std::string& file) {
  Policy changed = policy.policy;
  std::size_t nested = 0;
  for (std::size_t i = 0; i < changed.values().size(); ++i) {
    const PolicyParameter& parameter = changed.kind().parameters[i];
    if (parameter.type == ParameterType::policy)
      changed = changed.with_inner(i, with_cost_file(policy.inner[nested++], file));
    else if (names_cost_file(parameter) && changed.text(i).empty() &&
             !policy.learned[counted_costs].empty())
      changed = changed.with_text(i, file).value_or(changed);
  }
  return changed;
}

}  // namespace plumbline
