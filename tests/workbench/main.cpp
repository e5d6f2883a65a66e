#include <QApplication>
#include <QStandardPaths>

#include "widgets/style/theme.h"

int test_workbench(int argc, char** argv);

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
  const QApplication application(argc, argv);
  plumbline::apply_theme(plumbline::Theme::light);
  return test_workbench(argc, argv) == 0 ? 0 : 1;
}
