#include "tests/kernels/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestViewSynthesis, TestAtenViews, TestResamplePlan, TestConvolution3x3,
                 TestPanelProduct, TestPreparedConvolution, TestExpertFeedForward,
                 TestRelativeAttention, TestRoutedExperts, TestResidualNorm, TestBoxSuppression>(
      argc, argv);
}
