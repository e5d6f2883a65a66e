#pragma once
#include <string>

#include "core/decision/bound_policy.h"
#include "core/decision/policy_cost.h"
#include "core/decision/policy_energy.h"
#include "core/decision/verdicts.h"
#include "core/metrics/metric_table.h"

namespace plumbline {

/// What the figures of a policy's decisions are made of. `votes`: those of its voters.
MetricData metric_data(const BoundPolicy& policy, const Decisions& decisions,
                       const VoteTable& votes, const PolicyCost& cost = {});

/// Adds what the policy draws; `missing`: why it is not known, as known_energies() says it.
void set_energy(MetricData& data, const PolicyEnergy& energy, std::string missing);

}  // namespace plumbline
