#include "tests/app/engine_process.h"

#include <zlib.h>

#include <QDir>
#include <QFile>

namespace plumbline::test {

namespace {

constexpr int one_command_ms = 20 * 60 * 1000;

/// Inflates a gzip file of the demo.
QByteArray inflated(const QString& path) {
  const gzFile file = gzopen(path.toUtf8().constData(), "rb");
  if (!file) qFatal("cannot open %s", qPrintable(path));
  QByteArray all, part(1 << 20, Qt::Uninitialized);
  for (int n; (n = gzread(file, part.data(), static_cast<unsigned>(part.size()))) > 0;)
    all.append(part.constData(), n);
  gzclose(file);
  return all;
}

/// An IDX file with only its first entries.
QByteArray first_entries(QByteArray idx, int count, int header, int entry) {
  for (int i = 0; i < 4; ++i) idx[4 + i] = static_cast<char>(count >> (24 - 8 * i));
  return idx.left(header + count * entry);
}

}  // namespace

std::unique_ptr<QProcess> start_engine(const QStringList& arguments) {
  auto process = std::make_unique<QProcess>();
  process->start(PLUMBLINE_ENGINE, arguments);
  if (!process->waitForStarted()) qFatal("cannot start %s", PLUMBLINE_ENGINE);
  return process;
}

Outcome engine(const QStringList& arguments) {
  const auto process = start_engine(arguments);
  if (!process->waitForFinished(one_command_ms)) qFatal("the engine does not end");
  return {process->exitStatus() == QProcess::NormalExit ? process->exitCode() : -1,
          process->readAllStandardOutput(), process->readAllStandardError()};
}

QString resources() { return QStringLiteral(PLUMBLINE_SOURCE_DIR "/resources"); }

QString shared_data() {
  const QString named = qEnvironmentVariable("PLUMBLINE_DATA");
  const QString path =
      named.isEmpty() ? QStringLiteral(PLUMBLINE_SOURCE_DIR "/../shared/data") : named;
  return QDir(path).exists() ? QDir(path).absolutePath() : QString();
}

void make_fashion_study(const QString& study, const QString& scratch, int samples, int members) {
  const QString data = resources() + "/demo/fashion-mnist/";
  QDir().mkpath(scratch);
  write_file(scratch + "/images",
             first_entries(inflated(data + "t10k-images-idx3-ubyte.gz"), samples, 16, 28 * 28));
  write_file(scratch + "/labels",
             first_entries(inflated(data + "t10k-labels-idx1-ubyte.gz"), samples, 8, 1));
  const auto imported =
      engine({"import", "dataset", study, "--name", "fashion", "--format", "idx", "--images",
              scratch + "/images", "--labels", scratch + "/labels", "--quiet"});
  if (imported.exit_code != 0) qFatal("%s", imported.err.constData());
  const auto names =
      QDir(resources() + "/demo/resnets").entryList({"*.safetensors"}, QDir::Files, QDir::Name);
  for (int i = 0; i < members; ++i) {
    const auto added = engine({"import", "model", study, "--name", names[i].section('.', 0, 0),
                               "--file", resources() + "/demo/resnets/" + names[i]});
    if (added.exit_code != 0) qFatal("%s", added.err.constData());
  }
}

QByteArray read_file(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  return file.readAll();
}

void write_file(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write %s", qPrintable(path));
  file.write(bytes);
}

}  // namespace plumbline::test
