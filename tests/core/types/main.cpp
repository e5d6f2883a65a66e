#include "tests/core/types/tests.h"
#include "tests/support/run_tests.h"

int main(int argc, char** argv) {
  using namespace plumbline::test;
  return run_all<TestError, TestListText, TestNamedTable, TestNumber, TestPlainName,
                 TestVisibleText, TestView, TestVoter>(argc, argv);
}
