#include "tests/core/engine/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestArchitectures, TestDetectorTraining, TestSharedTraining, TestTrainer>(argc,
                                                                                           argv);
}
