#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset_scan.h"
#include "core/data/sample_reader.h"
#include "core/study/model_card.h"
#include "core/study/planer_records.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

struct SplitInfo {
  std::string name;
  std::int64_t samples = 0;
};

struct DatasetInfo {
  std::int64_t id = 0;
  std::string name;
  DatasetFormat format{};
  std::vector<std::string> classes;
  std::vector<SplitInfo> splits;  ///< in the order of their import
};

struct ModelInfo {
  std::int64_t id = 0;
  std::string name;
  ModelCard card;
  std::filesystem::path file;  ///< empty for imported predictions
  std::string hash;            ///< XXH3-128 of the file
};

/// What identifies the predictions of a voter on a split (DESIGN 2).
struct PredictionKey {
  std::int64_t dataset = 0;
  std::string split;
  std::string model;
  View view;
  std::string precision;    ///< fp32, tf32, bf16, fp16, or "imported"
  std::string decoder;      ///< of the images
  std::string device_kind;  ///< "cpu", "cuda", or "imported"
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

/// A redundancy configuration.
struct RunInfo {
  std::int64_t id = 0;
  std::string name;
  std::int64_t dataset = 0;
  std::vector<std::string> splits;
  std::vector<Voter> voters;  ///< the first is the baseline
  std::string precision, decoder, device_kind;
  int batch = 0;
};

/// Which predictions a run's voter uses. `imported`: the model has no file.
PredictionKey prediction_key(const RunInfo& run, const std::string& split, const Voter& voter,
                             bool imported);

/// A prediction file that SQLite names: one range of samples for some voters.
struct PredictionShard {
  std::int64_t id = 0;
  std::filesystem::path file;         ///< below predictions/
  std::int64_t first = 0, count = 0;  ///< samples, by position in the split
};

/// Which row of which shard holds a voter's predictions.
struct ShardRow {
  PredictionShard shard;
  int row = 0;
};

/// One sample of a split.
struct SampleInfo {
  std::string name;  ///< file below the data set's folder, or the record's number
  ClassIndex label = no_class;
  SampleLocator locator;
};

/// A run's warning: an image that could not be read.
struct StoredWarning {
  std::string code, where, message;
};

/// Tags and notes of a split.
struct SampleRemarks {
  std::map<std::string, std::vector<std::uint32_t>> tags;  ///< samples rising
  std::map<std::uint32_t, std::string> notes;
};

enum class Access { read_only, read_write, create };

/// A study on disk: `NAME.plumb/`. One object is used by one thread; several programs may open the
/// same study, of which one writes at a time. Every write is one transaction.
///
/// Errors: a study of a newer version is refused and not touched; a folder that is no study is
/// named; a file that SQLite finds damaged is named with the way out; a study on read-only media
/// opens for reading only; a second writer waits ten seconds and is then refused.
class Study {
 public:
  static Result<Study> open(const std::filesystem::path& folder, Access access);
  Study(Study&&) noexcept;
  Study& operator=(Study&&) noexcept;
  ~Study();

  const std::filesystem::path& folder() const;
  std::string name() const;  ///< folder's name without `.plumb`
  bool writable() const;

  // --- data sets
  Result<std::vector<DatasetInfo>> datasets() const;
  Result<DatasetInfo> dataset(std::string_view name) const;  ///< error names those there are
  /// Adds a split to a data set, made if it is absent. The same samples again are not added
  /// twice (returns 0); a split that exists with other samples, other classes or another format
  /// is an error. Returns the number of samples added.
  Result<std::int64_t> add_split(const std::string& dataset, const std::string& split,
                                 const DatasetScan& scan);
  /// Moves a fraction of each class of `from` into a new split `to`: deterministic, stratified.
  /// Only where no predictions exist on `from`.
  Result<std::int64_t> divide_split(const std::string& dataset, const std::string& from,
                                    const std::string& to, double fraction);
  Result<std::int64_t> sample_count(std::int64_t dataset, const std::string& split) const;
  Result<std::vector<SampleInfo>> samples(std::int64_t dataset, const std::string& split,
                                          std::int64_t first, std::int64_t count) const;
  /// Calls `take` with the name of every sample of the split, in their order.
  Result<void> names(std::int64_t dataset, const std::string& split,
                     const std::function<void(std::string_view)>& take) const;
  Result<std::vector<ClassIndex>> labels(std::int64_t dataset, const std::string& split) const;
  /// Replaces the names of the classes and adds further ones at the end. Never fewer than before.
  Result<void> set_classes(std::int64_t dataset, std::span<const std::string> names);
  Result<SampleReader> reader(std::int64_t dataset) const;

  // --- models
  Result<std::vector<ModelInfo>> models() const;
  Result<ModelInfo> model(std::string_view name) const;  ///< error names those there are
  /// A name that exists with the same file and card is left as it is; with others it is an error.
  Result<void> add_model(const std::string& name, const std::filesystem::path& file,
                         const std::string& hash, const ModelCard& card);

  // --- predictions
  Result<PredictionSet> prediction_set(const PredictionKey& key);  ///< made if absent; needs write
  Result<std::optional<PredictionSet>> find_prediction_set(const PredictionKey& key) const;
  /// Of every voter on every split, by the time of their making.
  Result<std::vector<PredictionSet>> all_prediction_sets() const;
  Result<std::vector<ShardRow>> shard_rows(std::int64_t prediction_set) const;  ///< by first sample
  /// Names a whole, synced file in predictions/ as rows of these sets. One transaction.
  Result<void> commit_shard(const std::string& file_name, std::int64_t first, std::int64_t count,
                            std::span<const std::int64_t> prediction_sets);
  Result<void> set_latency(std::int64_t prediction_set, const VoterLatency& latency);

  // --- runs
  Result<std::vector<RunInfo>> runs() const;
  Result<RunInfo> run(std::string_view name) const;  ///< error names those there are
  Result<void> add_run(RunInfo run);
  /// The prediction set of each of a run's voters on one of its splits, in the run's order.
  Result<std::vector<PredictionSet>> prediction_sets(const RunInfo& run,
                                                     const std::string& split) const;
  /// Samples of the split that every voter of the run has.
  Result<std::int64_t> committed(const RunInfo& run, const std::string& split) const;

  Result<void> add_warnings(const std::string& run, std::span<const StoredWarning> warnings);
  Result<std::vector<StoredWarning>> warnings(const std::string& run) const;

  // --- tags and notes: what a user says about samples
  /// Of one split, tags by name. Empty in a read-only study of a version that had none.
  Result<SampleRemarks> remarks(std::int64_t dataset, const std::string& split) const;
  /// Puts a tag on samples or takes it off; a tag that no sample has is forgotten. The name is
  /// trimmed and 1 to 64 bytes long. Samples outside the split are an error.
  Result<void> set_tag(std::int64_t dataset, const std::string& split, const std::string& tag,
                       std::span<const std::uint32_t> samples, bool on);
  /// An empty text removes the note. At most 64 KiB.
  Result<void> set_note(std::int64_t dataset, const std::string& split, std::uint32_t sample,
                        const std::string& text);

  // --- language models and searches: empty in a read-only study of a version that had none.
  // Names are file names: not empty, at most 100 bytes, without ':', ',' or '/', no '.' in front.
  Result<std::vector<NetworkInfo>> networks() const;         ///< oldest first
  Result<NetworkInfo> network(std::string_view name) const;  ///< error names those there are
  /// A name that exists is an error, unless everything but `made_at` is equal.
  Result<void> add_network(const NetworkInfo& network);
  /// Replaces what is known of a network's validation loss.
  Result<void> set_validation(const std::string& network, const TextReference& text,
                              const MeasuredLoss& loss);
  /// The latest measurement of a network for a key replaces the one before.
  Result<void> set_network_latency(const NetworkLatency& latency);
  Result<std::vector<NetworkLatency>> network_latencies() const;

  /// The latest table of a configuration (same_latency) for a key replaces the one before.
  Result<void> set_latency_table(const LatencyTable& table);
  Result<std::vector<LatencyTable>> latency_tables() const;

  Result<std::vector<SearchInfo>> searches() const;        ///< oldest first
  Result<SearchInfo> search(std::string_view name) const;  ///< error names those there are
  /// Adds a search; one of the same name with equal settings gets the further targets.
  Result<void> add_search(const SearchInfo& search);
  Result<void> set_loss_increments(const std::string& search, const LossIncrements& increments);
  /// Replaces the points of a target.
  Result<void> set_search_points(const std::string& search, double target,
                                 const std::vector<SearchPoint>& points);
  Result<std::vector<SearchPoint>> search_points(const std::string& search) const;

  struct State;  ///< only the implementation's files see it

 private:
  explicit Study(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace plumbline
