#include "tests/core/engine/energy_tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestEnergyCounters, TestEnergyMeasurement, TestVoterEnergy, TestDeviceFailure>(
      argc, argv);
}
