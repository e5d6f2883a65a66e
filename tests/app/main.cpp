#include <QGuiApplication>
#include "tests/app/tests.h"

#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QGuiApplication app(argc, argv);
  return run_all<TestCommands, TestHostileModels, TestPackages, TestOutputs, TestUpkeep,
                 TestFailures, TestExplain, TestDemo, TestKillAndResume, TestTrain,
                 TestPlanerCommands, TestPlanerJobs, TestPlanerResume, TestCases, TestRealImages,
                 TestDetectors>(argc, argv);
}
