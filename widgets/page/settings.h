#pragma once
#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <optional>

#include "widgets/style/colours.h"

namespace plumbline {

/// What the workbench remembers from one start to the next. Everything may be missing.
class Settings {
 public:
  std::optional<Theme> theme() const;
  void set_theme(Theme theme);

  QByteArray geometry() const;
  void set_geometry(const QByteArray& geometry);
  /// How the docks stood on a page.
  QByteArray layout(const QString& page) const;
  void set_layout(const QString& page, const QByteArray& layout);

  QString page() const;  ///< the one that was last looked at; empty: never set
  void set_page(const QString& key);
  /// Studies that were opened, the last one first; at most eight.
  QStringList recent_studies() const;
  void add_recent_study(const QString& folder);

  /// What a page wants to find again, by a name of its own; invalid: never set.
  QVariant value(const QString& name) const;
  void set_value(const QString& name, const QVariant& value);
};

}  // namespace plumbline
