#include "core/engine/inference/rank_share.h"

#include <algorithm>

#include "core/predictions/prediction_file.h"

namespace plumbline {

namespace {

/// Calls `take` with the pieces of a range between ends of batches.
template <class Take>
void for_each_batch(const ShardRange& range, int batch, const Take& take) {
  const std::int64_t end = range.first + range.count;
  for (std::int64_t first = range.first; first < end;) {
    const std::int64_t offset = first % shard_samples;
    const std::int64_t next = std::min(end, first + batch - offset % batch);
    take(first, next - first);
    first = next;
  }
}

/// Appends a batch of some voters, to the piece before where it goes on.
void append(std::vector<ShardRange>& pieces, ShardRange batch) {
  const bool goes_on = !pieces.empty() && batch.first % shard_samples != 0 &&
                       pieces.back().first + pieces.back().count == batch.first &&
                       pieces.back().voters == batch.voters;
  if (goes_on)
    pieces.back().count += batch.count;
  else
    pieces.push_back(std::move(batch));
}

}  // namespace

std::vector<ShardRange> share_of_rank(const std::vector<ShardRange>& missing, int batch, int rank,
                                      int world) {
  batch = std::max(batch, 1);
  std::int64_t total = 0;
  for (const ShardRange& range : missing)
    total += range.count * static_cast<std::int64_t>(range.voters.size());
  std::vector<ShardRange> share;
  std::int64_t before = 0;  // predictions in front of the next batch of a voter
  for (const ShardRange& range : missing)
    for_each_batch(range, batch, [&](std::int64_t first, std::int64_t count) {
      ShardRange own{first, count, {}};
      for (const std::size_t voter : range.voters) {
        // It is whose piece its middle lies in.
        const double middle = static_cast<double>(before) + static_cast<double>(count) / 2;
        const auto whose = static_cast<int>(middle * world / static_cast<double>(total));
        if (std::min(whose, world - 1) == rank) own.voters.push_back(voter);
        before += count;
      }
      if (!own.voters.empty()) append(share, std::move(own));
    });
  return share;
}

}  // namespace plumbline
