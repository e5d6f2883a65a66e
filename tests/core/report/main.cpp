#include <QCoreApplication>

#include "tests/core/report/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestReportFigures, TestReport, TestReportNumbers, TestReportSections,
                 TestReportFiles>(argc, argv);
}
