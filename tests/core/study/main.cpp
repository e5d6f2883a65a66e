#include "tests/core/study/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  QCoreApplication app(argc, argv);
  return run_all<TestStudy, TestModelCard, TestReductionCache, TestModelOutput,
                 TestStudyPredictionStore, TestRowWriter, TestRunVotes, TestRunEnergies,
                 TestClassMatch, TestImportPredictions, TestOutputKind, TestRemarks,
                 TestViewPicture, TestNetworks, TestNetworkUpkeep, TestNetworkEnergies, TestBoxes,
                 TestSearches, TestSearchFront, TestCopySearch, TestTextParts, TestBoxMapping,
                 TestModelTrust, TestStudyContents>(argc, argv);
}
