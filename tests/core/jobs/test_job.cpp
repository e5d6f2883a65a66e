#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QDeadlineTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>

#include <nlohmann/json.hpp>

#include "core/jobs/file_lock.h"
#include "core/jobs/job.h"
#include "core/jobs/work_locks.h"
#include "tests/support/study_fixture.h"

using namespace plumbline;
using nlohmann::json;
using plumbline::test::value;

namespace {

JobOptions options_in(const QTemporaryDir& directory) {
  return {directory.path().toStdString(), "run", {"run", "s.plumb"}, false, true};
}

std::filesystem::path folder_of(const QTemporaryDir& directory, const Job& job) {
  return std::filesystem::path(directory.path().toStdString()) / "jobs" / job.id();
}

std::vector<json> events_in(const std::filesystem::path& folder) {
  std::ifstream stream(folder / "events.jsonl");
  std::vector<json> events;
  for (std::string line; std::getline(stream, line);) events.push_back(json::parse(line));
  return events;
}

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::app) << text;
}

}  // namespace

class TestJob : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void events_are_whole_lines_in_order();
  void progress_carries_rate_and_time_left();
  void progress_is_limited_in_number();
  void text_that_is_not_unicode_is_written();
  void failure_says_what_and_what_to_do();
  void the_last_word_is_what_the_work_did();
  void control_lines_are_followed();
  void a_control_line_counts_when_it_is_whole();
  void lock_is_held_while_the_job_lives();
  void lock_of_a_killed_process_is_free();
  void works_are_locked_together_or_named();
  void terminate_asks_to_stop();
};

void TestJob::events_are_whole_lines_in_order() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  job.metric("accuracy/m:identity", 0.8125, 64);
  job.warning("image", "cut off", "cat/1.jpg");
  job.finished({{"samples", 10}});
  const auto events = events_in(folder_of(directory, job));
  QCOMPARE(events.size(), std::size_t{4});
  double before = 0;
  for (const auto& event : events) {
    QCOMPARE(event["v"].get<int>(), event_version);
    QVERIFY(event["t"].get<double>() >= before);
    before = event["t"].get<double>();
  }
  QCOMPARE(events[0]["event"].get<std::string>(), std::string("started"));
  QCOMPARE(events[1]["value"].get<double>(), 0.8125);
  QCOMPARE(events[2]["sample"].get<std::string>(), std::string("cat/1.jpg"));
  QCOMPARE(events[3]["summary"]["samples"].get<int>(), 10);
  const auto description = json::parse(std::ifstream(folder_of(directory, job) / "job.json"));
  QCOMPARE(description["command"], json({"run", "s.plumb"}));
}

void TestJob::progress_carries_rate_and_time_left() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  // A resumed job begins at 400, which do not count in its rate.
  job.progress("computing", 400, 1'000'000'000, "samples");
  std::vector<json> events;
  std::int64_t done = 400;
  for (const QDeadlineTimer late(10'000); events.size() < 3 && !late.hasExpired();) {
    job.progress("computing", ++done, 1'000'000'000, "samples");
    events = events_in(folder_of(directory, job));
  }
  QCOMPARE(events.size(), std::size_t{3});
  QVERIFY(!events[1].contains("rate"));
  const double seconds = events[2]["t"].get<double>() - events[1]["t"].get<double>();
  QVERIFY2(seconds >= 0.099, qPrintable(QString::number(seconds)));
  const double counted = events[2]["done"].get<double>() - 400;
  const double rate = events[2]["rate"], left = events[2]["eta_s"];
  // Times are written in milliseconds, rates in tenths.
  QVERIFY2(std::abs(rate * seconds - counted) < 0.02 * counted + 1,
           qPrintable(QString::number(rate)));
  QVERIFY(std::abs(left * rate / (1e9 - 400 - counted) - 1) < 0.02);
}

void TestJob::progress_is_limited_in_number() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  for (int i = 0; i <= 10'000; ++i) job.progress("computing", i, 10'000, "samples");
  const auto events = events_in(folder_of(directory, job));
  QVERIFY(events.size() < 200);
  QCOMPARE(events.back()["done"].get<int>(), 10'000);  // but the last one is always there
}

void TestJob::text_that_is_not_unicode_is_written() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  job.warning("image", "cut off", "caf\xe9.jpg");
  QCOMPARE(events_in(folder_of(directory, job))[1]["code"].get<std::string>(),
           std::string("image"));
}

void TestJob::failure_says_what_and_what_to_do() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  job.failed({ErrorKind::device, "out of memory", "cuda:0", "take a smaller batch"});
  const auto event = events_in(folder_of(directory, job))[1];
  QCOMPARE(event["code"].get<std::string>(), std::string("device"));
  QCOMPARE(event["message"].get<std::string>(), std::string("cuda:0: out of memory"));
  QCOMPARE(event["hint"].get<std::string>(), std::string("take a smaller batch"));
}

void TestJob::the_last_word_is_what_the_work_did() {
  const QTemporaryDir directory;
  std::filesystem::path folder;
  const auto done = run_job(options_in(directory), [&](Job& job) -> Result<nlohmann::ordered_json> {
    folder = folder_of(directory, job);
    return nlohmann::ordered_json{{"samples", 10}};
  });
  QCOMPARE((*done)["samples"].get<int>(), 10);
  QCOMPARE(events_in(folder).back()["summary"]["samples"].get<int>(), 10);
  // The lock is free: the job is over when its last word is written.
  QVERIFY(value(FileLock::try_lock(folder / "lock")).has_value());

  JobOptions next = options_in(directory);
  next.id = "next";
  const auto failed = run_job(next, [&](Job&) -> Result<nlohmann::ordered_json> {
    return bad_input("the file is cut off", "a.npy");
  });
  QCOMPARE(to_string(failed.error()), std::string("a.npy: the file is cut off"));
  folder = folder.parent_path() / "next";
  QCOMPARE(events_in(folder).back()["code"].get<std::string>(), std::string("bad_input"));
  // What cannot begin does no work.
  const auto twice = run_job(next, [&](Job&) -> Result<nlohmann::ordered_json> {
    qFatal("a job that has ended was begun again");
  });
  QVERIFY(!twice.has_value());
}

void TestJob::control_lines_are_followed() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  const auto control = folder_of(directory, job) / "control";
  QVERIFY(!job.should_stop());
  append(control, "pause\n");
  auto stopped = std::async(std::launch::async, [&] { return job.should_stop(); });
  QVERIFY(stopped.wait_for(std::chrono::milliseconds(250)) == std::future_status::timeout);
  QCOMPARE(events_in(folder_of(directory, job)).back()["event"].get<std::string>(),
           std::string("paused"));
  append(control, "resume\n");
  QVERIFY(!stopped.get());
  QCOMPARE(events_in(folder_of(directory, job)).back()["event"].get<std::string>(),
           std::string("resumed"));
  append(control, "nonsense\ncancel\n");
  QVERIFY(job.should_stop());
}

void TestJob::a_control_line_counts_when_it_is_whole() {
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  const auto control = folder_of(directory, job) / "control";
  append(control, "can");
  QVERIFY(!job.should_stop());
  append(control, "cel\n");
  QVERIFY(job.should_stop());
}

void TestJob::lock_is_held_while_the_job_lives() {
  const QTemporaryDir directory;
  std::filesystem::path lock;
  {
    auto job = value(Job::begin(options_in(directory)));
    lock = folder_of(directory, job) / "lock";
    QVERIFY(!value(FileLock::try_lock(lock)));
  }
  QVERIFY(value(FileLock::try_lock(lock)).has_value());
}

void TestJob::lock_of_a_killed_process_is_free() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("lock").toStdString();
  int ready[2];
  QCOMPARE(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_lock(file);
    const char held = lock && *lock ? 'y' : 'n';
    if (::write(ready[1], &held, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char held = 0;
  QCOMPARE(::read(ready[0], &held, 1), ssize_t{1});
  QCOMPARE(held, 'y');
  QVERIFY(!value(FileLock::try_lock(file)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  QVERIFY(value(FileLock::try_lock(file)).has_value());
}

void TestJob::works_are_locked_together_or_named() {
  const QTemporaryDir directory;
  const std::filesystem::path study = directory.path().toStdString();
  {
    const auto locks = value(lock_works(study, {"run a", "search s"}));
    QCOMPARE(locks.size(), std::size_t{2});
    const auto again = lock_works(study, {"run b", "run a"});
    QVERIFY(!again);
    QCOMPARE(again.error().message, std::string("a job is working on it: run a"));
    // What was taken before it is given back.
    QCOMPARE(value(lock_works(study, {"run b"})).size(), std::size_t{1});
  }
  QCOMPARE(value(lock_works(study, {"run a", "search s", "run b"})).size(), std::size_t{3});
}

void TestJob::terminate_asks_to_stop() {
  // This test is the last: the request stays for the rest of the process.
  const QTemporaryDir directory;
  auto job = value(Job::begin(options_in(directory)));
  ::raise(SIGTERM);
  QVERIFY(job.should_stop());
}

int test_job(int argc, char** argv) {
  TestJob test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_job.moc"
