#include <QtTest>

#include <cmath>

#include "core/jobs/job.h"
#include "core/metrics/proportion.h"
#include "core/review/live_run.h"
#include "core/review/run_course.h"
#include "core/review/training_course.h"
#include "tests/core/review/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

JobOptions job_of(const StudyFixture& fixture, const std::string& run) {
  return {fixture.folder(), "run", {"run", "s.plumb"}, false, true, "", RunWork{run, "", {}, {}}};
}

}  // namespace

void TestLiveRun::a_run_is_watched_while_it_is_computed() {
  StudyFixture fixture(100);
  fixture.add_run("r", 2);
  const auto nobody = watch_run(fixture.study, "r");
  QVERIFY(!nobody && nobody.error().kind == ErrorKind::bad_input);
  QVERIFY(nobody.error().message.find("'r'") != std::string::npos);
  std::string id;
  {
    auto job = value(Job::begin(job_of(fixture, "r")));
    id = job.id();
    job.progress("computing", 50, 200, "predictions");
    job.metric("accuracy/m0:identity", 0.8, 50);
    const auto watched = value(watch_run(fixture.study, "r"));
    QCOMPARE(watched.job.id(), id);
    QCOMPARE(watched.job.state(), JobState::running);
    QCOMPARE(watched.job.log().done, 50);
    // The job names no data set, voters or split: they are those of the run that exists.
    QCOMPARE(watched.work.dataset, std::string("d"));
    QCOMPARE(watched.work.splits, (std::vector<std::string>{"test"}));
    QCOMPARE(watched.run.samples, 100);
    QCOMPARE(watched.run.voters.size(), std::size_t{2});
    const LiveVoter& first = watched.run.voters[0];
    QCOMPARE(first.samples, 50);
    QCOMPARE(*first.accuracy, 0.8);
    const Interval wilson = wilson_interval(40, 50);
    QVERIFY(std::abs(*first.half_width - (wilson.high - wilson.low) / 2) < 1e-12);
    QVERIFY(!watched.run.voters[1].accuracy && !watched.run.voters[1].half_width);
    // One that waits for its turn does not take the place of one that works.
    value(describe_job(fixture.folder(), {"run", {"run"}, RunWork{"r", "d", {"test"}, {}}}));
    QCOMPARE(value(watch_run(fixture.study, "r")).job.id(), id);
    job.finished({{"samples", 100}});
  }
  const auto last = value(watch_run(fixture.study, "r"));
  QCOMPARE(last.job.id(), id);
  QCOMPARE(last.job.state(), JobState::finished);
  QVERIFY(!watch_run(fixture.study, "s"));
}

/// Of a voter without a figure there is none, of one that was there before one figure.
void TestLiveRun::shares_have_a_course() {
  const std::vector<Voter> voters{{"a", View()}, {"b", View()}, {"c", View()}};
  JobLog log;
  log.feed(
      R"({"v":1,"t":1,"event":"metric","name":"accuracy/b:identity","value":0.5,"step":10}
{"v":1,"t":2,"event":"metric","name":"accuracy/b:identity","value":0.8,"step":100}
{"v":1,"t":2,"event":"metric","name":"accuracy/c:identity","value":0.9,"step":100}
{"v":1,"t":2,"event":"metric","name":"accuracy/mean","value":0.85,"step":100}
)");
  const RunCourse course = run_course(voters, log);
  QVERIFY(!course.of_objects);
  QCOMPARE(course.voters.size(), std::size_t{2});
  const VoterCourse& computed = course.voters[0];
  QCOMPARE(computed.voter, std::size_t{1});
  QCOMPARE(computed.points.size(), std::size_t{2});
  QVERIFY(!computed.is_level() && course.voters[1].is_level());
  QCOMPARE(computed.points[1].step, 100);
  QCOMPARE(computed.points[1].value, 0.8);
  // Wilson's of 80 of 100.
  QCOMPARE(computed.intervals.size(), std::size_t{2});
  QVERIFY(std::abs(computed.intervals[1].low - 0.7112) < 1e-4);
  QVERIFY(std::abs(computed.intervals[1].high - 0.8666) < 1e-4);
  QCOMPARE(course.mean.size(), std::size_t{1});
  QCOMPARE(course.mean[0].value, 0.85);
  // How many objects a share is of is not known.
  JobLog of_objects;
  of_objects.feed(
      R"({"v":1,"t":1,"event":"metric","name":"found/a:identity","value":0.25,"step":10}
)");
  const RunCourse boxes = run_course(voters, of_objects);
  QVERIFY(boxes.of_objects && boxes.mean.empty());
  QCOMPARE(boxes.voters.size(), std::size_t{1});
  QCOMPARE(boxes.voters[0].points[0].value, 0.25);
  QVERIFY(boxes.voters[0].intervals.empty());
}

void TestLiveRun::a_training_has_a_course() {
  JobLog log;
  QCOMPARE(training_course(3, log).epoch_of(100), 0.0);
  log.feed(
      R"({"v":1,"t":1,"event":"progress","done":900,"total":900,"phase":"reading images"}
{"v":1,"t":2,"event":"progress","done":300,"total":1200,"phase":"epoch 2 of 4"}
{"v":1,"t":2,"event":"metric","name":"loss/train","value":2.5,"step":150}
{"v":1,"t":2,"event":"metric","name":"loss/train","value":1.5,"step":300}
{"v":1,"t":2,"event":"metric","name":"accuracy/train","value":0.5,"step":300}
{"v":1,"t":2,"event":"metric","name":"loss/validation","value":1.75,"step":300}
)");
  const TrainingCourse course = training_course(4, log);
  QVERIFY(!course.of_objects);
  QCOMPARE(course.images, 1200);
  QCOMPARE(course.epoch_of(150), 0.5);
  QCOMPARE(course.loss.size(), std::size_t{2});
  QCOMPARE(course.loss[1].value, 1.5);
  QCOMPARE(course.accuracy[0].value, 0.5);
  QCOMPARE(course.validation_loss[0].value, 1.75);
  QVERIFY(course.validation_accuracy.empty());
  // After the epochs the total is of other work; of a detector objects are found.
  log.feed(
      R"({"v":1,"t":3,"event":"metric","name":"loss/train","value":1.0,"step":1200}
{"v":1,"t":3,"event":"metric","name":"found/train","value":0.75,"step":1200}
{"v":1,"t":3,"event":"progress","done":1,"total":50,"phase":"measuring"}
)");
  const TrainingCourse over = training_course(4, log);
  QCOMPARE(over.images, 1200);
  QVERIFY(over.of_objects);
  QCOMPARE(over.accuracy[0].value, 0.75);
}

void TestLiveRun::a_renamed_data_set_is_followed() {
  StudyFixture fixture(100);
  const RunInfo run = fixture.add_run("r", 2);
  const RunWork then{"r", "d", {"test"}, run.voters};
  {
    auto job =
        value(Job::begin({fixture.folder(), "run", {"run", "s.plumb"}, false, true, "", then}));
    job.finished({{"samples", 100}});
  }
  succeed(fixture.study.rename_entry(StudyEntry::dataset, "d", "photos"));
  const WatchedRun watched = value(watch_run(fixture.study, "r"));
  QCOMPARE(watched.work, (RunWork{"r", "photos", {"test"}, run.voters}));
  QCOMPARE(watched.run.samples, 100);
  // Of a run that there is not yet nothing is known but what its job says.
  const auto runs = value(fixture.study.runs());
  const auto datasets = value(fixture.study.datasets());
  const WorkNow planned = work_now({"q", "photos", {"test"}, {}}, runs, datasets);
  QCOMPARE(planned.work, (RunWork{"q", "photos", {"test"}, {}}));
  QCOMPARE(planned.samples, 100);
  const WorkNow lost = work_now({"q", "d", {"test"}, {}}, runs, datasets);
  QCOMPARE(lost.work.dataset, std::string("d"));
  QCOMPARE(lost.samples, 0);
}

}  // namespace plumbline::test
