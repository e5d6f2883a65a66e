#pragma once
#include <span>

#include "core/decision/policy_kind.h"

namespace plumbline::test {

/// policy_kinds() and three that are there for tests alone, to show that such ones fit:
/// - `tempered(inner)`: a temperature, fitted on a split, before any policy;
/// - `relay(t)`: the first voter where it is sure enough, else the second; learns how often;
/// - `every(…)`: a parameter of every type.
std::span<const PolicyKind* const> kinds_with_toys();

}  // namespace plumbline::test
