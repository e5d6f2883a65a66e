#include "tests/kernels/views/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestPlacement, TestGeometricViews, TestIntensityViews>(argc, argv);
}
