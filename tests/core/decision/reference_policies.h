#pragma once
#include <random>
#include <string>
#include <vector>

#include "core/decision/policy.h"
#include "core/decision/verdicts.h"

namespace plumbline::test {

/// A table that owns its votes.
struct OwnedTable {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence, log_prob;

  VoteTable table() const;
};

/// Votes that often agree and often tie: few classes, confidences on a coarse grid.
OwnedTable random_table(std::size_t samples, std::size_t voters, int classes, unsigned seed);

/// One sample's decision, written down from DOMAIN 1.3 word by word, slowly. A voter without an
/// output casts no vote.
struct ReferenceDecision {
  ClassIndex label = 0;
  bool accept = false, tie = false;
  double score = 0;
};
ReferenceDecision reference(const std::string& policy, const std::vector<double>& values,
                            const VoteTable& votes, std::size_t sample);

/// Label and score of one sample under a policy on distributions. `rows`: probabilities a voter.
ReferenceDecision reference_of_distributions(const std::string& policy,
                                             const std::vector<std::vector<double>>& rows);

Verdict reference_verdict(const ReferenceDecision& decision, const VoteTable& votes,
                          std::size_t sample);

}  // namespace plumbline::test
