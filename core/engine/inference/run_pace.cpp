#include "core/engine/inference/run_pace.h"

#include <algorithm>

#include "core/predictions/prediction_file.h"

namespace plumbline {

namespace {

/// Work between two files. While one is computed the one before is written, and paces change: what
/// is lost stays below ten seconds.
constexpr double most_seconds = 4;

}  // namespace

ShardRange RunPace::next(const ShardRange& range) const {
  const double wanted = seconds_ > 0 ? most_seconds / seconds_ : 1e18;  // predictions
  const auto all = static_cast<double>(range.voters.size());
  if (all * static_cast<double>(range.count) <= wanted) return range;
  // A batch's end, counted from the block's beginning as the batches are.
  const std::int64_t offset = range.first % shard_samples;
  const auto batches = static_cast<std::int64_t>(wanted / (all * batch_));
  const std::int64_t end = (offset / batch_ + std::max<std::int64_t>(batches, 1)) * batch_;
  ShardRange piece{range.first, std::min(range.count, end - offset), range.voters};
  if (batches == 0) {
    const auto voters = std::max<std::size_t>(1, static_cast<std::size_t>(wanted / batch_));
    piece.voters.resize(std::min(piece.voters.size(), voters));
  }
  return piece;
}

std::vector<ShardRange> RunPace::rest(const ShardRange& range, const ShardRange& piece) {
  std::vector<ShardRange> rest;
  if (piece.voters.size() < range.voters.size())
    rest.push_back({piece.first,
                    piece.count,
                    {range.voters.begin() + static_cast<std::ptrdiff_t>(piece.voters.size()),
                     range.voters.end()}});
  if (piece.count < range.count)
    rest.push_back({piece.first + piece.count, range.count - piece.count, range.voters});
  return rest;
}

void RunPace::took(const ShardRange& piece, double seconds, int batch) {
  batch_ = batch;
  const double predictions =
      static_cast<double>(piece.count) * static_cast<double>(piece.voters.size());
  if (predictions > 0) seconds_ = seconds / predictions;
}

}  // namespace plumbline
