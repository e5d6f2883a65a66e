#include <QGuiApplication>
#include "tests/app/decision_tests.h"

#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QGuiApplication app(argc, argv);
  return run_all<TestDecisions, TestReadingCommands, TestWindowCommands, TestApply,
                 TestEnergyFigures>(argc, argv);
}
