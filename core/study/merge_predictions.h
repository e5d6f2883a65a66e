#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/predictions/manifest.h"
#include "core/study/study.h"

namespace plumbline {

/// What a merge has found and added.
struct MergedPredictions {
  std::int64_t manifests = 0, files = 0;
  std::int64_t added = 0;        ///< files that the study did not name before
  std::int64_t predictions = 0;  ///< samples × voters of those
  std::int64_t known = 0;        ///< the same of files whose predictions were there already
  std::map<std::string, std::int64_t> by_voter;  ///< predictions that were added
  /// What the ranks warned of, by run; images and outputs are kept with the runs there are.
  std::vector<ManifestWarning> warnings;
};

/// A file of predictions that is to be named, and who says so.
struct OfferedFile {
  ManifestEntry entry;
  std::filesystem::path folder;  ///< where the file lies
  std::string where;             ///< "…manifest.jsonl:3", for errors
  bool names_checked = true;     ///< the file must call its voters as the entry does
};

/// One that was opened and found whole, of voters, samples and a kind that the study has.
struct CheckedFile {
  OfferedFile offered;
  bool named = false;    ///< the study names it already, as these voters'
  bool covered = false;  ///< all of its predictions are there already
  std::vector<Unread> unread;
};

/// Opens and checks every file; writes nothing. Errors name the first that is wrong, by the line
/// that names it: missing, a link, cut off, of another range, other voters or another kind; a data
/// set, split, model or sample that the study does not have; a model of another content; a name
/// that other predictions have.
Result<std::vector<CheckedFile>> check_offered(const Study& study,
                                               std::span<const OfferedFile> files);

/// Names checked files in the study, under `name` of each in its predictions/; those that are named
/// or covered are counted alone.
Result<void> commit_checked(Study& study, const CheckedFile& file, const std::string& name,
                            MergedPredictions& merged);

/// Keeps latencies where the study knows none, and warnings of runs that it has.
Result<void> merge_notes(Study& study, const Manifest& manifest, MergedPredictions& merged);

/// Names in the study what manifests in its predictions/ name. All of them are checked before
/// anything is named, so that an error leaves the study as it was. Manifests stay.
Result<MergedPredictions> merge_manifests(Study& study,
                                          std::span<const std::filesystem::path> manifests);

/// The same of all there are, in the order of their names. Error: there is none.
Result<MergedPredictions> merge_manifests(Study& study);

/// Whether ranks that computed the run have left manifests.
Result<bool> has_rank_manifests(const Study& study, const std::string& run);

/// Merges the manifests that ranks wrote of the run, and removes them. The caller holds the run's
/// lock. Errors say that a manifest which is wrong can be removed.
Result<MergedPredictions> merge_manifests_of_run(Study& study, const std::string& run);

/// Merges all there are, and removes the manifests whose run nobody on this machine is computing:
/// what ranks that are at work elsewhere write meanwhile makes them anew.
Result<MergedPredictions> merge_and_remove(Study& study);

}  // namespace plumbline
