#include "tests/core/engine/inference_tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestNetworkOutput, TestModelCheck, TestShardComputer, TestShardCourse,
                 TestBatchLoader, TestBatchUpload, TestDeviceCanvas, TestDeviceJpeg, TestRunPlan,
                 TestSmallerBatches, TestNumberKind, TestTorchScriptPrecision, TestFuseConvolutions,
                 TestBoxHead>(argc, argv);
}
