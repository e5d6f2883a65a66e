#include "tests/core/planer/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestArchitecture, TestBackboneConfig, TestKeyMap, TestSearchEvents>(argc, argv);
}
