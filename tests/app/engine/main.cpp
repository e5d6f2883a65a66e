#include <QCoreApplication>

#include "tests/app/engine/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestFindLibtorch, TestProgramOutput>(argc, argv);
}
