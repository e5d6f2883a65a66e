#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/review/opened_run.h"

namespace plumbline {

/// Whether a policy, or one that is nested in it, learns from a split.
bool learns(const Policy& policy);

/// Binds a policy to what these voters of a run gave on `fit_on`, or where that is empty on
/// `selection_split()`: it learns there what it has to learn, and there the cheapest order of its
/// stages is found. Where there is no such split a policy that learns nothing is bound without.
/// `voters`: indices into the run's. Errors: usage, where the policy learns and there is no split
/// that it could learn from; what binding and reading say.
Result<BoundPolicy> fit_decision(const OpenedRun& run, const Policy& policy,
                                 std::span<const std::size_t> voters,
                                 const std::string& fit_on = {});

/// The voters of a saved decision as indices into a run's. Errors (bad input) name one that the run
/// does not have.
Result<std::vector<std::size_t>> voters_of(const StoredDecision& decision, const RunInfo& run);

}  // namespace plumbline
