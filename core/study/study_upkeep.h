#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

struct StudyConnection;

/// What can be removed from a study and renamed in it.
enum class StudyEntry { dataset, model, run, search, network };
/// "data set", "model", "run", "search", "network"
std::string_view entry_word(StudyEntry entry);

/// What goes with an entry when it is removed.
struct Dependents {
  std::vector<std::string> runs;       ///< of a data set or model: those that use it
  std::vector<std::string> decisions;  ///< that were saved of those runs
  std::vector<std::string> models;     ///< of a data set: imported predictions of it alone
  std::vector<std::string> searches;   ///< of a network: those that begin from it
  /// They stay. Of a search: what it has found, as networks that no search has found; of a network:
  /// what those searches have found and what was trained further from it.
  std::vector<std::string> networks;
  std::string found_by;          ///< of a network: the search that has found it; it stays
  std::int64_t predictions = 0;  ///< samples × voters that nobody else uses
  std::int64_t remarks = 0;      ///< of a data set: tags and notes
  /// Below the study's folder: prediction files that hold nothing else, a model's, search's or
  /// network's own. What a link leads to outside of the folder is not among them.
  std::vector<std::filesystem::path> files;
  std::uint64_t bytes = 0;  ///< of the files
  /// Whether anything but the entry itself would be lost.
  bool any() const;
};

/// In words, for a question: "the runs r, s; 40000 predictions; 12 tags and notes; 3.1 MB".
/// Empty where nothing depends on it.
std::string to_text(const Dependents& dependents);

/// The works of jobs below which the study would change with the entry, by the names of their
/// locks: "run r1", "search s3".
std::vector<std::string> works_on(StudyEntry entry, const std::string& name,
                                  const Dependents& dependents);

/// A file outside of the study, or a folder of images.
struct OutsideFile {
  enum class Kind { source, model, text };
  Kind kind = Kind::source;
  std::int64_t id = 0;  ///< of the source or model
  std::string owner;    ///< the data set, model, network or search
  std::filesystem::path path;
  std::uint64_t size = 0;  ///< 0 where it was not kept
  std::string hash;        ///< empty for a folder
};

/// An image of a folder, as it was imported.
struct ImportedImage {
  std::string name;  ///< below the folder
  std::uint64_t size = 0;
  std::string hash;
};

/// Removing, renaming and finding again. Images and models stay where they are on the disk; only
/// what the study itself has made is deleted.
class StudyUpkeep {
 public:
  explicit StudyUpkeep(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  /// What would go with the entry. Errors: there is none of that name.
  Result<Dependents> dependents(StudyEntry entry, const std::string& name) const;
  /// Removes the entry with what depends on it, in one transaction, and then the files. Whoever
  /// computes the run or search at the time must have been asked before. Returns what went.
  ///
  /// With a run its predictions go that no other run uses; with a model its predictions and the
  /// runs that it votes in, but not the other models' predictions, which another run can use; with
  /// a data set its runs, predictions, tags and notes; with a search its course and its files; with
  /// a network its weights and words, its latencies and the searches that begin from it.
  Result<Dependents> remove_entry(StudyEntry entry, const std::string& name);
  /// Gives an entry another name, wherever the study names it: a network in what began from it,
  /// learned from it or was measured beside it, in the searches from it, and as its files' name.
  /// Errors: no such entry; a name that is none (check_plain_name) or that another has; a file that
  /// lies outside of the study, or is in the way.
  Result<void> rename_entry(StudyEntry entry, const std::string& name, const std::string& to);

  /// Files of models, data sets and texts, which lie outside of the study (but for models that it
  /// has trained itself).
  Result<std::vector<OutsideFile>> outside_files() const;
  Result<std::vector<ImportedImage>> images_of(std::int64_t source) const;
  /// Notes where files lie now, in one transaction; nothing is looked at.
  Result<void> move_files(const std::vector<std::pair<OutsideFile, std::filesystem::path>>& moves);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline
