#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/jobs/job_description.h"
#include "core/jobs/job_log.h"
#include "core/types/error.h"

namespace plumbline {

enum class JobState {
  queued,     ///< described, not yet started
  running,    ///< its process holds the lock
  paused,     ///< the same, and it was asked to pause
  finished,   ///< came to its end
  failed,     ///< it said why
  cancelled,  ///< asked to stop; what was finished is kept
  ended,      ///< its process is gone without a word: killed, or crashed
};

bool is_over(JobState state);

/// A job as it lies in `jobs/ID/`, followed from its files alone, so that whoever follows may come
/// later, go away and come again. refresh() reads what was appended since the last time.
class JobFolder {
 public:
  /// `events` keeps what the job's kind says in events of its own; may be empty. Errors: no
  /// readable `job.json` (bounded at 1 MiB).
  static Result<JobFolder> open(const std::filesystem::path& folder,
                                const KindEventsOf& events = {});

  /// Returns whether anything is new.
  bool refresh();

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& id() const { return id_; }
  const JobDescription& description() const { return description_; }
  const std::string& kind() const { return description_.kind; }
  const std::vector<std::string>& command() const { return description_.command; }
  const JobSubject& subject() const { return description_.subject; }
  JobState state() const { return state_; }
  const JobLog& log() const { return log_; }

 private:
  JobState find_state() const;

  std::filesystem::path folder_;
  std::string id_;
  JobDescription description_;
  JobLog log_;
  std::uintmax_t read_ = 0;  ///< bytes of the events
  JobState state_ = JobState::queued;
};

/// The jobs of a study, by rising id (the time they were made). Folders that hold no job are left
/// out.
std::vector<JobFolder> jobs_of(const std::filesystem::path& study, const KindEventsOf& events = {});

/// Describes a job that is to be started later with `--job ID`; returns its id.
Result<std::string> describe_job(const std::filesystem::path& study,
                                 const JobDescription& description);

/// Appends a line to the job's control file: pause, resume, cancel.
Result<void> control_job(const std::filesystem::path& job, std::string_view word);

/// Removes a job's folder unless its process runs.
Result<void> remove_job(const std::filesystem::path& job);

}  // namespace plumbline
