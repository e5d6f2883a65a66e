#include "tests/core/engine/rank_tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestRankEnvironment, TestRankShare, TestRankStore>(argc, argv);
}
