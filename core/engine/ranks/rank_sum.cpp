#include "core/engine/ranks/rank_sum.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

BatchShare share_of(std::int64_t batch, const RankSum* ranks) {
  if (ranks == nullptr) return {0, batch};
  const std::int64_t count = batch / ranks->ranks();
  return {ranks->rank() * count, count};
}

Result<void> check_share(std::int64_t batch, int ranks, const char* option) {
  if (batch % ranks == 0) return {};
  const std::int64_t below = batch / ranks * ranks;
  return usage_error(
      fmt::format("a batch of {} cannot be divided equally among {} ranks", batch, ranks), option,
      below > 0 ? fmt::format("{} or {} can", below, below + ranks)
                : fmt::format("{} or more can, or fewer ranks", ranks));
}

}  // namespace plumbline
