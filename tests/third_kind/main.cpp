#include <QApplication>
#include <QStandardPaths>

#include "tests/support/run_tests.h"
#include "tests/third_kind/tests.h"
#include "widgets/style/theme.h"

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  const QApplication application(argc, argv);
  plumbline::apply_theme(plumbline::Theme::light);
  return plumbline::test::run_all<plumbline::test::TestThirdKind>(argc, argv);
}
