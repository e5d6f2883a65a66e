#include "core/study/study_prediction_store.h"

#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>

#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/predictions/prediction_schema.h"

namespace plumbline {

namespace {

std::int64_t time_of(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// The voters' sets, which are made if they are absent.
Result<std::vector<std::int64_t>> sets_of(Study& study, std::span<const VoterKey> voters) {
  std::vector<std::int64_t> sets;
  for (const VoterKey& voter : voters) {
    const auto dataset = study.dataset(voter.dataset);
    TRY(dataset);
    const auto set =
        study.prediction_set({dataset->id, voter.split, voter.voter.model, voter.voter.view,
                              voter.precision, voter.decoder, voter.device_kind, voter.condition});
    TRY(set);
    sets.push_back(set->id);
  }
  return sets;
}

/// Names a whole file of predictions.
Result<void> commit_file(Study& study, const std::string& file, std::int64_t first,
                         std::int64_t count, std::span<const std::int64_t> sets,
                         std::vector<Unread> unread) {
  auto state = state_of_file(study.folder() / "predictions" / file);
  TRY(state);
  state->unread = std::move(unread);
  return study.commit_shard(file, first, count, sets, *state);
}

}  // namespace

Result<std::string> free_file_name(const Study& study, std::string name,
                                   const std::vector<std::int64_t>& sets) {
  const std::string stem = std::filesystem::path(name).stem().string();
  for (int i = 2;; ++i) {
    const auto others = study.sets_of_file(name);
    TRY(others);
    if (others->empty()) return name;
    if (*others == sets) return std::string();
    name = fmt::format("{}~{}.safetensors", stem, i);
  }
}

VoterKey voter_key(const PredictionKey& key, const std::string& dataset) {
  return {dataset,     key.split,       {key.model, key.view}, key.precision,
          key.decoder, key.device_kind, key.condition};
}

Result<ShardState> state_of_file(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0)
    return tl::unexpected(system_error(errno, "cannot be read", file));
  auto hash = hash_file(file);
  TRY(hash);
  return ShardState{
      static_cast<std::uint64_t>(status.st_size), time_of(status), std::move(*hash), {}};
}

Result<std::string> what_is_wrong(const Study& study, const PredictionShard& shard) {
  const auto file = study.folder() / "predictions" / shard.file;
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return std::string("is lost");
  const ShardState& was = shard.state;
  if (was.hash.empty()) {  // of an earlier version, which kept no hash
    const auto opened = open_checked_predictions(file, shard.first, shard.count);
    return opened ? std::string() : "is damaged: " + opened.error().message;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size != was.size) return fmt::format("has {} bytes instead of {}", size, was.size);
  if (time_of(status) == was.time) return std::string();
  const auto hash = hash_file(file);
  TRY(hash);
  return std::string(*hash == was.hash ? "" : "was changed");
}

Result<void> StudyPredictionStore::commit(std::span<const VoterKey> voters,
                                          const PredictionDraft& draft) {
  const PredictionEnvelope& envelope = draft.envelope;
  const auto sets = sets_of(study_, voters);
  TRY(sets);
  const auto file =
      free_file_name(study_, prediction_file_name(voters, envelope.first, envelope.count), *sets);
  TRY(file);
  if (file->empty()) return {};
  TRY(write_predictions(study_.folder() / "predictions" / *file, draft));
  return commit_file(study_, *file, envelope.first, envelope.count, *sets, envelope.unread);
}

Result<void> StudyPredictionStore::note_latency(const VoterKey& voter,
                                                const VoterLatency& latency) {
  const auto sets = sets_of(study_, std::span(&voter, 1));
  TRY(sets);
  return study_.set_latency(sets->front(), latency);
}

Result<void> commit_prediction_file(Study& study, const std::string& file, std::int64_t first,
                                    std::int64_t count, std::span<const VoterKey> voters,
                                    std::vector<Unread> unread) {
  const auto sets = sets_of(study, voters);
  TRY(sets);
  return commit_file(study, file, first, count, *sets, std::move(unread));
}

}  // namespace plumbline
