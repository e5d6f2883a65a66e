#include <QElapsedTimer>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "core/confinement/confinement.h"
#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

const QByteArray victim_bytes(64, 'v');

/// Files of a stranger, a file of the user that they try to reach, and two images.
class HostileFolder {
 public:
  HostileFolder() {
    write_file(path("victim"), victim_bytes);
    for (const char* name : {"images/a", "images/b"}) QDir(folder_.path()).mkpath(name);
    QImage image(8, 8, QImage::Format_RGB888);
    image.fill(Qt::darkGreen);
    image.save(path("images/a/1.png"));
    image.save(path("images/b/1.png"));
    QProcess::execute(PLUMBLINE_HOSTILE_MODELS, {folder_.path(), path("victim")});
  }

  QString path(const char* name) const { return folder_.filePath(name); }
  QString study() const { return path("s.plumb"); }
  QStringList import_of(const char* model) const {
    return {"import",
            "model",
            study(),
            "--name",
            model,
            "--file",
            path((QByteArray(model) + ".pt").constData())};
  }
  bool victim_is_whole() const { return read_file(path("victim")) == victim_bytes; }

 private:
  QTemporaryDir folder_;
};

/// Processor time of a process's child so far, in the system's ticks; −1 where it has none.
qint64 ticks_of_child(qint64 parent) {
  for (const QString& entry : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
    QFile file(QStringLiteral("/proc/%1/stat").arg(entry));
    if (!file.open(QIODevice::ReadOnly)) continue;
    // The name in brackets may hold anything. After it: state, parent, … user and system time.
    const QByteArray stat = file.readAll();
    const auto fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.size() > 12 && fields[1].toLongLong() == parent)
      return fields[11].toLongLong() + fields[12].toLongLong();
  }
  return -1;
}

}  // namespace

void TestHostileModels::a_harmless_model_is_imported_and_run() {
  const HostileFolder folder;
  QVERIFY(QFile::exists(folder.path("harmless.pt")));
  QCOMPARE(engine({"import", "dataset", folder.study(), "--name", "d", "--format", "image-folder",
                   "--images", folder.path("images"), "--split", "test"})
               .exit_code,
           0);
  const auto imported = engine(folder.import_of("harmless"));
  QVERIFY2(imported.exit_code == 0, imported.err.constData());
  const QStringList run = {"run",  folder.study(), "--dataset", "d",      "--split",
                           "test", "--models",     "harmless",  "--name", "r"};
  const auto outcome = engine(run);
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
}

void TestHostileModels::an_import_touches_no_other_file_data() {
  QTest::addColumn<QByteArray>("model");
  for (const char* model : {"overwrites", "reads", "saves", "hides"})
    QTest::newRow(model) << QByteArray(model);
}

void TestHostileModels::an_import_touches_no_other_file() {
  QFETCH(QByteArray, model);
  const HostileFolder folder;
  const auto outcome = engine(folder.import_of(model.constData()));
  QVERIFY2(outcome.exit_code == 3, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains("reaches beyond its computation"), outcome.err.constData());
  QVERIFY(folder.victim_is_whole());
  QVERIFY(!QDir(folder.study()).exists());
}

void TestHostileModels::a_run_touches_no_other_file() {
  if (!available_confinement().files) QSKIP("this kernel has no Landlock");
  const HostileFolder folder;
  QCOMPARE(engine({"import", "dataset", folder.study(), "--name", "d", "--format", "image-folder",
                   "--images", folder.path("images"), "--split", "test"})
               .exit_code,
           0);
  QCOMPARE(engine(folder.import_of("harmless")).exit_code, 0);
  // The file is another one when the run comes.
  QFile::remove(folder.path("harmless.pt"));
  QVERIFY(QFile::copy(folder.path("overwrites.pt"), folder.path("harmless.pt")));
  const auto outcome = engine({"run", folder.study(), "--dataset", "d", "--split", "test",
                               "--models", "harmless", "--name", "r"});
  QVERIFY2(outcome.exit_code != 0, outcome.out.constData());
  QVERIFY(folder.victim_is_whole());
}

void TestHostileModels::an_endless_check_has_a_limit() {
  const HostileFolder folder;
  const auto outcome = engine(folder.import_of("loops") << "--limit"
                                                        << "2");
  QCOMPARE(outcome.exit_code, 3);
  QVERIFY2(outcome.err.contains("within 2 s") && outcome.err.contains("loops.pt"),
           outcome.err.constData());
}

void TestHostileModels::an_endless_check_ends_with_the_first_signal() {
  const HostileFolder folder;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const auto process = start_engine(folder.import_of("loops"));
    QVERIFY(process->waitForStarted());
    // The child that checks the model is at work.
    QTRY_VERIFY_WITH_TIMEOUT(ticks_of_child(process->processId()) >= 10, 30000);
    QElapsedTimer timer;
    timer.start();
    ::kill(static_cast<pid_t>(process->processId()), signal);
    QVERIFY(process->waitForFinished(5000));
    QVERIFY(timer.elapsed() < 2000);
    QCOMPARE(process->exitStatus(), QProcess::NormalExit);
    QCOMPARE(process->exitCode(), 130);
  }
}

}  // namespace plumbline::test
