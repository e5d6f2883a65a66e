#include <QApplication>
#include <QStandardPaths>

#include "tests/planer_page/tests.h"
#include "widgets/style/theme.h"

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  const QApplication application(argc, argv);
  plumbline::apply_theme(plumbline::Theme::light);
  int failures = 0;
  for (const auto run : {test_network_dialogs, test_planer_models, test_planer_page,
                         test_planer_launch, test_planer_stream})
    failures += run(argc, argv);
  return failures == 0 ? 0 : 1;
}
