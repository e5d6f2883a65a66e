#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/study/study_data.h"
#include "core/study/study_decisions.h"
#include "core/study/study_language.h"
#include "core/study/study_predictions.h"
#include "core/study/study_remarks.h"
#include "core/study/study_runs.h"
#include "core/study/study_upkeep.h"
#include "core/types/error.h"

namespace plumbline {

enum class Access { read_only, read_write, create };

/// A study on disk: `NAME.plumb/`. One object is used by one thread; several programs may open the
/// same study, of which one writes at a time. Every write is one transaction.
///
/// Errors: a study of a newer version is refused and not touched; a folder that is no study is
/// named; a file that SQLite finds damaged is named with the way out; a study on read-only media
/// opens for reading only; a second writer waits ten seconds and is then refused.
///
/// What it holds lies in a few stores, which share its connection; a study can be handed to whoever
/// asks for one of them.
class Study : public StudyData,
              public StudyPredictions,
              public StudyRuns,
              public StudyRemarks,
              public StudyDecisions,
              public StudyLanguage,
              public StudyUpkeep {
 public:
  static Result<Study> open(const std::filesystem::path& folder, Access access);
  /// The study as it was when `database` was written by write_snapshot, for reading. Neither locks
  /// nor logs are used, so that it serves where SQLite's do not work: on another machine's disk.
  static Result<Study> open_snapshot(const std::filesystem::path& folder,
                                     const std::filesystem::path& database);
  Study(Study&&) noexcept = default;
  Study& operator=(Study&&) noexcept = default;

  const std::filesystem::path& folder() const;
  std::string name() const;  ///< folder's name without `.plumb`
  bool writable() const;

  /// Copies the database as it is now, whoever writes meanwhile, to a file that is there whole or
  /// not at all.
  Result<void> write_snapshot(const std::filesystem::path& file) const;

  /// A number that differs from the last one once any other connection has committed, of this
  /// program or of another: asked every second it costs nothing. 0 where it cannot be asked.
  std::int64_t version() const;
  /// What the study holds by name: a text that is compared with an earlier one. Predictions, tags
  /// and notes are not part of it.
  std::string contents() const;

 private:
  explicit Study(const std::shared_ptr<StudyConnection>& connection);
  std::shared_ptr<StudyConnection> connection_;
};

}  // namespace plumbline
