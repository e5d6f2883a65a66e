#include "widgets/style/fonts.h"

#include <QFontDatabase>

namespace plumbline {

namespace {

const QString& family() {
  static const QString found = [] {
    for (const QString& name : {QStringLiteral("Inter"), QStringLiteral("Noto Sans")})
      if (QFontDatabase::hasFamily(name)) return name;
    return QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
  }();
  return found;
}

}  // namespace

QFont ui_font(TextSize size, QFont::Weight weight) {
  QFont font(family());
  font.setPixelSize(static_cast<int>(size));
  font.setWeight(weight);
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
  font.setFeature("tnum", 1);
#endif
  return font;
}

}  // namespace plumbline
