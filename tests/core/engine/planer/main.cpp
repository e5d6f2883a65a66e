#include "tests/core/engine/planer/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestAttention, TestLanguageModel, TestWeightTraining, TestSharedCourse,
                 TestArchitectureSearch, TestNetworkExport, TestNetworkImport, TestNetworkWords,
                 TestEnergySearch>(argc, argv);
}
