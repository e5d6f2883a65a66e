#include "tests/core/planer/front/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestLatencyTable, TestEnergyTable, TestLossIncrements, TestSurrogate,
                 TestLikeliest, TestMostParameters, TestPrediction>(argc, argv);
}
