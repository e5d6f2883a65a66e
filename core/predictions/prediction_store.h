#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/predictions/manifest.h"
#include "core/predictions/prediction_file.h"
#include "core/predictions/voter_key.h"

namespace plumbline {

/// Where a job puts its predictions: a study's database names them at once, a rank's manifest until
/// the study is opened where it may be written. One thread at a time.
class PredictionStore {
 public:
  virtual ~PredictionStore() = default;
  /// Writes the draft's file and then names it as the predictions of these voters, one a row of it:
  /// what is named is whole. The same range of the same voters goes to the same file, so that what
  /// a killed job left unnamed is written over; where it is named already nothing is changed.
  virtual Result<void> commit(std::span<const VoterKey> voters, const PredictionDraft& draft) = 0;
  /// Keeps how long a voter of which something was committed takes; the last word counts.
  virtual Result<void> note_latency(const VoterKey& voter, const VoterLatency& latency) = 0;
};

/// The name of a file of predictions: a hash of whose they are, the number of the block, and where
/// it is a part of one the place in it and the number of samples. Equal on every machine.
std::string prediction_file_name(std::span<const VoterKey> voters, std::int64_t first,
                                 std::int64_t count = shard_samples);

/// Whether a study or a manifest, which may be anybody's, names a file in predictions/ with it and
/// leads nowhere else.
bool is_prediction_file_name(std::string_view name);

/// Commits to `predictions/NAME.manifest.jsonl`, a JSON object a line, appended and synced after
/// the file that it names.
class ManifestStore : public PredictionStore {
 public:
  /// `study`: its folder, whose predictions/ is made if it is absent. A manifest that is there goes
  /// on: what it names is not written again.
  static Result<ManifestStore> open(const std::filesystem::path& study, const std::string& name);

  /// Which names of files belong to others' predictions, as far as the study knew when the work
  /// began: what was renamed in the study keeps its files, and whoever has the old name now would
  /// come to the same ones.
  void avoid(std::function<Result<bool>(const std::string& file)> is_taken) {
    is_taken_ = std::move(is_taken);
  }

  /// The hashes of the models that compute, by name, which the entries then say.
  void say_models(std::map<std::string, std::string> hashes) { hashes_ = std::move(hashes); }

  Result<void> commit(std::span<const VoterKey> voters, const PredictionDraft& draft) override;
  Result<void> note_latency(const VoterKey& voter, const VoterLatency& latency) override;
  /// Notes a warning of a run.
  Result<void> warn(const std::string& run, const StoredWarning& warning);
  const std::vector<ManifestEntry>& entries() const { return entries_; }

 private:
  ManifestStore(std::filesystem::path folder, std::filesystem::path manifest,
                std::vector<ManifestEntry> entries)
      : folder_(std::move(folder)), manifest_(std::move(manifest)), entries_(std::move(entries)) {}
  Result<std::string> free_name(std::string name) const;

  std::filesystem::path folder_, manifest_;
  std::vector<ManifestEntry> entries_;
  std::function<Result<bool>(const std::string&)> is_taken_;
  std::map<std::string, std::string> hashes_;
};

}  // namespace plumbline
