#include "core/study/merge_predictions.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "core/jobs/file_lock.h"
#include "core/jobs/work_locks.h"
#include "core/predictions/prediction_schema.h"
#include "core/predictions/prediction_store.h"
#include "core/study/study_prediction_store.h"
#include "core/types/precision_names.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> computing_devices = {"cpu", "cuda"};
/// Codes of warnings that are kept with a run; others are of the moment.
constexpr std::array<std::string_view, 2> kept_codes = {"image", "output"};

/// Holds what files claim against one study, of which it remembers what was asked.
class OfferChecker {
 public:
  explicit OfferChecker(const Study& study) : study_(study) {}

  Result<CheckedFile> check(const OfferedFile& offered) {
    const ManifestEntry& entry = offered.entry;
    const fs::path path = offered.folder / entry.file;
    std::error_code code;
    const auto status = fs::symlink_status(path, code);
    if (!fs::is_regular_file(status))
      return wrong_prediction_file(path,
                                   fs::exists(status) ? "is a link, or not a file" : "is lost");
    const auto file = open_checked_predictions(path, entry.first, entry.count);
    TRY(file);
    if (file->envelope.voters.size() != entry.voters.size())
      return wrong_prediction_file(path, "has voters other than those of its manifest");
    CheckedFile checked{offered, false, true, file->envelope.unread};
    std::vector<std::int64_t> sets;
    for (const VoterKey& voter : entry.voters) {
      const auto key = key_of(voter, entry, path, file->envelope.kind);
      TRY(key);
      const auto set = study_.find_prediction_set(*key);
      TRY(set);
      sets.push_back(*set ? (*set)->id : 0);
      const auto covered = is_covered(*set ? (*set)->id : 0, entry);
      TRY(covered);
      checked.covered = checked.covered && *covered;
    }
    TRY(check_voters(offered, *file, path));
    if (offered.folder != study_.folder() / "predictions") return checked;
    const auto named = study_.sets_of_file(entry.file);
    TRY(named);
    checked.named = !named->empty();
    // A row that a longer file took over is not among them any more.
    const bool same = std::ranges::all_of(*named, [&](std::int64_t set) {
      return set == 0 || std::ranges::find(sets, set) != sets.end();
    });
    if (checked.named && !same)
      return wrong_prediction_file(path, "is known to the study as other predictions");
    return checked;
  }

 private:
  Result<void> check_voters(const OfferedFile& offered, const PredictionFile& file,
                            const fs::path& path) {
    const auto& voters = offered.entry.voters;
    for (std::size_t i = 0; offered.names_checked && i < voters.size(); ++i)
      if (file.envelope.voters[i] != voters[i].voter)
        return wrong_prediction_file(path, "has voters other than those of its manifest");
    std::set<std::string> once;
    for (const VoterKey& key : voters)
      if (!once.insert(to_string(key.voter)).second)
        return wrong_prediction_file(path, "has a voter twice");
    return {};
  }

  /// The key in the study of who a row is said to be.
  Result<PredictionKey> key_of(const VoterKey& voter, const ManifestEntry& entry,
                               const fs::path& path, const std::string& kind) {
    if (!is_precision(voter.precision) ||
        std::ranges::find(computing_devices, voter.device_kind) == computing_devices.end())
      return wrong_prediction_file(
          path, fmt::format(
                    "claims to be computed in '{}' on '{}', which no version of this program does",
                    voter.precision.substr(0, 80), voter.device_kind.substr(0, 80)));
    const auto dataset = dataset_of(voter.dataset);
    TRY(dataset);
    const auto samples = study_.sample_count(*dataset, voter.split);
    TRY(samples);
    // A file is of one block, so that those of all voters can be read block by block.
    if (entry.first > *samples - entry.count ||
        entry.first % shard_samples + entry.count > shard_samples)
      return wrong_prediction_file(path, "contains a range that its split does not have");
    const auto model = model_of(voter.voter.model);
    TRY(model);
    if ((*model)->file.empty())
      return wrong_prediction_file(
          path,
          fmt::format("claims to be of '{}', whose predictions were imported", (*model)->name));
    if ((*model)->card.output.predictions != kind)
      return wrong_prediction_file(
          path, fmt::format("contains {}, but '{}' gives {}", kind.substr(0, 80), (*model)->name,
                            (*model)->card.output.predictions));
    for (const auto& [name, hash] : entry.models)
      if (name == (*model)->name && hash != (*model)->hash)
        return wrong_prediction_file(
            path, fmt::format("was computed by a model '{}' other than the study's", name));
    return PredictionKey{*dataset,        voter.split,   voter.voter.model, voter.voter.view,
                         voter.precision, voter.decoder, voter.device_kind, voter.condition};
  }

  Result<std::int64_t> dataset_of(const std::string& name) {
    if (const auto found = datasets_.find(name); found != datasets_.end()) return found->second;
    const auto dataset = study_.dataset(name);
    TRY(dataset);
    return datasets_[name] = dataset->id;
  }

  Result<const ModelInfo*> model_of(const std::string& name) {
    if (const auto found = models_.find(name); found != models_.end()) return &found->second;
    auto model = study_.model(name);
    TRY(model);
    return &(models_[name] = std::move(*model));
  }

  /// Whether a set has all samples of an entry.
  Result<bool> is_covered(std::int64_t set, const ManifestEntry& entry) {
    if (set == 0) return false;
    auto& ranges = covered_[set];
    if (!ranges) {
      const auto rows = study_.shard_rows(set);
      TRY(rows);
      ranges.emplace();
      for (const ShardRow& row : *rows) {
        const std::int64_t first = row.shard.first, end = first + row.shard.count;
        if (!ranges->empty() && first <= ranges->back().second)
          ranges->back().second = std::max(ranges->back().second, end);
        else
          ranges->emplace_back(first, end);
      }
    }
    return std::ranges::any_of(*ranges, [&](const auto& range) {
      return range.first <= entry.first && entry.first + entry.count <= range.second;
    });
  }

  const Study& study_;
  std::map<std::string, std::int64_t> datasets_;
  std::map<std::string, ModelInfo> models_;
  /// By set: ranges that it has, in order, none of which touches the next.
  std::map<std::int64_t, std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>>>
      covered_;
};

/// The entries of a manifest in a study's predictions/.
std::vector<OfferedFile> offers_of(const Manifest& manifest, const fs::path& file) {
  std::vector<OfferedFile> offers;
  for (std::size_t i = 0; i < manifest.entries.size(); ++i)
    offers.push_back({manifest.entries[i], file.parent_path(),
                      fmt::format("{}:{}", file.string(), manifest.lines[i]), true});
  return offers;
}

}  // namespace

Result<std::vector<CheckedFile>> check_offered(const Study& study,
                                               std::span<const OfferedFile> files) {
  OfferChecker checker(study);
  std::vector<CheckedFile> checked;
  for (const OfferedFile& file : files) {
    auto one = checker.check(file);
    if (!one) {
      Error error = std::move(one.error());
      if (!error.where.empty() && error.where != file.where)
        error.message = error.where + ": " + error.message;
      error.where = file.where;
      return tl::unexpected(std::move(error));
    }
    checked.push_back(std::move(*one));
  }
  return checked;
}

Result<void> commit_checked(Study& study, const CheckedFile& file, const std::string& name,
                            MergedPredictions& merged) {
  const ManifestEntry& entry = file.offered.entry;
  ++merged.files;
  if (file.named || file.covered) {
    merged.known += entry.count * static_cast<std::int64_t>(entry.voters.size());
    return {};
  }
  TRY(commit_prediction_file(study, name, entry.first, entry.count, entry.voters, file.unread));
  ++merged.added;
  for (const VoterKey& voter : entry.voters) {
    merged.by_voter[to_string(voter.voter)] += entry.count;
    merged.predictions += entry.count;
  }
  return {};
}

Result<void> merge_notes(Study& study, const Manifest& manifest, MergedPredictions& merged) {
  for (const ManifestLatency& time : manifest.latencies) {
    const VoterKey& voter = time.voter;
    const auto dataset = study.dataset(voter.dataset);
    if (!dataset) continue;  // nothing of it was named either
    const auto set = study.find_prediction_set({dataset->id, voter.split, voter.voter.model,
                                                voter.voter.view, voter.precision, voter.decoder,
                                                voter.device_kind, voter.condition});
    if (set && *set && !(*set)->latency) TRY(study.set_latency((*set)->id, time.latency));
  }
  for (const ManifestWarning& warned : manifest.warnings) {
    const bool is_kept = std::ranges::find(kept_codes, warned.warning.code) != kept_codes.end();
    if (is_kept) TRY(study.add_warnings(warned.run, std::span(&warned.warning, 1)));
    merged.warnings.push_back(warned);
  }
  return {};
}

Result<MergedPredictions> merge_manifests(Study& study, std::span<const fs::path> files) {
  std::vector<Manifest> manifests;
  std::vector<OfferedFile> offers;
  for (const fs::path& file : files) {
    auto manifest = read_whole_manifest(file);
    TRY(manifest);
    std::ranges::move(offers_of(*manifest, file), std::back_inserter(offers));
    manifests.push_back(std::move(*manifest));
  }
  const auto checked = check_offered(study, offers);
  TRY(checked);
  MergedPredictions merged;
  merged.manifests = static_cast<std::int64_t>(manifests.size());
  for (const CheckedFile& file : *checked)
    TRY(commit_checked(study, file, file.offered.entry.file, merged));
  for (const Manifest& manifest : manifests) TRY(merge_notes(study, manifest, merged));
  return merged;
}

Result<MergedPredictions> merge_manifests(Study& study) {
  const auto manifests = manifests_of(study.folder());
  TRY(manifests);
  if (manifests->empty())
    return bad_input("there is no manifest of a rank", (study.folder() / "predictions").string(),
                     "ranks write NAME.manifest.jsonl there");
  return merge_manifests(study, *manifests);
}

Result<bool> has_rank_manifests(const Study& study, const std::string& run) {
  const auto manifests = manifests_of(study.folder());
  TRY(manifests);
  return std::ranges::any_of(*manifests,
                             [&](const fs::path& file) { return is_rank_manifest_of(run, file); });
}

Result<MergedPredictions> merge_manifests_of_run(Study& study, const std::string& run) {
  auto manifests = manifests_of(study.folder());
  TRY(manifests);
  std::erase_if(*manifests, [&](const fs::path& file) { return !is_rank_manifest_of(run, file); });
  auto merged = merge_manifests(study, *manifests);
  if (!merged) {
    if (merged.error().kind == ErrorKind::bad_input)
      merged.error().hint = "remove the manifest: what it lists is recomputed by run --resume";
    return merged;
  }
  for (const fs::path& file : *manifests) {
    std::error_code code;
    fs::remove(file, code);
    if (code) return fail(ErrorKind::device, "cannot be removed: " + code.message(), file.string());
  }
  return merged;
}

Result<MergedPredictions> merge_and_remove(Study& study) {
  const auto runs = study.runs();
  TRY(runs);
  std::vector<FileLock> locks;
  std::set<std::string> at_work;
  for (const RunInfo& run : *runs) {
    std::error_code code;
    const fs::path file = lock_file_of(study.folder(), "run " + run.name);
    if (!fs::exists(file, code)) continue;
    auto lock = FileLock::try_lock(file);
    TRY(lock);
    if (*lock)
      locks.push_back(std::move(**lock));
    else
      at_work.insert(run.name);
  }
  const auto manifests = manifests_of(study.folder());
  TRY(manifests);
  auto merged = merge_manifests(study);
  TRY(merged);
  for (const fs::path& manifest : *manifests) {
    const bool is_needed = std::ranges::any_of(
        at_work, [&](const std::string& run) { return is_rank_manifest_of(run, manifest); });
    std::error_code code;
    if (!is_needed) fs::remove(manifest, code);
    if (code)
      return fail(ErrorKind::device, "cannot be removed: " + code.message(), manifest.string());
  }
  return merged;
}

}  // namespace plumbline
