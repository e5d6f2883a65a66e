#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/review/box_ledger.h"
#include "core/review/flat_run.h"
#include "core/study/study.h"
#include "core/types/on_demand.h"

namespace plumbline {

/// Runs of boxes and their ledgers in the study's cache/, where anything may be deleted at any
/// time. A million objects take many seconds to be read, fused and judged, and a moment to be
/// mapped: what makes the predictions does it once they are there (judge_ahead.h), and whoever
/// opens a run of which nothing is kept.
///
/// A run's file (boxes-HASH.bin) is named by everything that it depends on: the program's version,
/// objects and classes of the split, and each voter's prediction files (shard_text.h). A ledger's
/// (ledger-HASH.bin) by that, the fusion, its voters and the overlap. Whatever differs has another
/// name. Only predictions that are whole are kept. A file that is damaged is made anew, and that is
/// noted.

/// A run of boxes on a split, independent of the Study.
struct KeptRun {
  std::shared_ptr<const FlatRun> flat;
  OnDemand<BoxRun> run;          ///< the same as lists
  std::filesystem::path folder;  ///< of the cache
  bool writable = false;
  std::string key;  ///< empty: what was read is not whole, and nothing is kept of it
  std::vector<std::string> notes;
};

/// From the cache, or read from the predictions and kept; `progress` may be null. Errors:
/// read_box_run's.
Result<KeptRun> open_kept_run(const Study& study, const RunInfo& run, const std::string& split,
                              WorkProgress* progress = nullptr);

/// The ledger of a decision that is kept; null where there is none. `decision` says fusion, voters
/// and overlap; what was damaged is added to `notes`.
std::shared_ptr<const BoxLedger> find_ledger(const KeptRun& run, const std::string& decision,
                                             std::vector<std::string>& notes);

/// Writes a ledger that was just made, and gives it as it lies there; where it cannot be written,
/// as it was made. Lets go of those that were not used for longest. Errors: box_ledger's.
Result<std::shared_ptr<const BoxLedger>> keep_ledger(const KeptRun& run,
                                                     const std::string& decision, ColumnSet columns,
                                                     std::vector<std::string>& notes);

}  // namespace plumbline
