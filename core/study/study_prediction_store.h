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
  Result<void> note_latency(const VoterKey& voter, const VoterLatency& latency) override;

 private:
  Study& study_;
};

/// `name`, or NAME~2, NAME~3 … where the study has it for others than `sets`: what was renamed
/// keeps its files, so that whoever has the old name now would come to the same ones. Empty: the
/// predictions of these sets are named already.
Result<std::string> free_file_name(const Study& study, std::string name,
                                   const std::vector<std::int64_t>& sets);

/// A file's size, time and hash. Errors: it cannot be read.
Result<ShardState> state_of_file(const std::filesystem::path& file);

/// What has become of a prediction file that the study names, in words that follow its name: "is
/// lost", "has 3 bytes instead of 40", "was changed"; empty where nothing has. Size and time are
/// compared, and where the time differs the hash.
Result<std::string> what_is_wrong(const Study& study, const PredictionShard& shard);

/// A key by names. `dataset`: the name of the key's data set.
VoterKey voter_key(const PredictionKey& key, const std::string& dataset);

/// Names a whole file in predictions/ as the predictions of these voters, one a row. What the file
/// holds is not looked at.
Result<void> commit_prediction_file(Study& study, const std::string& file, std::int64_t first,
                                    std::int64_t count, std::span<const VoterKey> voters,
                                    std::vector<Unread> unread);

}  // namespace plumbline
