#include "tests/core/study/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestStudy, TestBoxes, TestModelCard, TestModelOutput, TestStudyPredictionStore, TestRunVotes,
                 TestClassMatch, TestImportPredictions, TestRemarks, TestViewPicture, TestNetworks,
                 TestSearches, TestSearchFront, TestTextParts>(argc, argv);
}
