#pragma once
#include <QFileSystemWatcher>
#include <QObject>
#include <QStringList>
#include <QTimer>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/jobs/job_folder.h"

namespace plumbline {

/// The jobs of the open study: starts the engine for them, one after the other, and follows their
/// files. The engine is detached, so that it outlives this program; whatever this object knows it
/// reads from `jobs/`, so that a program that starts later knows the same.
class JobCenter : public QObject {
  Q_OBJECT
 public:
  explicit JobCenter(QObject* parent = nullptr);

  /// Follows this study's jobs from now on; empty: none. Where the study can only be read, no job
  /// can be submitted, paused, resumed, cancelled or cleared: each of them writes to its folder.
  void set_study(const std::filesystem::path& folder, bool writable = true);
  bool takes_jobs() const { return !study_.empty() && writable_; }
  QString obstacle() const;  ///< why it takes no jobs, as a sentence; empty where it does
  /// The program that is started; by default `plumbline-engine` beside this program, then on PATH.
  void set_engine(const QString& program) { engine_ = program; }
  QString engine() const;

  /// Queues a job of the engine; it starts once nothing else of the queue is running.
  Result<std::string> submit(const JobDescription& description);
  /// The same by its parts.
  Result<std::string> submit(const std::string& kind, const QStringList& words, JobSubject subject);
  Result<void> pause(const std::string& id);
  Result<void> resume(const std::string& id);  ///< of a paused job
  Result<void> cancel(const std::string& id);  ///< a queued one is removed
  /// Queues a job that is over once more, by what its subject says a retry is: a run goes on where
  /// it stopped.
  Result<std::string> run_again(const std::string& id);
  /// Takes what is over off the list, files included.
  void clear_finished();

  const std::vector<JobFolder>& jobs() const { return jobs_; }  ///< oldest first
  const JobFolder* job(const std::string& id) const;
  QString log_text(const std::string& id) const;  ///< events in words, and what the engine printed
  int running() const;
  int queued() const;

  /// Reads the files now; else they are read ten times a second while a job is at work.
  void refresh();

 Q_SIGNALS:
  void jobs_changed();                       ///< there are others, or in another order
  void job_advanced(const std::string& id);  ///< something of it is new
  void job_over(const std::string& id);      ///< finished, failed, cancelled or interrupted

 private:
  Result<void> may_write() const;
  void start_next();
  void start(JobFolder& job);
  bool is_starting(const JobFolder& job);

  std::filesystem::path study_;
  bool writable_ = true;
  QString engine_;
  std::vector<JobFolder> jobs_;
  /// Folders of jobs that were asked for in this window: an id is a time, which another study's job
  /// may have, too.
  std::set<std::filesystem::path> submitted_;
  std::map<std::string, qint64> started_;  ///< process of a job that this program has started
  QFileSystemWatcher watcher_;
  QTimer timer_;
};

}  // namespace plumbline
