#include <QTemporaryDir>
#include <QtTest>

#include "core/study/study_contents.h"
#include "tests/core/study/tests.h"
#include "tests/support/planer_study.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestStudyContents::predictions_are_samples_times_voters() {
  StudyFixture fixture(120);
  QVERIFY(value(study_contents(fixture.study)).runs.empty());
  fixture.add_run("r", 3);
  RunInfo later = value(fixture.study.run("r"));
  later.name = "later";
  later.precision = "bf16";
  succeed(fixture.study.add_run(later));
  const auto contents = value(study_contents(fixture.study));
  QCOMPARE(contents.datasets.size(), std::size_t{1});
  QCOMPARE(contents.datasets[0].splits[0].samples, 120);
  QCOMPARE(contents.models.size(), std::size_t{3});
  QCOMPARE(contents.runs.size(), std::size_t{2});
  QCOMPARE(contents.runs[0].predictions.size(), std::size_t{1});
  QCOMPARE(value(contents.runs[0].predictions[0]), 360);
  QCOMPARE(value(contents.runs[0].all_predictions()), 360);
  // Of one in another precision nothing is computed yet.
  QCOMPARE(contents.runs[1].info.name, std::string("later"));
  QCOMPARE(value(contents.runs[1].all_predictions()), 0);
}

void TestStudyContents::what_cannot_be_read_is_not_zero() {
  StudyFixture fixture(120);
  fixture.add_run("r", 3);
  // As damage leaves it: a voter of a model that the study does not have.
  RunInfo lost = value(fixture.study.run("r"));
  lost.name = "lost";
  lost.voters[1].model = "gone";
  succeed(fixture.study.add_run(lost));
  const auto contents = value(study_contents(fixture.study));
  QCOMPARE(contents.runs.size(), std::size_t{2});
  QCOMPARE(value(contents.runs[0].all_predictions()), 360);
  QVERIFY(!contents.runs[1].predictions[0]);
  const auto all = contents.runs[1].all_predictions();
  QVERIFY(!all && all.error().message == "there is no model 'gone'");
}

void TestStudyContents::a_search_counts_what_it_found() {
  const QTemporaryDir directory;
  const PlanerStudy made = PlanerStudy::make(directory.filePath("words.plumb").toStdString());
  const auto contents = value(study_contents(made.study));
  QCOMPARE(contents.searches.size(), std::size_t{2});
  std::int64_t all = 0;
  for (const CountedSearch& search : contents.searches) {
    std::int64_t found = 0;
    for (const NetworkInfo& network : value(made.study.networks()))
      found += network.search == search.info.name && network.origin == NetworkOrigin::found;
    QCOMPARE(search.found, found);
    all += found;
  }
  QCOMPARE(all, 4);
}

}  // namespace plumbline::test
