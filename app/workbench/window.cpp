#include "app/workbench/window.h"

#include <QApplication>
#include <QIcon>

#include <cstdlib>

#include "core/study/study.h"
#include "widgets/page/settings.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

namespace plumbline {

namespace {

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

QIcon program_icon() {
  QIcon icon;
  for (const int size : {16, 24, 32, 48, 64, 128, 256})
    icon.addFile(QStringLiteral(":/icons/plumbline-%1.png").arg(size));
  return icon;
}

}  // namespace

Result<void> show_window(const std::string& study, char* program) {
  // Before a window appears: a study that cannot be opened is the command line's affair.
  if (!study.empty()) {
    const auto readable = Study::open(study, Access::read_only);
    TRY(readable);
  }
  if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("QT_QPA_PLATFORM"))
    return fail(ErrorKind::device, "there is no display", {},
                "without one: plumbline screenshot STUDY -o F.png");
  int count = 1;
  char* words[] = {program, nullptr};
  const QApplication application(count, words);
  QApplication::setWindowIcon(program_icon());
  // By this Wayland finds the icon: packaging/plumbline.desktop.
  QGuiApplication::setDesktopFileName(QStringLiteral("plumbline"));
  auto settings = std::make_unique<Settings>();
  apply_theme(settings->theme().value_or(system_theme()));
  MainWindow window(std::move(settings));
  if (!study.empty())
    if (auto opened = window.open_study(QString::fromStdString(study)); !opened) return opened;
  window.show();
  QApplication::exec();
  return {};
}

}  // namespace plumbline
