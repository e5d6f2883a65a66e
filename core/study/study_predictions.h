#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/predictions/prediction_file.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

struct StudyConnection;

/// What identifies the predictions of a voter on a split (DESIGN 2).
struct PredictionKey {
  std::int64_t dataset = 0;
  std::string split;
  std::string model;
  View view;
  std::string precision;    ///< fp32, tf32, bf16, fp16, or "imported"
  std::string decoder;      ///< of the images
  std::string device_kind;  ///< "cpu", "cuda", or "imported"
  View condition = {};      ///< before the voter's own view; identity: none
};

/// Measured time of one voter on one batch: view and network.
struct VoterLatency {
  std::string device;                   ///< "CPU AMD EPYC, 2 threads", "NVIDIA H200"
  int batch = 0;                        ///< samples
  int batches = 0;                      ///< how many were timed
  double median_ms = 0, spread_ms = 0;  ///< spread: interquartile range
};

/// A voter's predictions on a split, whole or in part.
struct PredictionSet {
  std::int64_t id = 0;
  PredictionKey key;
  std::int64_t committed = 0;  ///< samples
  std::optional<VoterLatency> latency;
};

/// What a prediction file was when it was committed.
struct ShardState {
  std::uint64_t size = 0;
  std::int64_t time = 0;       ///< of its last change, nanoseconds since 1970
  std::string hash;            ///< XXH3-128; empty: committed by an earlier version
  std::vector<Unread> unread;  ///< samples that are to be tried again
};

/// A prediction file that SQLite names: one range of samples for some voters.
struct PredictionShard {
  std::int64_t id = 0;
  std::filesystem::path file;         ///< below predictions/
  std::int64_t first = 0, count = 0;  ///< samples, by position in the split
  ShardState state;
};

/// Which row of which shard holds a voter's predictions.
struct ShardRow {
  PredictionShard shard;
  int row = 0;
};

/// Which predictions a study has: of whom, in which files, and how long they took.
class StudyPredictions {
 public:
  explicit StudyPredictions(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  Result<PredictionSet> prediction_set(const PredictionKey& key);  ///< made if absent; needs write
  Result<std::optional<PredictionSet>> find_prediction_set(const PredictionKey& key) const;
  /// Of every voter on every split, by the time of their making.
  Result<std::vector<PredictionSet>> all_prediction_sets() const;
  /// By first sample. Ranges may overlap, where two jobs have computed the same voter at once.
  Result<std::vector<ShardRow>> shard_rows(std::int64_t prediction_set) const;
  /// Names a whole, synced file in predictions/ as rows of these sets. One transaction. A file that
  /// is named already is left as it is.
  Result<void> commit_shard(const std::string& file_name, std::int64_t first, std::int64_t count,
                            std::span<const std::int64_t> prediction_sets,
                            const ShardState& state = {});
  /// The sets whose rows a file that is named was committed with, by row; empty where it is not
  /// named.
  Result<std::vector<std::int64_t>> sets_of_file(const std::string& file_name) const;
  /// Forgets files with all their rows: what they hold is missing then, and is computed again. The
  /// files themselves stay. One transaction.
  Result<void> forget_shards(std::span<const std::int64_t> shards);
  /// Of the run's own batches. Replaces what was measured before.
  Result<void> set_latency(std::int64_t prediction_set, const VoterLatency& latency);
  /// Of a batch of another size, beside it. Replaces that size's on that device.
  Result<void> set_batch_latency(std::int64_t prediction_set, const VoterLatency& latency);
  /// Those of every set, by its id, by rising size.
  Result<std::multimap<std::int64_t, VoterLatency>> batch_latencies() const;

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
