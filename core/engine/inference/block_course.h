#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/engine/inference/apply_block.h"

namespace plumbline {

/// How a block's voters run: all that are asked at once, or one after another on what is still
/// open.
class BlockCourse {
 public:
  BlockCourse(const ApplySetup& setup, std::int64_t first, std::vector<SampleInfo> images)
      : setup_(setup), block_(setup, first, std::move(images)), asked_(block_.size()) {
    for (std::size_t i = 0; i < block_.size(); ++i) open_.push_back(i);
  }

  ApplyBlock& block() { return block_; }
  /// Distributions, where they were asked for, and the votes.
  HeldSplit& split() { return split_; }
  /// Nothing more is to be run.
  bool done() const {
    return open_.empty() || stage_ == (setup_.stages ? setup_.stages->order.size() : 1);
  }

  Result<void> queue(ShardComputer& computer, const SampleReader& reader,
                     const BatchProgress& progress) {
    return block_.queue(computer, reader,
                        setup_.stages ? std::vector{setup_.stages->order[stage_]} : setup_.asked,
                        open_, progress);
  }

  Result<void> settle(ShardComputer& computer, const std::filesystem::path& scratch,
                      bool distributions) {
    TRY(block_.settle(computer, scratch, distributions && !setup_.stages ? &split_ : nullptr));
    if (setup_.stages) {
      const std::size_t voter = setup_.stages->order[stage_];
      std::erase_if(open_, [&](std::size_t place) {
        if (block_.is_unread(place)) return true;
        asked_[place].push_back(block_.vote(voter, place));
        return setup_.stages->settled(asked_[place]);
      });
    }
    ++stage_;
    return {};
  }

 private:
  const ApplySetup& setup_;
  ApplyBlock block_;
  std::vector<std::vector<AskedVote>> asked_;  ///< of each image, where voters are asked in stages
  std::vector<std::size_t> open_;
  std::size_t stage_ = 0;
  HeldSplit split_;
};

}  // namespace plumbline
