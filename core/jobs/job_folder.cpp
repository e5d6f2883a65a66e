#include "core/jobs/job_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "core/jobs/job.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Whether a process holds the job's lock. The lock is taken for a moment only.
bool is_locked(const fs::path& lock) {
  const int descriptor = ::open(lock.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return locked;
}

/// Whether the last word on pausing is `pause`.
bool asked_to_pause(const fs::path& control) {
  std::ifstream stream(control);
  bool paused = false;
  for (std::string line; std::getline(stream, line);) {
    if (line == "pause") paused = true;
    if (line == "resume") paused = false;
  }
  return paused;
}

}  // namespace

bool is_over(JobState state) {
  return state == JobState::finished || state == JobState::failed || state == JobState::cancelled ||
         state == JobState::ended;
}

Result<JobFolder> JobFolder::open(const fs::path& folder, const KindEventsOf& events) {
  auto description = read_job_description(folder / "job.json");
  TRY(description);
  JobFolder job;
  job.folder_ = folder;
  job.id_ = folder.filename().string();
  job.description_ = std::move(*description);
  if (events) job.log_ = JobLog(events(job.kind()));
  job.refresh();
  return job;
}

bool JobFolder::refresh() {
  const auto before = state_;
  const auto read_before = read_;
  std::ifstream stream(folder_ / "events.jsonl", std::ios::binary);
  // The state is looked up first: what a process wrote before it ended is then read below.
  const JobState seen = stream ? find_state() : JobState::queued;
  if (stream) {
    stream.seekg(static_cast<std::streamoff>(read_));
    std::string piece(std::size_t{1} << 16, '\0');
    while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
           stream.gcount() > 0) {
      const auto count = static_cast<std::size_t>(stream.gcount());
      log_.feed(std::string_view(piece).substr(0, count));
      read_ += count;
    }
  }
  state_ = seen;
  if (log_.failure)
    state_ = log_.failure->code == "cancelled" ? JobState::cancelled : JobState::failed;
  else if (log_.summary)
    state_ = JobState::finished;
  return state_ != before || read_ != read_before;
}

JobState JobFolder::find_state() const {
  if (!is_locked(folder_ / "lock")) return JobState::ended;
  return asked_to_pause(folder_ / "control") ? JobState::paused : JobState::running;
}

std::vector<JobFolder> jobs_of(const fs::path& study, const KindEventsOf& events) {
  std::vector<JobFolder> jobs;
  std::error_code code;
  for (fs::directory_iterator entry(study / "jobs", code), end; !code && entry != end;
       entry.increment(code)) {
    if (!entry->is_directory(code)) continue;
    if (auto job = JobFolder::open(entry->path(), events)) jobs.push_back(std::move(*job));
  }
  std::ranges::sort(jobs, {}, &JobFolder::id);
  return jobs;
}

Result<std::string> describe_job(const fs::path& study, const JobDescription& description) {
  std::string id = new_job_id(description.kind);
  std::error_code code;
  // One process may describe several within a second: a number keeps their order.
  const std::string base = id;
  for (int i = 1; !fs::create_directories(study / "jobs" / id, code) && !code; ++i)
    id = base + "-" + (i < 10 ? "0" : "") + std::to_string(i);
  if (code)
    return bad_input("the job's folder cannot be made: " + code.message(),
                     (study / "jobs" / id).string(), "check whether the study may be written to");
  TRY(write_job_description(study / "jobs" / id / "job.json", id, description, 0));
  return id;
}

Result<void> control_job(const fs::path& job, std::string_view word) {
  std::ofstream control(job / "control", std::ios::app);
  control << word << '\n' << std::flush;
  if (!control) return bad_input("the job cannot be reached", (job / "control").string());
  return {};
}

Result<void> remove_job(const fs::path& job) {
  if (is_locked(job / "lock")) return bad_input("the job is running", job.string(), "cancel it");
  std::error_code code;
  fs::remove_all(job, code);
  if (code) return bad_input("cannot be removed: " + code.message(), job.string());
  return {};
}

}  // namespace plumbline
