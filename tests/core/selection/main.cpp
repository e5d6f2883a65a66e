#include <QCoreApplication>

#include "tests/core/selection/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestBootstrap, TestOperatingPoints, TestCertificate, TestHarm, TestSubsetSearch,
                 TestVoterPairs, TestBoxRule>(argc, argv);
}
