#include <QCoreApplication>

#include "tests/app/rank_tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  const QCoreApplication app(argc, argv);
  return run_all<TestRanks, TestMerge>(argc, argv);
}
