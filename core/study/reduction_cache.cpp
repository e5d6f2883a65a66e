#include "core/study/reduction_cache.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/column_file.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/predictions/class_predictions.h"
#include "core/study/shard_text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

// A file: 64 bytes of header, then for each sample the score (float64), where there are losses
// their two columns (float64), the label (uint16), acceptance and tie (a byte each); little-endian,
// column by column. The hash is XXH3-128 of all columns, in hex.
constexpr std::array<char, 8> reduction_magic = {'P', 'L', 'R', 'E', 'D', 'U', 'C', '1'};
constexpr std::string_view reduction_prefix = "reduced-";
constexpr std::size_t most_reductions = 64;

struct ReductionHeader {
  std::array<char, 8> magic;
  std::uint64_t samples;
  std::uint64_t has_losses;  ///< 0 or 1
  std::uint64_t reserved;
  std::array<char, 32> hash;
};
static_assert(sizeof(ReductionHeader) == 64);

std::size_t bytes_a_sample(bool has_losses) {
  return (has_losses ? 3 : 1) * sizeof(double) + sizeof(ClassIndex) + 2;
}

/// What a policy has learned, nested ones included, to the bit.
void add_learned(std::string& text, const BoundPolicy& policy) {
  for (const auto& [name, numbers] : policy.learned.numbers) {
    text += fmt::format("{}:", name);
    for (const double number : numbers)
      text += fmt::format("{:x} ", std::bit_cast<std::uint64_t>(number));
  }
  text += '(';
  for (const BoundPolicy& inner : policy.inner) add_learned(text, inner);
  text += ')';
}

template <class Value>
std::span<const std::byte> column_bytes(const std::vector<Value>& column) {
  return std::as_bytes(std::span(column));
}

/// Takes columns from the content behind the header, which has the bytes of all of them.
class ColumnReader {
 public:
  ColumnReader(std::span<const std::byte> content, std::size_t samples)
      : rest_(content), samples_(samples) {}

  template <class Value>
  std::vector<Value> column() {
    std::vector<Value> values(samples_);
    const auto bytes = rest_.first(samples_ * sizeof(Value));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    rest_ = rest_.subspan(bytes.size());
    return values;
  }

 private:
  std::span<const std::byte> rest_;
  std::size_t samples_;
};

}  // namespace

std::string losses_of_partial() {
  return fmt::format(
      "of more than {} classes only the {} most likely are kept; the probabilities of the others "
      "are not known",
      float16_classes, top_classes);
}

Result<fs::path> reduction_file(const Study& study, const RunInfo& run, const std::string& split,
                                const VoteTable& votes, std::span<const std::size_t> voters,
                                const BoundPolicy& policy) {
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::string text = fmt::format("{} {} {}\n", PLUMBLINE_VERSION, votes.samples(), voters.size());
  text += score_key(policy.policy) + '\n';
  add_learned(text, policy);
  text += hash_bytes(std::as_bytes(votes.labels)) + '\n';
  // Classes beyond the data set's have their places among all voters of the run.
  if (votes.places != nullptr)
    text += fmt::format("{} {}\n", votes.places->size(), further_text(votes.places->further()));
  for (const std::size_t voter : voters) {
    const PredictionSet& set = (*sets)[voter];
    if (set.committed != static_cast<std::int64_t>(votes.samples())) return fs::path();
    const auto rows = study.shard_rows(set.id);
    TRY(rows);
    const auto files = shard_text(study.folder() / "predictions", *rows);
    if (!files) return fs::path();
    text += *files;
  }
  return study.folder() / "cache" /
         fmt::format("{}{}.bin", reduction_prefix, hash_bytes(std::as_bytes(std::span(text))));
}

std::optional<ReducedScores> read_reduction(const fs::path& file, std::size_t samples,
                                            const BoundPolicy& policy) {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) return std::nullopt;
  const bool wants_losses = policy.policy.traits().has_distribution;
  const std::size_t most = sizeof(ReductionHeader) + samples * bytes_a_sample(true);
  const auto content = read_whole_file(file, most);
  if (!content || content->size() < sizeof(ReductionHeader)) return std::nullopt;
  ReductionHeader header;
  std::memcpy(&header, content->data(), sizeof header);
  const bool has_losses = header.has_losses != 0;
  const auto columns = std::span(*content).subspan(sizeof header);
  if (header.magic != reduction_magic || header.samples != samples ||
      columns.size() != samples * bytes_a_sample(has_losses) || (has_losses && !wants_losses) ||
      hash_bytes(columns) != std::string_view(header.hash.data(), header.hash.size()))
    return std::nullopt;
  ColumnReader reader(columns, samples);
  ReducedScores reduced;
  reduced.score = reader.column<double>();
  DistributionLosses losses;
  if (has_losses) {
    losses.log_prob_label = reader.column<double>();
    losses.brier = reader.column<double>();
  } else {
    losses.missing = losses_of_partial();
  }
  reduced.label = reader.column<ClassIndex>();
  reduced.accept = reader.column<std::uint8_t>();
  reduced.tie = reader.column<std::uint8_t>();
  if (wants_losses) reduced.losses = std::make_shared<const DistributionLosses>(std::move(losses));
  return reduced;
}

void keep_reduction(const fs::path& file, const ReducedScores& reduced) {
  const bool has_losses = reduced.losses != nullptr && reduced.losses->missing.empty();
  std::vector<std::span<const std::byte>> columns = {column_bytes(reduced.score)};
  if (has_losses) {
    columns.push_back(column_bytes(reduced.losses->log_prob_label));
    columns.push_back(column_bytes(reduced.losses->brier));
  }
  columns.push_back(column_bytes(reduced.label));
  columns.push_back(column_bytes(reduced.accept));
  columns.push_back(column_bytes(reduced.tie));
  Hasher hasher;
  for (const auto column : columns) hasher.add(column);
  const std::string hash = hasher.digest();
  ReductionHeader header{reduction_magic, reduced.score.size(), has_losses ? 1U : 0U, 0, {}};
  std::copy_n(hash.begin(), std::min(hash.size(), header.hash.size()), header.hash.begin());
  columns.insert(columns.begin(), std::as_bytes(std::span(&header, 1)));
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  if (write_file_atomically(file, columns))
    keep_latest_files(file.parent_path(), reduction_prefix, most_reductions,
                      std::numeric_limits<std::uintmax_t>::max());
}

}  // namespace plumbline
