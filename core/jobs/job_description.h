#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/jobs/job_subject.h"
#include "core/types/error.h"

namespace plumbline {

/// What `job.json` says: which command the engine is started with, and what that works on.
struct JobDescription {
  std::string kind;                  ///< "run", "import", "planer-search"
  std::vector<std::string> command;  ///< words of the command line, the program's name left out
  JobSubject subject;
  friend bool operator==(const JobDescription&, const JobDescription&) = default;
};

/// The description of a command line whose subject nobody has said.
JobDescription describe_command(std::string kind, std::vector<std::string> command);

/// The job that tries this one once more, by what the subject says of that: the command without its
/// own place in the queue (`--job`), with `--resume` where it goes on.
JobDescription retried(JobDescription description);

/// Reads a file of at most 1 MiB. A subject that is not there (an older version wrote the file) or
/// cannot be read is that of the command. Errors: no such file, no JSON object.
Result<JobDescription> read_job_description(const std::filesystem::path& file);

/// Writes it as one whole file. `process`: of the job that has begun; 0: none yet.
Result<void> write_job_description(const std::filesystem::path& file, const std::string& id,
                                   const JobDescription& description, std::int64_t process);

}  // namespace plumbline
