#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/jobs/job.h"
#include "core/jobs/job_figures.h"
#include "core/jobs/job_folder.h"
#include "tests/support/study_fixture.h"

using namespace plumbline;
using plumbline::test::succeed;
using plumbline::test::value;

namespace {

std::filesystem::path study_in(const QTemporaryDir& directory) {
  return directory.path().toStdString();
}

JobOptions described(const QTemporaryDir& directory, const std::string& id) {
  return {study_in(directory), "run", {"run", "s.plumb"}, false, true, id};
}

}  // namespace

class TestJobFolder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_job_from_its_description_to_its_end() {
    const QTemporaryDir directory;
    const auto id = value(
        describe_job(study_in(directory), describe_command("run", {"run", "s", "--name", "r"})));
    auto followed = value(JobFolder::open(study_in(directory) / "jobs" / id));
    QCOMPARE(followed.state(), JobState::queued);
    QCOMPARE(followed.kind(), std::string("run"));
    QCOMPARE(followed.command(), (std::vector<std::string>{"run", "s", "--name", "r"}));
    {
      auto job = value(Job::begin(described(directory, id)));
      QCOMPARE(job.id(), id);
      QVERIFY(followed.refresh());
      QCOMPARE(followed.state(), JobState::running);
      job.progress("computing", 3, 10, "predictions");
      succeed(control_job(followed.folder(), "pause"));
      QVERIFY(followed.refresh());
      QCOMPARE(followed.state(), JobState::paused);
      QCOMPARE(followed.log().done, 3);
      succeed(control_job(followed.folder(), "resume"));
      QVERIFY(followed.refresh());
      QCOMPARE(followed.state(), JobState::running);
      QVERIFY(!job.should_stop());
      QVERIFY(!followed.refresh());  // nothing is new
      QVERIFY(!remove_job(followed.folder()));
      job.finished({{"samples", 10}});
    }
    QVERIFY(followed.refresh());
    QCOMPARE(followed.state(), JobState::finished);
    succeed(remove_job(followed.folder()));
    QVERIFY(jobs_of(study_in(directory)).empty());
  }

  void cancelled_and_failed_are_told_apart() {
    const QTemporaryDir directory;
    for (const bool cancelled : {true, false}) {
      const auto id = value(describe_job(study_in(directory), describe_command("run", {})));
      {
        auto job = value(Job::begin(described(directory, id)));
        job.failed(cancelled ? cancelled_error("go on")
                             : Error{ErrorKind::device, "no memory", "", ""});
      }
      const auto folder = value(JobFolder::open(study_in(directory) / "jobs" / id));
      QCOMPARE(folder.state(), cancelled ? JobState::cancelled : JobState::failed);
    }
  }

  void a_killed_process_is_seen() {
    const QTemporaryDir directory;
    const auto id = value(describe_job(study_in(directory), describe_command("run", {})));
    int ready[2];
    QCOMPARE(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto job = Job::begin(described(directory, id));
      const char sign = job ? 'y' : 'n';
      if (::write(ready[1], &sign, 1) != 1) ::_exit(2);
      ::pause();
      ::_exit(0);
    }
    char sign = 0;
    QCOMPARE(::read(ready[0], &sign, 1), ssize_t{1});
    QCOMPARE(sign, 'y');
    auto followed = value(JobFolder::open(study_in(directory) / "jobs" / id));
    QCOMPARE(followed.state(), JobState::running);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    QVERIFY(followed.refresh());
    QCOMPARE(followed.state(), JobState::ended);
    QVERIFY(is_over(followed.state()));
  }

  void a_job_is_not_begun_twice() {
    const QTemporaryDir directory;
    const auto id = value(describe_job(study_in(directory), describe_command("run", {})));
    {
      QVERIFY(Job::begin(described(directory, id)).has_value());
    }
    QVERIFY(!Job::begin(described(directory, id)));
    for (const char* name : {"../../x", ".hidden", "a/b"})
      QVERIFY(!Job::begin(described(directory, name)));
  }

  void figures_are_of_the_phase_and_of_how_the_job_stands() {
    const QTemporaryDir directory;
    const auto id = value(describe_job(study_in(directory), describe_command("run", {})));
    auto followed = value(JobFolder::open(study_in(directory) / "jobs" / id));
    QVERIFY(!figures_of(followed).amount.has_value());
    QCOMPARE(figures_of(followed).share, 0.0);
    {
      auto job = value(Job::begin(described(directory, id)));
      job.event("progress", {{"done", 30},
                             {"total", 120},
                             {"phase", "computing"},
                             {"unit", "predictions"},
                             {"rate", 4.5},
                             {"eta_s", 20.0}});
      QVERIFY(followed.refresh());
      const JobFigures running = figures_of(followed);
      QVERIFY(running.amount.has_value());
      QCOMPARE(running.amount->done, 30);
      QCOMPARE(running.amount->total, 120);
      QCOMPARE(running.share, 0.25);
      QCOMPARE(running.per_second, std::optional(4.5));
      QCOMPARE(running.seconds_left, std::optional(20.0));
      QVERIFY(!running.seconds_taken.has_value());
      // What stands still has neither a rate nor an end.
      succeed(control_job(followed.folder(), "pause"));
      QVERIFY(followed.refresh());
      const JobFigures paused = figures_of(followed);
      QCOMPARE(paused.share, 0.25);
      QVERIFY(!paused.per_second.has_value() && !paused.seconds_left.has_value());
      job.finished({{"samples", 120}});
    }
    QVERIFY(followed.refresh());
    const JobFigures finished = figures_of(followed);
    QCOMPARE(finished.amount->done, 30);
    QCOMPARE(finished.share, 1.0);
    QVERIFY(!finished.per_second.has_value() && !finished.seconds_left.has_value());
    QCOMPARE(finished.seconds_taken.value_or(0), followed.log().seconds);
  }

  void jobs_are_counted_by_how_they_stand() {
    const QTemporaryDir directory;
    const auto describe = [&] {
      return value(describe_job(study_in(directory), describe_command("run", {})));
    };
    const auto begin = [&] { return value(Job::begin(described(directory, describe()))); };
    const std::vector<std::string> queued{describe(), describe()};
    {
      auto job = begin();
      job.finished({{"samples", 1}});
    }
    for (const bool cancelled : {true, false}) {
      auto job = begin();
      job.failed(cancelled ? cancelled_error("go on")
                           : Error{ErrorKind::device, "no memory", "", ""});
    }
    {
      const auto gone_without_a_word = begin();
    }
    const auto running = begin();
    const JobCounts counts = count_jobs(jobs_of(study_in(directory)));
    QCOMPARE(counts.running, 1);
    QCOMPARE(counts.queued, std::ssize(queued));
    QCOMPARE(counts.finished, 1);
    QCOMPARE(counts.failed, 2);
    QCOMPARE(counts.cancelled, 1);
  }

  void the_queue_keeps_its_order() {
    const QTemporaryDir directory;
    std::vector<std::string> ids;
    for (int i = 0; i < 12; ++i)
      ids.push_back(
          value(describe_job(study_in(directory), describe_command("run", {std::to_string(i)}))));
    const auto jobs = jobs_of(study_in(directory));
    QCOMPARE(jobs.size(), ids.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) QCOMPARE(jobs[i].command()[0], std::to_string(i));
  }

  void what_is_no_job_is_left_out() {
    const QTemporaryDir directory;
    const auto jobs = study_in(directory) / "jobs";
    std::filesystem::create_directories(jobs / "empty");
    std::filesystem::create_directories(jobs / "garbage");
    std::filesystem::create_directories(jobs / "huge");
    std::ofstream(jobs / "garbage" / "job.json") << "{\"kind\": ";
    std::ofstream(jobs / "huge" / "job.json") << std::string(2 << 20, ' ') << "{}";
    std::ofstream(jobs / "run r.lock") << "";
    QVERIFY(jobs_of(study_in(directory)).empty());
    const auto id = value(describe_job(study_in(directory), describe_command("import", {})));
    QCOMPARE(jobs_of(study_in(directory)).size(), std::size_t{1});
  }
};

int test_job_folder(int argc, char** argv) {
  TestJobFolder test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_job_folder.moc"
