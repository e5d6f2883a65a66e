#include <QCoreApplication>

#include "tests/core/decision/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestPolicies, TestPolicyText, TestBoundPolicies, TestLearningPolicies,
                 TestEqualKept, TestMetrics, TestLosses, TestIntervals, TestDecisionCurves>(argc,
                                                                                            argv);
}
