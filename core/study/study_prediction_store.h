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

/// A key by names. `dataset`: the name of the key's data set.
VoterKey voter_key(const PredictionKey& key, const std::string& dataset);

/// Names in the study what a rank's manifest names: every file is opened and checked first. Returns
/// the number of files. Errors name the first file that is wrong; those before it are committed.
Result<std::int64_t> merge_manifest(Study& study, const std::filesystem::path& manifest);

}  // namespace plumbline
