#include "widgets/page/settings.h"

#include <QSettings>

namespace plumbline {

namespace {

constexpr qsizetype most_recent = 8;

QString organisation() { return QStringLiteral("plumbline"); }
QString application() { return QStringLiteral("workbench"); }

QVariant read(const QString& key) { return QSettings(organisation(), application()).value(key); }

void write(const QString& key, const QVariant& value) {
  QSettings settings(organisation(), application());
  settings.setValue(key, value);
}

QString layout_key(const QString& page) { return QStringLiteral("layout/") + page; }

}  // namespace

std::optional<Theme> Settings::theme() const {
  const QString name = read(QStringLiteral("theme")).toString();
  if (name == QStringLiteral("dark")) return Theme::dark;
  if (name == QStringLiteral("light")) return Theme::light;
  return std::nullopt;
}

void Settings::set_theme(Theme theme) {
  write(QStringLiteral("theme"),
        theme == Theme::dark ? QStringLiteral("dark") : QStringLiteral("light"));
}

QByteArray Settings::geometry() const { return read(QStringLiteral("geometry")).toByteArray(); }

void Settings::set_geometry(const QByteArray& geometry) {
  write(QStringLiteral("geometry"), geometry);
}

QByteArray Settings::layout(const QString& page) const {
  return read(layout_key(page)).toByteArray();
}

void Settings::set_layout(const QString& page, const QByteArray& layout) {
  write(layout_key(page), layout);
}

QString Settings::page() const { return read(QStringLiteral("page")).toString(); }

void Settings::set_page(const QString& key) { write(QStringLiteral("page"), key); }

QStringList Settings::recent_studies() const {
  return read(QStringLiteral("recent_studies")).toStringList();
}

void Settings::add_recent_study(const QString& folder) {
  QStringList folders = read(QStringLiteral("recent_studies")).toStringList();
  folders.removeAll(folder);
  folders.prepend(folder);
  write(QStringLiteral("recent_studies"), folders.mid(0, most_recent));
}

QVariant Settings::value(const QString& name) const { return read(name); }

void Settings::set_value(const QString& name, const QVariant& value) { write(name, value); }

}  // namespace plumbline
