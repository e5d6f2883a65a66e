#pragma once
#include <cstdint>

#include "core/engine/inference/heads/output_head.h"

namespace plumbline {

/// How much of a range is computed before it is written. A file is whole or not there, so that what
/// a kill loses is what has been computed since the last one: a machine that is fast writes a block
/// of all voters at once, one that is slow a batch or two, or a batch of some of the voters. At
/// most about four seconds' work, measured as it goes; a batch of one voter is the least.
///
/// Batches are the same however a block is divided: pieces end where a batch of the whole block
/// ends, so that a run that was killed and resumed has the same bits.
class RunPace {
 public:
  /// `seconds`: a first guess of what one voter takes for one sample.
  RunPace(int batch, double seconds) : batch_(batch), seconds_(seconds) {}

  /// The piece that is computed next: the front of `range`, of its first voters where even one
  /// batch of all of them is too much.
  ShardRange next(const ShardRange& range) const;
  /// What remains of a range without a piece of it, in order: the same samples' other voters, then
  /// the samples behind.
  static std::vector<ShardRange> rest(const ShardRange& range, const ShardRange& piece);
  /// What a piece will take, in seconds, by what was measured.
  double expected(const ShardRange& piece) const {
    return seconds_ * static_cast<double>(piece.count) * static_cast<double>(piece.voters.size());
  }
  /// A piece took so long; `batch`: what the computer uses now.
  void took(const ShardRange& piece, double seconds, int batch);

 private:
  int batch_;
  double seconds_;  ///< a voter's for a sample
};

}  // namespace plumbline
