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
  QCOMPARE(contents.runs[0].predictions, std::vector<std::int64_t>{360});
  QCOMPARE(contents.runs[0].all_predictions(), 360);
  // Of one in another precision nothing is computed yet.
  QCOMPARE(contents.runs[1].info.name, std::string("later"));
  QCOMPARE(contents.runs[1].all_predictions(), 0);
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
