#include "tests/core/predictions/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestClassPredictions, TestBoxPredictions, TestPredictionStore>(argc, argv);
}
