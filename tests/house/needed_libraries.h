#pragma once
#include <QMap>
#include <QSet>
#include <QString>
#include <QStringList>

namespace plumbline::test {

/// The libraries that `readelf -d` names as NEEDED, in their order.
QStringList parse_needed(const QString& readelf_output);

/// What the programs and libraries of a build need, as they lie in its folders bin/ and lib/.
class BuiltFiles {
 public:
  /// Reads every ELF file there is; `error()` tells why if that fails.
  explicit BuiltFiles(const QString& binary_dir);

  const QString& error() const { return error_; }
  QStringList names() const { return needed_.keys(); }
  bool contains(const QString& name) const { return needed_.contains(name); }

  /// What the loader brings in with `name`: directly, and through our own libraries.
  QSet<QString> needed_by(const QString& name) const;

 private:
  QMap<QString, QStringList> needed_;
  QString error_;
};

}  // namespace plumbline::test
