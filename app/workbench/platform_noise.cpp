#include "app/workbench/platform_noise.h"

#include <QtGlobal>

namespace plumbline {

namespace {

QtMessageHandler others = nullptr;

void say_unless_noise(QtMsgType type, const QMessageLogContext& context, const QString& message) {
  if (!is_platform_noise(message)) others(type, context, message);
}

}  // namespace

bool is_platform_noise(const QString& message) {
  return message == QLatin1String("This plugin does not support propagateSizeHints()") ||
         message.startsWith(
             QLatin1String("QStandardPaths: XDG_RUNTIME_DIR not set, defaulting to "));
}

void quiet_platform_noise() {
  if (others == nullptr) others = qInstallMessageHandler(say_unless_noise);
}

}  // namespace plumbline
