#include <QtTest>

#include <cmath>

#include "core/jobs/job.h"
#include "core/metrics/proportion.h"
#include "core/review/live_run.h"
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
