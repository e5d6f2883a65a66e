#include "core/study/study_prediction_store.h"

#include "core/predictions/prediction_schema.h"

namespace plumbline {

namespace {

/// Names a whole file of predictions as rows of its voters' sets, which are made if they are
/// absent.
Result<void> commit_file(Study& study, const std::string& file, std::int64_t first,
                         std::int64_t count, std::span<const VoterKey> voters) {
  std::vector<std::int64_t> sets;
  for (const VoterKey& voter : voters) {
    const auto dataset = study.dataset(voter.dataset);
    TRY(dataset);
    const auto set =
        study.prediction_set({dataset->id, voter.split, voter.voter.model, voter.voter.view,
                              voter.precision, voter.decoder, voter.device_kind});
    TRY(set);
    sets.push_back(set->id);
  }
  return study.commit_shard(file, first, count, sets);
}

}  // namespace

VoterKey voter_key(const PredictionKey& key, const std::string& dataset) {
  return {dataset, key.split, {key.model, key.view}, key.precision, key.decoder, key.device_kind};
}

Result<void> StudyPredictionStore::commit(std::span<const VoterKey> voters,
                                          const PredictionDraft& draft) {
  const std::string file = prediction_file_name(voters, draft.envelope.first);
  TRY(write_predictions(study_.folder() / "predictions" / file, draft));
  return commit_file(study_, file, draft.envelope.first, draft.envelope.count, voters);
}

Result<std::int64_t> merge_manifest(Study& study, const std::filesystem::path& manifest) {
  const auto entries = read_manifest(manifest);
  TRY(entries);
  for (const ManifestEntry& entry : *entries) {
    const auto path = study.folder() / "predictions" / entry.file;
    const auto file = open_checked_predictions(path, entry.first, entry.count);
    TRY(file);
    if (file->envelope.voters.size() != entry.voters.size())
      return wrong_prediction_file(path, "has other voters than its manifest");
    const auto dataset = study.dataset(entry.voters.front().dataset);
    TRY(dataset);
    const auto samples = study.sample_count(dataset->id, entry.voters.front().split);
    TRY(samples);
    if (entry.first % shard_samples != 0 ||
        entry.count != std::min(shard_samples, *samples - entry.first))
      return wrong_prediction_file(path, "holds a range that its split does not have");
    TRY(commit_file(study, entry.file, entry.first, entry.count, entry.voters));
  }
  return static_cast<std::int64_t>(entries->size());
}

}  // namespace plumbline
