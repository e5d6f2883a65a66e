#pragma once
#include <chrono>
#include <cstdint>

#include "core/engine/sums/rank_sum.h"

namespace plumbline {

/// What a training does between two steps, besides going on.
struct StepWishes {
  bool save = false;  ///< a checkpoint; of rank 0 alone
  bool stop = false;  ///< after one: of any rank
};

/// After which steps a training looks up, and what it does then: all ranks the same after the same
/// step, though each has its own clock and hears its own signals. Without ranks it looks up twenty
/// times a second.
class StepAgreement {
 public:
  explicit StepAgreement(RankSum* ranks) : ranks_(ranks) {}

  /// To be asked after each step. With ranks the device is waited for at those that are due: a few
  /// times a second, by rank 0's clock.
  bool due();
  /// Waits for all ranks. Each may ask although none was due, where all do.
  StepWishes agree(const StepWishes& own);

 private:
  using Clock = std::chrono::steady_clock;
  RankSum* ranks_;
  Clock::time_point asked_at_ = Clock::now();
  std::int64_t steps_ = 0;  ///< since then
  std::int64_t gap_ = 1;    ///< after so many it is due, with ranks
};

}  // namespace plumbline
