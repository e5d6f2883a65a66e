#include "core/study/vote_cache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/hash.h"
#include "core/data/mapped_file.h"
#include "core/predictions/class_predictions.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

constexpr std::array<char, 8> magic = {'P', 'L', 'V', 'O', 'T', 'E', 'S', '3'};

struct SegmentHeader {
  std::array<char, 8> magic;
  std::int64_t samples;
  std::int64_t has_given;    ///< 0 or 1
  std::uint32_t own, names;  ///< names: bytes at the end
};
static_assert(sizeof(SegmentHeader) == 32);

std::size_t segment_bytes(std::size_t samples, bool has_given) {
  return sizeof(SegmentHeader) +
         samples * ((has_given ? sizeof(double) : 0) + 2 * sizeof(float) + sizeof(ClassIndex));
}

/// A view of a segment's bytes (header and columns), which the caller has checked.
VoterVotes votes_in(const std::byte* segment, std::size_t samples, bool has_given) {
  const auto* given = reinterpret_cast<const double*>(segment + sizeof(SegmentHeader));
  const auto* confidence = reinterpret_cast<const float*>(given + (has_given ? samples : 0));
  const auto* log_prob = confidence + samples;
  const auto* predicted = reinterpret_cast<const ClassIndex*>(log_prob + samples);
  return {{predicted, samples},
          {confidence, samples},
          {log_prob, samples},
          {given, has_given ? samples : 0}};
}

std::optional<OwnedVotes> map_segment(const std::filesystem::path& file, std::size_t samples) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return std::nullopt;
  auto mapped = MappedFile::open(file);
  if (!mapped) return std::nullopt;
  const auto content = mapped->content();
  if (content.size() < sizeof(SegmentHeader)) return std::nullopt;
  SegmentHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != magic || header.samples != static_cast<std::int64_t>(samples))
    return std::nullopt;
  const bool has_given = header.has_given != 0;
  const std::size_t columns = segment_bytes(samples, has_given);
  if (content.size() != columns + header.names) return std::nullopt;
  OwnedVotes votes;
  if (header.names > 0) {
    const auto names = content.subspan(columns);
    auto further = parse_further({reinterpret_cast<const char*>(names.data()), names.size()},
                                 static_cast<std::size_t>(max_classes));
    if (!further) return std::nullopt;
    votes.own = header.own;
    votes.further = std::move(*further);
  }
  auto memory = std::make_shared<MappedFile>(std::move(*mapped));
  votes.votes = votes_in(memory->content().data(), samples, has_given);
  votes.memory = std::move(memory);
  return votes;
}

/// A segment that is made in memory.
class NewSegment {
 public:
  NewSegment(std::size_t samples, bool has_given)
      : samples_(samples),
        has_given_(has_given),
        bytes_(std::make_shared<std::vector<std::byte>>(segment_bytes(samples, has_given))) {
    const SegmentHeader header{magic, static_cast<std::int64_t>(samples), has_given ? 1 : 0, 0, 0};
    std::memcpy(bytes_->data(), &header, sizeof header);
    std::fill_n(log_prob(), samples, std::numeric_limits<float>::quiet_NaN());
    std::fill_n(predicted(), samples, no_class);
  }

  /// One voter's row of a shard, whose samples the caller has checked.
  void take(const ClassPredictionFile& file, int row, std::int64_t first) {
    const auto classes = file.predicted(row);
    const auto file_confidence = file.confidence(row);
    const auto file_log_prob = file.log_prob_label(row);
    std::copy(file_confidence.begin(), file_confidence.end(), confidence() + first);
    std::copy(file_log_prob.begin(), file_log_prob.end(), log_prob() + first);
    if (has_given_)
      for (std::int64_t i = 0; i < file.count(); ++i)
        given()[first + i] = file.given_confidence(row, i);
    std::transform(classes.begin(), classes.end(), predicted() + first, [](std::int32_t c) {
      return c >= 0 && c < max_classes ? static_cast<ClassIndex>(c) : no_class;
    });
  }

  /// The places of samples [first, first + count), from those of their file to others.
  void move_places(std::int64_t first, std::int64_t count, const std::vector<ClassIndex>& places) {
    for (ClassIndex& place : std::span(predicted() + first, static_cast<std::size_t>(count)))
      if (place < places.size()) place = places[place];
  }

  /// What the classes from `own` on are called. Nothing is moved or taken afterwards.
  void name_further(std::size_t own, FurtherClasses further) {
    own_ = own;
    further_ = std::move(further);
    const std::string names = further_text(further_);
    SegmentHeader header;
    std::memcpy(&header, bytes_->data(), sizeof header);
    header.own = static_cast<std::uint32_t>(own);
    header.names = static_cast<std::uint32_t>(names.size());
    std::memcpy(bytes_->data(), &header, sizeof header);
    const auto end = std::as_bytes(std::span(names));
    bytes_->insert(bytes_->end(), end.begin(), end.end());
  }

  const std::vector<std::byte>& bytes() const { return *bytes_; }
  OwnedVotes votes() const {
    return {votes_in(bytes_->data(), samples_, has_given_), bytes_, own_, further_};
  }

 private:
  double* given() { return reinterpret_cast<double*>(bytes_->data() + sizeof(SegmentHeader)); }
  float* confidence() { return reinterpret_cast<float*>(given() + (has_given_ ? samples_ : 0)); }
  float* log_prob() { return confidence() + samples_; }
  ClassIndex* predicted() { return reinterpret_cast<ClassIndex*>(log_prob() + samples_); }

  std::size_t samples_;
  bool has_given_;
  std::size_t own_ = 0;
  FurtherClasses further_;
  std::shared_ptr<std::vector<std::byte>> bytes_;
};

/// A number that changes with the files that a set's votes come from, also where one was computed
/// again under its old name.
std::string fingerprint_of(const std::vector<ShardRow>& rows) {
  std::string text;
  for (const ShardRow& row : rows)
    text += fmt::format("{} {} {}\n", row.shard.id, row.row, row.shard.state.hash);
  return hash_bytes(std::as_bytes(std::span(text))).substr(0, 16);
}

/// A prediction file and which of its rows belong to which segment.
struct ShardWork {
  struct Target {
    int row;
    NewSegment* segment;
  };
  PredictionShard shard;
  std::vector<Target> targets;
  /// As the file says it, once it was read.
  std::size_t own = 0;
  FurtherClasses further = {};
};

Result<void> read_shard(const std::filesystem::path& folder, ShardWork& work, std::size_t samples) {
  const PredictionShard& shard = work.shard;
  const auto path = folder / "predictions" / shard.file;
  // By subtraction: what the database says may be any number.
  const auto all = static_cast<std::int64_t>(samples);
  if (shard.first < 0 || shard.count < 0 || shard.count > all || shard.first > all - shard.count)
    return bad_input("the study names samples that its split does not have", path.string());
  const auto file = ClassPredictionFile::open(path, shard.first, shard.count);
  TRY(file);
  for (const auto& [row, segment] : work.targets) {
    if (row < 0 || row >= file->rows())
      return bad_input("the prediction file has fewer voters than the study names", path.string());
    segment->take(*file, row, shard.first);
  }
  work.further = file->further();
  work.own = static_cast<std::size_t>(file->classes()) - work.further.size();
  return {};
}

/// Gives a segment whose files name further classes the names of all of them, in one order.
Result<void> join_further(const std::vector<ShardWork>& works,
                          const std::vector<std::string>& dataset_classes, NewSegment& segment) {
  ClassPlaces places(dataset_classes, 0);
  bool any = false;
  const auto for_each_part = [&](const auto& use) {
    for (const ShardWork& work : works)
      if (!work.further.empty() &&
          std::ranges::find(work.targets, &segment, &ShardWork::Target::segment) !=
              work.targets.end())
        use(work);
  };
  bool room = true;
  for_each_part([&](const ShardWork& work) {
    any = true;
    room = room && places.add(work.further);
  });
  if (!any) return {};
  if (!room) return bad_input("the predictions have too many classes", "predictions");
  for_each_part([&](const ShardWork& work) {
    segment.move_places(work.shard.first, work.shard.count, places.from(work.own, work.further));
  });
  segment.name_further(dataset_classes.size(), places.further());
  return {};
}

/// Reads every file, on all cores: what they fill lies apart. The first file's error is the answer,
/// whichever thread was faster.
Result<void> read_shards(const std::filesystem::path& folder, std::vector<ShardWork>& works,
                         std::size_t samples) {
  std::vector<std::optional<Error>> errors(works.size());
  std::atomic<std::size_t> next{0};
  const auto body = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < works.size();)
      if (auto read = read_shard(folder, works[i], samples); !read) errors[i] = read.error();
  };
  {
    constexpr std::size_t worth_a_thread = 16;  // files
    const std::size_t threads = std::min(core_count(), works.size() / worth_a_thread);
    const auto others = start_threads(std::max<std::size_t>(threads, 1) - 1, body);
    body();
  }
  for (auto& error : errors)
    if (error) return tl::unexpected(std::move(*error));
  return {};
}

}  // namespace

Result<std::vector<std::string>> classes_of(const Study& study, std::int64_t dataset) {
  auto datasets = study.datasets();
  TRY(datasets);
  const auto own = std::ranges::find(*datasets, dataset, &DatasetInfo::id);
  return own == datasets->end() ? std::vector<std::string>() : std::move(own->classes);
}

Result<std::vector<OwnedVotes>> read_votes(const Study& study, std::span<const PredictionSet> sets,
                                           std::int64_t samples) {
  const auto count = static_cast<std::size_t>(samples);
  struct Missing {
    std::size_t set;
    std::filesystem::path file;  ///< empty: the predictions are not complete
    NewSegment segment;
  };
  std::vector<OwnedVotes> votes(sets.size());
  std::deque<Missing> missing;  // which does not move what it holds
  std::map<std::int64_t, ShardWork> works;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto rows = study.shard_rows(sets[i].id);
    TRY(rows);
    std::filesystem::path file;
    if (sets[i].committed == samples && !rows->empty()) {
      file = study.folder() / "cache" /
             fmt::format("votes-{}-{}-{}.bin", sets[i].id, fingerprint_of(*rows), samples);
      if (auto mapped = map_segment(file, count)) {
        votes[i] = std::move(*mapped);
        continue;
      }
    }
    Missing& made = missing.emplace_back(i, std::move(file),
                                         NewSegment(count, sets[i].key.device_kind == "imported"));
    for (const ShardRow& entry : *rows) {
      ShardWork& work = works[entry.shard.id];
      work.shard = entry.shard;
      work.targets.push_back({entry.row, &made.segment});
    }
  }
  std::vector<ShardWork> in_order;
  in_order.reserve(works.size());
  for (auto& [id, work] : works) in_order.push_back(std::move(work));
  TRY(read_shards(study.folder(), in_order, count));
  if (std::ranges::any_of(in_order, [](const ShardWork& work) { return !work.further.empty(); })) {
    const auto classes = classes_of(study, sets.front().key.dataset);
    TRY(classes);
    for (Missing& made : missing) TRY(join_further(in_order, *classes, made.segment));
  }

  for (; !missing.empty(); missing.pop_front()) {
    const Missing& made = missing.front();
    votes[made.set] = made.segment.votes();
    if (made.file.empty() || !study.writable()) continue;
    std::error_code code;
    std::filesystem::create_directories(made.file.parent_path(), code);
    // A cache that cannot be written costs time, not the result.
    if (write_file_atomically(made.file, made.segment.bytes()))
      if (auto mapped = map_segment(made.file, count)) votes[made.set] = std::move(*mapped);
  }
  return votes;
}

}  // namespace plumbline
