#include <QCoreApplication>

#include "tests/house/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  const QCoreApplication app(argc, argv);
  return run_all<TestIncludes, TestFolderCircles, TestTypeNames, TestLinkage, TestDocuments>(argc,
                                                                                             argv);
}
