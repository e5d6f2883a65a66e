#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"

namespace plumbline {

/// By this name a policy that counts costs keeps them among what it learned, classes × classes and
/// row-major; and by the same name it has a parameter for the file that they are read from.
inline constexpr std::string_view counted_costs = "costs";
/// What their export is called, unless somebody says otherwise: what a written policy names.
inline constexpr const char* exported_costs = "costs.csv";

/// The costs that a policy, or the first nested one that does, decides by: empty for plain ones.
/// Null where none counts costs.
const std::vector<double>* costs_of(const BoundPolicy& policy);

/// The same policy deciding by other costs, which are no file's. What was learned besides stays,
/// for nothing is learned from costs.
BoundPolicy with_costs(BoundPolicy policy, std::span<const double> costs);

/// Of a policy that was just bound: with these costs where it counts some and no file that it names
/// gave it any.
BoundPolicy with_costs_unless_read(BoundPolicy policy, std::span<const double> costs);

/// The policy as it is written, without the files that it reads costs from.
Policy without_cost_file(const Policy& policy);

/// The policy as it is written, naming `file` wherever it has costs that no file gave: what decides
/// alike once they are exported there.
Policy with_cost_file(const BoundPolicy& policy, const std::string& file);

}  // namespace plumbline
