#include "core/study/hold_split.h"

namespace plumbline {

Result<HeldRunSplit> hold_split(const Study& study, const RunInfo& run, const std::string& split,
                                std::span<const std::size_t> voters, bool distributions) {
  auto votes = load_votes(study, run, split);
  TRY(votes);
  HeldSplit held{split, select_voters(votes->table(), voters), {}};
  if (distributions)
    TRY(for_each_block(study, run, split, held.votes, voters,
                       [&](const PolicyBlock& block) { hold_block(block, held); }));
  return HeldRunSplit{std::move(*votes), std::move(held)};
}

}  // namespace plumbline
