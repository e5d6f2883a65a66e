#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/decision/votes.h"

namespace plumbline {

/// A split whose votes, and distributions where they are needed, lie in memory: what policies are
/// fitted on and searched over again and again. Copies share the distributions; the votes belong to
/// whoever made the table.
struct HeldSplit {
  std::string name;
  VoteTable votes;
  /// Blocks of consecutive samples, as they were read; none where no policy needs distributions.
  struct Block {
    std::size_t begin = 0, end = 0, classes = 0;
    std::vector<std::shared_ptr<const std::vector<double>>> probabilities;  ///< by voter
  };
  std::vector<Block> blocks;

  /// The same samples with some of the voters, in that order.
  HeldSplit with_voters(std::span<const std::size_t> voters) const;

  /// What a policy is fitted with. Valid as long as the split is.
  FitData fit_data() const;
};

/// Copies a block that is read now into a split.
void hold_block(const PolicyBlock& block, HeldSplit& split);

/// A policy on a split in memory, for any needs but boxes. `threads` as `decide`'s for votes.
void decide(const BoundPolicy& policy, const HeldSplit& split, Decisions& out,
            std::size_t threads = 0);

/// What a policy makes of a split in memory before its threshold.
ReducedScores reduce(const BoundPolicy& policy, const HeldSplit& split);

}  // namespace plumbline
