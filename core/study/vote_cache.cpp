#include "core/study/vote_cache.h"

#include <array>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/mapped_file.h"
#include "core/study/prediction_file.h"

namespace plumbline {

namespace {

constexpr std::array<char, 8> magic = {'P', 'L', 'V', 'O', 'T', 'E', 'S', '1'};

struct SegmentHeader {
  std::array<char, 8> magic;
  std::int64_t samples;
  std::array<std::int64_t, 2> reserved;
};
static_assert(sizeof(SegmentHeader) == 32);

constexpr std::size_t bytes_per_sample = 2 * sizeof(float) + sizeof(ClassIndex);

/// A view of a segment's bytes (header and columns), which the caller has checked.
VoterVotes votes_in(const std::byte* segment, std::size_t samples) {
  const auto* confidence = reinterpret_cast<const float*>(segment + sizeof(SegmentHeader));
  const auto* log_prob = confidence + samples;
  const auto* predicted = reinterpret_cast<const ClassIndex*>(log_prob + samples);
  return {{predicted, samples}, {confidence, samples}, {log_prob, samples}};
}

std::optional<OwnedVotes> map_segment(const std::filesystem::path& file, std::size_t samples) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return std::nullopt;
  auto mapped = MappedFile::open(file);
  if (!mapped) return std::nullopt;
  const auto content = mapped->content();
  if (content.size() != sizeof(SegmentHeader) + samples * bytes_per_sample) return std::nullopt;
  SegmentHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != magic || header.samples != static_cast<std::int64_t>(samples))
    return std::nullopt;
  auto memory = std::make_shared<MappedFile>(std::move(*mapped));
  return OwnedVotes{votes_in(memory->content().data(), samples), memory};
}

/// The segment's bytes, gathered from the prediction files.
Result<std::shared_ptr<std::vector<std::byte>>> gather(const Study& study,
                                                       std::span<const ShardRow> rows,
                                                       std::size_t samples) {
  auto segment =
      std::make_shared<std::vector<std::byte>>(sizeof(SegmentHeader) + samples * bytes_per_sample);
  const SegmentHeader header{magic, static_cast<std::int64_t>(samples), {}};
  std::memcpy(segment->data(), &header, sizeof header);
  auto* confidence = reinterpret_cast<float*>(segment->data() + sizeof header);
  auto* log_prob = confidence + samples;
  auto* predicted = reinterpret_cast<ClassIndex*>(log_prob + samples);
  std::fill(log_prob, log_prob + samples, std::numeric_limits<float>::quiet_NaN());
  std::fill(predicted, predicted + samples, no_class);
  for (const ShardRow& entry : rows) {
    const auto& shard = entry.shard;
    const auto file = study.folder() / "predictions" / shard.file;
    if (shard.first < 0 || shard.count < 0 ||
        static_cast<std::size_t>(shard.first + shard.count) > samples)
      return bad_input("the study names samples that its split does not have", file.string());
    auto opened = PredictionFile::open(file, shard.first, shard.count);
    if (!opened) return tl::unexpected(opened.error());
    if (entry.row < 0 || entry.row >= opened->rows())
      return bad_input("the prediction file has fewer voters than the study names", file.string());
    const auto classes = opened->predicted(entry.row);
    const auto shard_confidence = opened->confidence(entry.row);
    const auto shard_log_prob = opened->log_prob_label(entry.row);
    std::copy(shard_confidence.begin(), shard_confidence.end(), confidence + shard.first);
    std::copy(shard_log_prob.begin(), shard_log_prob.end(), log_prob + shard.first);
    for (std::size_t i = 0; i < classes.size(); ++i)
      predicted[static_cast<std::size_t>(shard.first) + i] =
          classes[i] >= 0 && classes[i] < max_classes ? static_cast<ClassIndex>(classes[i])
                                                      : no_class;
  }
  return segment;
}

}  // namespace

Result<OwnedVotes> voter_votes(const Study& study, const PredictionSet& set, std::int64_t samples) {
  const auto rows = study.shard_rows(set.id);
  if (!rows) return tl::unexpected(rows.error());
  const bool complete = set.committed == samples && !rows->empty();
  const auto file =
      study.folder() / "cache" /
      fmt::format("votes-{}-{}-{}.bin", set.id, rows->empty() ? 0 : rows->back().shard.id, samples);
  const auto count = static_cast<std::size_t>(samples);
  if (complete)
    if (auto mapped = map_segment(file, count)) return std::move(*mapped);
  auto segment = gather(study, *rows, count);
  if (!segment) return tl::unexpected(segment.error());
  if (complete && study.writable()) {
    std::error_code code;
    std::filesystem::create_directories(file.parent_path(), code);
    // A cache that cannot be written costs time, not the result.
    if (write_file_atomically(file, **segment))
      if (auto mapped = map_segment(file, count)) return std::move(*mapped);
  }
  return OwnedVotes{votes_in((*segment)->data(), count), *segment};
}

}  // namespace plumbline
