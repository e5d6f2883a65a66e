#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/jobs/job_subject.h"
#include "core/types/error.h"

namespace plumbline {

/// The version of the event lines.
inline constexpr int event_version = 1;

struct JobOptions {
  std::filesystem::path study;       ///< its folder
  std::string kind;                  ///< "run", "import": part of the job's name
  std::vector<std::string> command;  ///< words of the command line, for job.json
  bool events_to_stdout = false;     ///< --events
  bool quiet = false;                ///< no progress line on the terminal
  std::string id;                    ///< of a job that was described before; empty: a new one
  JobSubject subject{};              ///< unknown: taken from the description or the command
};

/// A job's name: the time, its kind, this process. Sorted, they stand in the order of their making.
std::string new_job_id(std::string_view kind);

/// Where a job's events go that has no folder: the part of a job that another process leads.
struct JobRelay {
  enum class Word { go_on, pause, stop };
  std::function<void(std::string_view event, const nlohmann::ordered_json& fields)> take;
  std::function<Word()> control;  ///< what its leader wants; asked often
};

/// Takes the signals that ask a job to stop already before it begins: one that comes meanwhile lets
/// the job begin, note what it was begun for, and stop at once, so that it can be gone on with. For
/// commands whose work is surely a job.
void listen_for_stop();

/// A running job of this process (DESIGN 3): `jobs/ID/` with `job.json`, `events.jsonl`, `control`
/// and `lock`. Events are JSON lines {"v":1, "t":SECONDS, "event":NAME, …}, t monotonic from the
/// job's start. SIGTERM, SIGINT and SIGHUP ask it to stop, as the control line `cancel` does;
/// work that was asked and gives no sign of life for ten seconds (no call of progress or
/// should_stop) is ended with the process, by 130. Thread-safe but for begin, finished and failed.
class Job {
 public:
  /// Makes the job's folder, takes its lock, writes `started`.
  static Result<Job> begin(const JobOptions& options);
  /// Makes no folder and prints nothing: events go to the relay, from whatever thread has them.
  /// Signals are taken as of any job.
  static Job relayed(JobRelay relay);
  Job(Job&&) noexcept;
  ~Job();

  const std::string& id() const;

  /// At most ten lines a second, but always the first and the last of a phase.
  void progress(std::string_view phase, std::int64_t done, std::int64_t total,
                std::string_view unit);
  void metric(std::string_view name, double value, std::int64_t step);
  /// `sample` names what it is about; may be empty.
  void warning(std::string_view code, std::string_view message, std::string_view sample);
  /// What the work says of itself that is no warning, in whole words: on the terminal, and as an
  /// event.
  void note(std::string_view code, std::string_view message);
  /// An event of the job's kind, with fields that its reader knows (see KindEvents).
  void event(std::string_view name, const nlohmann::ordered_json& fields);
  void finished(const nlohmann::ordered_json& summary);
  void failed(const Error& error);

  /// Called by should_stop when the job is paused (true) and goes on (false), for those who pause
  /// with it.
  void on_pause(std::function<void(bool paused)> note);
  /// Reads new control lines; blocks while paused, between the events `paused` and `resumed`. True
  /// once the job shall stop.
  bool should_stop();

  /// Ends the process with the error as the job's last word, whatever it is doing: where the work
  /// waits for what will not come. Thread-safe.
  [[noreturn]] void end_process(const Error& error);

 private:
  struct State;
  explicit Job(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Begins a job, does its work and writes its last word: `finished` with the summary that the work
/// returns, or `failed` with its error. Returns what the work did; errors of the beginning too.
Result<nlohmann::ordered_json> run_job(
    const JobOptions& options, const std::function<Result<nlohmann::ordered_json>(Job&)>& work);

/// The error of a job that was asked to stop.
Error cancelled_error(std::string_view hint);

}  // namespace plumbline
