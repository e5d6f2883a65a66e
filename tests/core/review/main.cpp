#include <QCoreApplication>

#include "tests/core/review/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestBoxReview, TestComparison, TestExportRun, TestItemRemarks, TestItems,
                 TestItemSelection, TestLedgerCache, TestNameIndex, TestQuery, TestReviewKind,
                 TestRunEstimate, TestLiveRun, TestDecisionFigures>(argc, argv);
}
