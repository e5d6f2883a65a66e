#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

class Job;

/// Called by the caller's own thread ten times a second, so that a job shows what takes long and is
/// told what to do meanwhile: what is done now ("fusing boxes"), and how much of it (`total` 0: not
/// known). Returns false to stop.
using JudgingProgress =
    std::function<bool(std::string_view what, std::int64_t done, std::int64_t total)>;

struct JudgedAhead {
  std::vector<std::string> splits;  ///< that were judged, or had been
  std::vector<std::string> notes;   ///< what was odd, as ReviewSource::notes says it
};

/// Makes what a first opening of the run would wait for: whoever has just made predictions does it,
/// where the machine is at work anyway. Of a kind that takes long to be judged (ReviewKind's
/// open_watched) each split that is complete is decided as the workbench first does it
/// (first_decision.h), which keeps the ledger in the study's cache; of any other kind nothing
/// happens, nor in a study that may not be written. The run is whole without it, and a later
/// opening makes what is missing. `progress` may be empty. Errors: those of reading the
/// predictions; memory that does not suffice.
Result<JudgedAhead> judge_ahead(const Study& study, const RunInfo& run,
                                const JudgingProgress& progress);

/// The same for a voter whose predictions of one split were computed elsewhere and have just been
/// imported: the voter alone, which is decided without a run (run_of_imported), and each run with
/// it on that split that is complete now. `splits` holds the split once for each of them. Errors:
/// as above; a voter that was not imported.
Result<JudgedAhead> judge_imported(const Study& study, const Voter& voter, std::int64_t dataset,
                                   const std::string& split, const JudgingProgress& progress);

/// Either of them within a job, which says what is done. What was made before is whole without it:
/// neither a job that is told to stop meanwhile nor an error takes anything from it; the error, and
/// what was odd, are warnings of `name`.
void judge_within(Job& job, const std::string& name,
                  const std::function<Result<JudgedAhead>(const JudgingProgress&)>& judge);

}  // namespace plumbline
