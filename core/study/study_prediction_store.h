#pragma once
#include "core/predictions/prediction_store.h"
#include "core/study/study.h"

namespace plumbline {

/// Commits to a study's database, which must be writable and stay where it is. The voters' data
/// set, split and models must be in the study.
class StudyPredictionStore final : public PredictionStore {
 public:
  explicit StudyPredictionStore(Study& study) : study_(study) {}
  Result<void> commit(std::span<const VoterKey> voters, const PredictionDraft& draft) override;

 private:
  Study& study_;
};

/// A file's size, time and hash. Errors: it cannot be read.
Result<ShardState> state_of_file(const std::filesystem::path& file);

/// What has become of a prediction file that the study names, in words that follow its name: "is
/// lost", "has 3 bytes instead of 40", "was changed"; empty where nothing has. Size and time are
/// compared, and where the time differs the hash.
Result<std::string> what_is_wrong(const Study& study, const PredictionShard& shard);

/// A key by names. `dataset`: the name of the key's data set.
VoterKey voter_key(const PredictionKey& key, const std::string& dataset);

/// Names in the study what a rank's manifest names: every file is opened and checked first. Returns
/// the number of files. Errors name the first file that is wrong; those before it are committed.
Result<std::int64_t> merge_manifest(Study& study, const std::filesystem::path& manifest);

struct MergedManifests {
  std::int64_t manifests = 0, files = 0;
  std::int64_t added = 0;  ///< files that the study did not name before
};

/// Merges every manifest in predictions/, in the order of their names. Manifests stay, since their
/// ranks may still be at work; merging again adds what has come since.
Result<MergedManifests> merge_manifests(Study& study);

}  // namespace plumbline
