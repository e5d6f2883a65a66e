#include "widgets/jobs/job_center.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>

#include "core/planer/search_events.h"
#include "widgets/jobs/job_words.h"
#include "widgets/text/read_only.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int fast_ms = 100, slow_ms = 2000;
constexpr qint64 longest_log = qint64{1} << 20;

QString log_file(const JobFolder& job) { return text_of((job.folder() / "log").string()); }

/// The kinds that have events of their own, a line each.
std::unique_ptr<KindEvents> kind_events_of(std::string_view kind) {
  if (auto events = search_events_of(kind)) return events;
  return nullptr;
}

bool is_alive(qint64 process) {
  return process > 0 && (::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM);
}

}  // namespace

JobCenter::JobCenter(QObject* parent) : QObject(parent) {
  connect(&watcher_, &QFileSystemWatcher::directoryChanged, this, &JobCenter::refresh);
  connect(&timer_, &QTimer::timeout, this, &JobCenter::refresh);
}

QString JobCenter::engine() const {
  if (!engine_.isEmpty()) return engine_;
  QString beside = QCoreApplication::applicationDirPath() + QStringLiteral("/plumbline-engine");
  if (QFileInfo(beside).isExecutable()) return beside;
  return QStandardPaths::findExecutable(QStringLiteral("plumbline-engine"));
}

void JobCenter::set_study(const std::filesystem::path& folder, bool writable) {
  if (!watcher_.directories().isEmpty()) watcher_.removePaths(watcher_.directories());
  study_ = folder;
  writable_ = writable;
  jobs_.clear();
  started_.clear();
  timer_.stop();
  if (!folder.empty()) {
    watcher_.addPath(text_of((folder / "jobs").string()));
    jobs_ = jobs_of(folder, kind_events_of);
    timer_.start(slow_ms);
    refresh();
  }
  Q_EMIT jobs_changed();
}

const JobFolder* JobCenter::job(const std::string& id) const {
  const auto found = std::ranges::find(jobs_, id, &JobFolder::id);
  return found == jobs_.end() ? nullptr : &*found;
}

int JobCenter::running() const {
  return static_cast<int>(std::ranges::count_if(jobs_, [this](const JobFolder& job) {
    return job.state() == JobState::running || job.state() == JobState::paused ||
           (job.state() == JobState::queued && started_.contains(job.id()));
  }));
}

int JobCenter::queued() const {
  return static_cast<int>(std::ranges::count_if(jobs_, [this](const JobFolder& job) {
    return job.state() == JobState::queued && !started_.contains(job.id());
  }));
}

QString JobCenter::obstacle() const {
  if (study_.empty()) return tr("No study is open.");
  return writable_ ? QString() : read_only_words();
}

Result<void> JobCenter::may_write() const {
  if (study_.empty()) return usage_error("no study is open");
  if (!writable_)
    return bad_input("the study is open for reading only", study_.string(),
                     "open it for writing, or a copy of it");
  return {};
}

Result<std::string> JobCenter::submit(const JobDescription& description) {
  TRY(may_write());
  auto id = describe_job(study_, description);
  if (!id) return id;
  submitted_.insert(study_ / "jobs" / *id);
  refresh();
  return id;
}

Result<std::string> JobCenter::submit(const std::string& kind, const QStringList& words,
                                      JobSubject subject) {
  std::vector<std::string> command;
  for (const QString& word : words) command.push_back(word.toStdString());
  return submit({kind, std::move(command), std::move(subject)});
}

Result<void> JobCenter::pause(const std::string& id) {
  const JobFolder* found = job(id);
  if (found == nullptr) return {};
  TRY(may_write());
  auto told = control_job(found->folder(), "pause");
  refresh();
  return told;
}

Result<void> JobCenter::resume(const std::string& id) {
  const JobFolder* found = job(id);
  if (found == nullptr) return {};
  TRY(may_write());
  auto told = control_job(found->folder(), "resume");
  refresh();
  return told;
}

Result<void> JobCenter::cancel(const std::string& id) {
  const JobFolder* found = job(id);
  if (found == nullptr || is_over(found->state())) return {};
  TRY(may_write());
  const bool waiting = found->state() == JobState::queued && !started_.contains(id);
  auto told = waiting ? remove_job(found->folder()) : control_job(found->folder(), "cancel");
  refresh();
  return told;
}

Result<std::string> JobCenter::run_again(const std::string& id) {
  const JobFolder* found = job(id);
  if (found == nullptr) return bad_input("there is no such job", id);
  return submit(retried(found->description()));
}

void JobCenter::clear_finished() {
  if (!writable_) return;
  for (const JobFolder& job : jobs_)
    if (is_over(job.state())) static_cast<void>(remove_job(job.folder()));
  refresh();
}

void JobCenter::refresh() {
  if (study_.empty()) return;
  // New and removed jobs.
  std::vector<std::string> names;
  const QDir folder(text_of((study_ / "jobs").string()));
  if (watcher_.directories().isEmpty() && folder.exists()) watcher_.addPath(folder.path());
  const auto entries = folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
  bool other = false;
  for (const QString& entry : entries) {
    const std::string id = entry.toStdString();
    if (job(id) != nullptr) {
      names.push_back(id);
      continue;
    }
    auto added = JobFolder::open(study_ / "jobs" / id, kind_events_of);
    if (!added) continue;
    names.push_back(id);
    jobs_.push_back(std::move(*added));
    other = true;
  }
  other |= std::erase_if(jobs_, [&](const JobFolder& job) {
             return std::ranges::find(names, job.id()) == names.end();
           }) > 0;
  if (other) std::ranges::sort(jobs_, {}, &JobFolder::id);

  std::vector<std::string> advanced, over;
  for (JobFolder& job : jobs_) {
    if (is_over(job.state())) continue;
    const bool changed = job.refresh();
    if (changed) advanced.push_back(job.id());
    if (is_over(job.state())) over.push_back(job.id());
  }
  if (other) Q_EMIT jobs_changed();
  for (const std::string& id : advanced) Q_EMIT job_advanced(id);
  for (const std::string& id : over) {
    started_.erase(id);
    Q_EMIT job_over(id);
  }
  start_next();
  const int pace = running() > 0 || queued() > 0 ? fast_ms : slow_ms;
  if (timer_.interval() != pace) timer_.start(pace);
}

bool JobCenter::is_starting(const JobFolder& job) {
  const auto found = started_.find(job.id());
  if (found == started_.end()) return false;
  if (is_alive(found->second)) return true;
  // It is gone and never began: what it printed says why.
  std::ifstream log((job.folder() / "log").string());
  std::string last;
  for (std::string line; std::getline(log, line);)
    if (!line.empty()) last = line;
  const nlohmann::ordered_json event = {
      {"v", 1},
      {"t", 0},
      {"event", "failed"},
      {"code", "device"},
      {"message", last.empty() ? "the engine ended before it started" : last},
      {"hint", "see the log"}};
  std::ofstream(job.folder() / "events.jsonl", std::ios::app)
      << event.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  started_.erase(found);
  return false;
}

void JobCenter::start_next() {
  if (!writable_) return;
  JobFolder* next = nullptr;
  for (JobFolder& job : jobs_) {
    if (job.state() == JobState::running || job.state() == JobState::paused) return;
    if (job.state() != JobState::queued) continue;
    if (is_starting(job)) return;
    if (next == nullptr && !QFile::exists(text_of((job.folder() / "events.jsonl").string())))
      next = &job;
  }
  if (next != nullptr) start(*next);
}

void JobCenter::start(JobFolder& job) {
  QProcess process;
  process.setProgram(engine());
  QStringList words;
  // Only what was asked for in this window is trusted: a study that comes from elsewhere brings its
  // jobs along.
  const bool trusted = submitted_.contains(job.folder());
  bool withheld = false;
  for (const std::string& word : job.command()) {
    if (!trusted && word.starts_with("--trust"))
      withheld = true;
    else
      words << text_of(word);
  }
  if (withheld)
    if (QFile log(log_file(job)); log.open(QIODevice::Append))
      log.write(tr("started without --trust, which was not confirmed in this window\n").toUtf8());
  words << QStringLiteral("--quiet") << QStringLiteral("--job") << text_of(job.id());
  process.setArguments(words);
  process.setStandardInputFile(QProcess::nullDevice());
  process.setStandardOutputFile(QProcess::nullDevice());
  process.setStandardErrorFile(log_file(job), QIODevice::Append);
  qint64 id = 0;
  // Detached: in a session of its own, so that it goes on when this program does not.
  if (!process.program().isEmpty() && process.startDetached(&id)) {
    started_[job.id()] = id;
    Q_EMIT job_advanced(job.id());
    return;
  }
  QFile log(log_file(job));
  if (log.open(QIODevice::Append))
    log.write(tr("the engine cannot be started: %1\n")
                  .arg(process.program().isEmpty()
                           ? tr("plumbline-engine is neither beside this program nor on PATH")
                           : process.program())
                  .toUtf8());
  log.close();
  started_[job.id()] = -1;  // no process: is_starting() writes its last word
  static_cast<void>(is_starting(job));
  job.refresh();
  Q_EMIT job_over(job.id());
}

QString JobCenter::log_text(const std::string& id) const {
  const JobFolder* found = job(id);
  if (found == nullptr) return {};
  QStringList words{QStringLiteral("plumbline-engine")};
  for (const std::string& word : found->command()) words << text_of(word);
  QString text = shell_line(words) + QStringLiteral("\n\n");
  const JobLog& log = found->log();
  for (const std::string& note : log.notes) text += text_of(note) + QStringLiteral("\n");
  for (const JobWarning& warning : log.warnings)
    text +=
        tr("warning: %1%2%3\n")
            .arg(text_of(warning.sample), warning.sample.empty() ? QString() : QStringLiteral(": "),
                 text_of(warning.message));
  if (log.warning_count > static_cast<std::int64_t>(log.warnings.size()))
    text += tr("… %1 warnings in all\n").arg(log.warning_count);
  if (log.failure) {
    text += tr("%1: %2\n").arg(job_state_name(found->state()), job_end_words(*found));
  } else if (found->state() == JobState::ended) {
    text +=
        tr("The engine's process ended without saying why: it was killed, or it crashed. What it "
           "had committed is kept; Resume goes on from there.\n");
  } else if (log.summary) {
    text += tr("finished after %1\n").arg(duration_text(log.seconds));
  }
  QFile printed(log_file(*found));
  if (printed.open(QIODevice::ReadOnly)) {
    if (printed.size() > longest_log) printed.seek(printed.size() - longest_log);
    const QString rest = QString::fromUtf8(printed.readAll());
    if (!rest.trimmed().isEmpty()) text += QStringLiteral("\n") + rest;
  }
  return text;
}

}  // namespace plumbline
