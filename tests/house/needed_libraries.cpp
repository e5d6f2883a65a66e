#include "tests/house/needed_libraries.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>

namespace plumbline::test {

QStringList parse_needed(const QString& readelf_output) {
  static const QRegularExpression line(QStringLiteral(R"(\(NEEDED\)[^\[]*\[([^\]]+)\])"));
  QStringList names;
  for (auto match = line.globalMatch(readelf_output); match.hasNext();)
    names << match.next().captured(1);
  return names;
}

BuiltFiles::BuiltFiles(const QString& binary_dir) {
  for (const char* folder : {"bin", "lib"}) {
    const QDir dir(binary_dir + "/" + folder);
    for (const QFileInfo& entry : dir.entryInfoList(QDir::Files)) {
      QFile file(entry.filePath());
      if (!file.open(QIODevice::ReadOnly) || file.read(4) != QByteArrayView("\177ELF")) continue;
      QProcess readelf;
      readelf.setProcessEnvironment([] {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LC_ALL", "C");
        return environment;
      }());
      readelf.start("readelf", {"-dW", entry.filePath()});
      if (!readelf.waitForFinished() || readelf.exitCode() != 0) {
        error_ = "readelf -dW " + entry.filePath() + ": " + readelf.errorString() + " " +
                 readelf.readAllStandardError();
        return;
      }
      needed_[entry.fileName()] = parse_needed(readelf.readAllStandardOutput());
    }
  }
}

QSet<QString> BuiltFiles::needed_by(const QString& name) const {
  QSet<QString> all;
  QStringList open{name};
  while (!open.isEmpty()) {
    for (const QString& library : needed_.value(open.takeLast())) {
      if (all.contains(library)) continue;
      all.insert(library);
      if (needed_.contains(library)) open << library;
    }
  }
  return all;
}

}  // namespace plumbline::test
