#include "core/jobs/job.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/jobs/control_lines.h"
#include "core/jobs/file_lock.h"
#include "core/jobs/job_description.h"
#include "core/types/plain_name.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

// A second signal ends the process at once: what is committed stays whole.
void request_stop(int signal) {
  stop_requested = true;
  ::signal(signal, SIG_DFL);
}

void take_signals() {
  struct sigaction action{};
  action.sa_handler = request_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  // A terminal that is closed is no reason to lose what is under way. Who asked for the work to go
  // on without it (nohup) has SIGHUP ignored, which stays so.
  struct sigaction hang_up{};
  if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
    ::sigaction(SIGHUP, &action, nullptr);
  // Whoever started the job may go away and close the pipe.
  ::signal(SIGPIPE, SIG_IGN);
}

/// How long work that was asked to stop may go on without a sign of life.
constexpr auto patience = std::chrono::seconds(10);

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

std::string new_job_id(std::string_view kind) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{}-{}", local.tm_year + 1900,
                     local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                     kind, ::getpid());
}

struct Job::State {
  JobOptions options;
  JobRelay relay{};  ///< in place of a folder
  std::function<void(bool)> note_pause{};
  std::string id{};
  std::filesystem::path folder{};
  std::optional<FileLock> lock{};
  std::ofstream events{};
  Clock::time_point begin = Clock::now();

  std::mutex mutex{};  ///< guards the output, so that lines are whole and in order
  std::string phase;
  Clock::time_point phase_begin, last_progress;
  std::int64_t phase_done = 0;  ///< when the phase began: resumed work does not count in the rate
  bool line_open = false;       ///< a progress line stands on the terminal

  std::mutex control_mutex{};  ///< guards what is read of the control file
  std::streamoff control_position = 0;
  ControlLines control{};
  std::atomic<bool> paused = false, cancelled = false;  ///< what they said last

  std::atomic<Clock::time_point> last_sign = Clock::now();  ///< of the work's life
  std::jthread watchdog{};  ///< last: stopped and joined before the rest goes

  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }

  bool on_terminal() const {
    return !options.quiet && !options.events_to_stdout && ::isatty(STDERR_FILENO) == 1;
  }

  void write(std::string_view event, const ordered_json& fields) {
    if (relay.take) return relay.take(event, fields);
    ordered_json line = {
        {"v", event_version}, {"t", std::round(seconds() * 1000) / 1000}, {"event", event}};
    line.update(fields);
    // Words from files need not be UTF-8; an event line always is.
    const std::string text =
        line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    events << text << std::flush;
    if (options.events_to_stdout) {
      std::fputs(text.c_str(), stdout);
      std::fflush(stdout);
    }
  }

  void close_line() {
    if (line_open) std::fputs("\n", stderr);
    line_open = false;
  }

  void start_watch() {
    watchdog = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }

  void read_control() {
    if (relay.take) return;
    const std::lock_guard reading(control_mutex);
    std::ifstream file(folder / "control", std::ios::binary);
    if (!file) return;
    file.seekg(control_position);
    // In pieces: the file may have come with a study of somebody else's.
    std::array<char, 4096> piece;
    while (file.read(piece.data(), piece.size()), file.gcount() > 0) {
      control_position += file.gcount();
      control.feed({piece.data(), static_cast<std::size_t>(file.gcount())});
    }
    paused = control.paused;
    cancelled = control.cancelled;
  }

  /// Ends the process where the work was asked to stop and gives no sign of life any more: a model
  /// that loops, a device that hangs. What is committed stays whole, as after a kill.
  void watch(const std::stop_token& stop) {
    std::mutex waiting;
    std::condition_variable_any never;
    std::optional<Clock::time_point> asked;
    while (!stop.stop_requested()) {
      std::unique_lock sleep(waiting);
      never.wait_for(sleep, stop, std::chrono::milliseconds(200), [] { return false; });
      if (stop.stop_requested()) return;
      read_control();
      if (!cancelled && !stop_requested) continue;
      const auto now = Clock::now();
      if (!asked) asked = now;
      if (now - std::max(*asked, last_sign.load()) < patience) continue;
      end_process(cancelled_error("it did not stop by itself and was ended; go on with --resume"));
    }
  }

  void write_failed(const Error& error) {
    write("failed",
          {{"code", code_name(error.kind)},
           {"message", error.where.empty() ? error.message : error.where + ": " + error.message},
           {"hint", error.hint}});
  }

  [[noreturn]] void end_process(const Error& error) {
    const std::lock_guard output(mutex);
    close_line();
    write_failed(error);
    fmt::print(stderr, "plumbline-engine: {}\n", visible_text(to_string(error)));
    std::fflush(nullptr);
    ::_exit(exit_code(error.kind));
  }
};

Job::Job(std::unique_ptr<State> state) : state_(std::move(state)) {}
Job::Job(Job&&) noexcept = default;
Job::~Job() {
  if (state_) state_->close_line();
}

const std::string& Job::id() const { return state_->id; }

Result<Job> Job::begin(const JobOptions& options) {
  if (!options.id.empty()) TRY(check_plain_name(options.id, "a job", "--job"));
  const std::string id = options.id.empty() ? new_job_id(options.kind) : options.id;
  const auto folder = options.study / "jobs" / id;
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return bad_input("the job's folder cannot be made: " + code.message(), folder.string());
  auto lock = FileLock::try_lock(folder / "lock");
  TRY(lock);
  if (!*lock) return bad_input("another job has the same name", folder.string(), "try again");
  if (std::filesystem::exists(folder / "events.jsonl", code))
    return bad_input("this job has been started before", folder.string(),
                     "describe a new one with the same command");
  JobDescription description{options.kind, options.command, options.subject};
  if (!description.subject.known()) {
    // Whoever described the job knew its subject; otherwise it is derived from the command line.
    const auto before = read_job_description(folder / "job.json");
    description.subject =
        before ? before->subject : subject_of_command(options.kind, options.command);
  }
  TRY(write_job_description(folder / "job.json", id, description, ::getpid()));
  // The file exists from the start, so that whoever watches can append to it.
  const std::ofstream control(folder / "control", std::ios::app);
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): by its members' names
      new State{.options = options,
                .id = id,
                .folder = folder,
                .lock = std::move(**lock),
                .events = std::ofstream(folder / "events.jsonl", std::ios::app)});
  if (!state->events)
    return bad_input("the job's events cannot be written", (folder / "events.jsonl").string());
  take_signals();
  state->write("started", {{"kind", options.kind}});
  state->start_watch();
  return Job(std::move(state));
}

Job Job::relayed(JobRelay relay) {
  auto state = std::unique_ptr<State>(  // NOLINT(modernize-make-unique): by its members' names
      new State{.options = {.quiet = true}, .relay = std::move(relay)});
  take_signals();
  state->start_watch();
  return Job(std::move(state));
}

void Job::progress(std::string_view phase, std::int64_t done, std::int64_t total,
                   std::string_view unit) {
  const std::lock_guard lock(state_->mutex);
  const auto now = Clock::now();
  state_->last_sign = now;
  const bool first = phase != state_->phase;
  if (first) {
    state_->phase = phase;
    state_->phase_begin = now;
    state_->phase_done = done;
  }
  if (!first && done < total && now - state_->last_progress < std::chrono::milliseconds(100))
    return;
  state_->last_progress = now;
  const double elapsed = std::chrono::duration<double>(now - state_->phase_begin).count();
  const double rate = elapsed > 0 ? static_cast<double>(done - state_->phase_done) / elapsed : 0;
  const double eta = rate > 0 ? static_cast<double>(total - done) / rate : 0;
  ordered_json fields = {{"done", done}, {"total", total}, {"phase", phase}, {"unit", unit}};
  if (rate > 0) {
    fields["rate"] = std::round(rate * 10) / 10;
    fields["eta_s"] = std::round(eta * 10) / 10;
  }
  state_->write("progress", fields);
  if (!state_->on_terminal()) return;
  const std::string rest =
      rate <= 0       ? ""
      : done >= total ? fmt::format(", {:.0f} {}/s, took {}", rate, unit, duration(elapsed))
                      : fmt::format(", {:.0f} {}/s, {} left", rate, unit, duration(eta));
  fmt::print(stderr, "\r\x1b[K{}: {} of {} {}{}", phase, done, total, unit, rest);
  std::fflush(stderr);
  state_->line_open = true;
}

void Job::metric(std::string_view name, double value, std::int64_t step) {
  const std::lock_guard lock(state_->mutex);
  state_->write("metric", {{"name", name}, {"value", value}, {"step", step}});
}

void Job::warning(std::string_view code, std::string_view message, std::string_view sample) {
  const std::lock_guard lock(state_->mutex);
  state_->write("warning", {{"code", code}, {"message", message}, {"sample", sample}});
  if (state_->options.quiet) return;
  state_->close_line();
  fmt::print(stderr, "warning: {}\n",
             visible_text(fmt::format("{}{}{}", sample, sample.empty() ? "" : ": ", message)));
}

void Job::note(std::string_view code, std::string_view message) {
  const std::lock_guard lock(state_->mutex);
  state_->write("note", {{"code", code}, {"message", message}});
  if (state_->options.quiet) return;
  state_->close_line();
  fmt::print(stderr, "{}\n", visible_text(std::string(message)));
}

void Job::event(std::string_view name, const ordered_json& fields) {
  const std::lock_guard lock(state_->mutex);
  state_->write(name, fields);
}

void Job::finished(const ordered_json& summary) {
  state_->close_line();
  state_->write("finished", {{"summary", summary}});
}

void Job::failed(const Error& error) {
  state_->close_line();
  state_->write_failed(error);
}

void Job::end_process(const Error& error) { state_->end_process(error); }

void Job::on_pause(std::function<void(bool paused)> note) { state_->note_pause = std::move(note); }

bool Job::should_stop() {
  state_->last_sign = Clock::now();
  if (state_->relay.control) {
    auto word = state_->relay.control();
    while (word == JobRelay::Word::pause && !stop_requested) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      state_->last_sign = Clock::now();
      word = state_->relay.control();
    }
    return word == JobRelay::Word::stop || stop_requested;
  }
  state_->read_control();
  const auto waits = [&] { return state_->paused && !state_->cancelled && !stop_requested; };
  if (waits()) {
    event("paused", ordered_json::object());
    if (state_->note_pause) state_->note_pause(true);
    while (waits()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      state_->last_sign = Clock::now();
      state_->read_control();
    }
    if (state_->note_pause) state_->note_pause(false);
    event("resumed", ordered_json::object());
  }
  return state_->cancelled || stop_requested;
}

void listen_for_stop() { take_signals(); }

Result<ordered_json> run_job(const JobOptions& options,
                             const std::function<Result<ordered_json>(Job&)>& work) {
  auto job = Job::begin(options);
  TRY(job);
  auto summary = work(*job);
  if (summary)
    job->finished(*summary);
  else
    job->failed(summary.error());
  return summary;
}

Error cancelled_error(std::string_view hint) {
  return {ErrorKind::cancelled, "cancelled; what was finished is kept", "", std::string(hint)};
}

}  // namespace plumbline
