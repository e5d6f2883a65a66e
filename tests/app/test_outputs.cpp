#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

/// The engine with its standard output somewhere.
int exit_code_writing_to(const QString& file, const QStringList& arguments, QByteArray* err) {
  QProcess process;
  process.setStandardOutputFile(file);
  process.start(PLUMBLINE_ENGINE, arguments);
  if (!process.waitForFinished(60'000)) return -1;
  *err = process.readAllStandardError();
  return process.exitCode();
}

}  // namespace

void TestOutputs::initTestCase() {
  make_fashion_study(study(), folder_.filePath("data"), 40, 1);
  const auto run = engine({"run", study(), "--dataset", "fashion", "--split", "test", "--models",
                           "resnet20-a", "--name", "r", "--quiet"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
}

QString TestOutputs::study() const { return folder_.filePath("s.plumb"); }

void TestOutputs::an_export_goes_where_it_is_sent() {
  const QStringList command = {"export", study(), "--run", "r", "--what", "predictions", "-o"};
  const auto file = folder_.filePath("p.csv");
  QCOMPARE(engine(command + QStringList{file}).exit_code, 0);
  const QByteArray expected = read_file(file);
  QCOMPARE(expected.count('\n'), 41);
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1"}) {
    const auto out = engine(command + QStringList{name});
    QCOMPARE(out.exit_code, 0);
    QCOMPARE(out.out, expected);  // and nothing else
    QVERIFY2(out.err.contains("40 rows"), out.err.constData());
  }
  // A link stays one, the file keeps its mode.
  QVERIFY(QFile::link("p.csv", folder_.filePath("link.csv")));
  QVERIFY(QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner));
  QCOMPARE(engine(command + QStringList{folder_.filePath("link.csv")}).exit_code, 0);
  QVERIFY(QFileInfo(folder_.filePath("link.csv")).isSymLink());
  QCOMPARE(QFile::permissions(file) & QFile::ReadGroup, QFile::Permissions());
  QCOMPARE(read_file(file), expected);
  const auto folder = engine(command + QStringList{folder_.path()});
  QCOMPARE(folder.exit_code, 3);
  QVERIFY(folder.err.contains("folder"));
}

void TestOutputs::a_full_disk_is_exit_4_data() {
  QTest::addColumn<QStringList>("arguments");
  const QString s = study();
  QTest::newRow("help") << QStringList{"--help"};
  QTest::newRow("help of a command") << QStringList{"run", "--help"};
  QTest::newRow("list of views") << QStringList{"run", "--views", "list"};
  QTest::newRow("list of policies") << QStringList{"decide", "--policy", "list"};
  QTest::newRow("JSON") << QStringList{"decide", s, "--run", "r", "--policy", "mcp", "--json"};
  QTest::newRow("text") << QStringList{"decide", s, "--run", "r", "--policy", "mcp"};
  QTest::newRow("run") << QStringList{"run", s, "--name", "r"};
  QTest::newRow("usage") << QStringList{"usage", s};
  QTest::newRow("jobs") << QStringList{"jobs", s};
  QTest::newRow("export") << QStringList{"export",      s,    "--run", "r", "--what",
                                         "predictions", "-o", "-"};
}

void TestOutputs::a_full_disk_is_exit_4() {
  QFETCH(QStringList, arguments);
  QByteArray err;
  QCOMPARE(exit_code_writing_to("/dev/full", arguments, &err), 4);
  QVERIFY2(err.contains("disk"), err.constData());
  QCOMPARE(exit_code_writing_to("/dev/null", arguments, &err), 0);
  QVERIFY(QFileInfo("/dev/null").isWritable() && !QFileInfo("/dev/null").isFile());
}

void TestOutputs::unknown_commands_are_named_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<QByteArray>("named");
  QTest::newRow("first") << QStringList{"frobnicate"} << QByteArray("no command 'frobnicate'");
  QTest::newRow("below import") << QStringList{"import", "modle"}
                                << QByteArray("no command 'modle'");
  QTest::newRow("below planer") << QStringList{"planer", "serch"}
                                << QByteArray("no command 'serch'");
  QTest::newRow("with an escape") << QStringList{"a\x1b[2J"}
                                  << QByteArray("no command 'a\\x1b[2J'");
}

void TestOutputs::unknown_commands_are_named() {
  QFETCH(QStringList, arguments);
  QFETCH(QByteArray, named);
  const auto outcome = engine(arguments);
  QCOMPARE(outcome.exit_code, 2);
  QVERIFY2(outcome.err.contains(named) && outcome.err.contains("commands: "),
           outcome.err.constData());
  QVERIFY(!outcome.err.contains('\x1b'));
}

void TestOutputs::names_are_refused_alike_data() {
  QTest::addColumn<QStringList>("before");
  const QString s = study(), data = folder_.filePath("data/");
  QTest::newRow("data set") << QStringList{
      "import",   "dataset",       s,         "--format", "idx", "--images", data + "images",
      "--labels", data + "labels", "--quiet", "--name"};
  QTest::newRow("split") << QStringList{
      "import",   "dataset",       s,         "--format", "idx",   "--images", data + "images",
      "--labels", data + "labels", "--quiet", "--name",   "other", "--split"};
  QTest::newRow("model") << QStringList{
      "import", "model", s, "--file", resources() + "/demo/resnets/resnet20-b.safetensors",
      "--name"};
  QTest::newRow("run") << QStringList{"run",  s,          "--dataset",  "fashion", "--split",
                                      "test", "--models", "resnet20-a", "--quiet", "--name"};
  QTest::newRow("trained model") << QStringList{"train",     s,         "--architecture", "lenet5",
                                                "--dataset", "fashion", "--split",        "test",
                                                "--quiet",   "--name"};
  QTest::newRow("renamed run") << QStringList{"rename", s, "--run", "r", "--to"};
}

void TestOutputs::names_are_refused_alike() {
  QFETCH(QStringList, before);
  for (const char* name : {"", "../x", "a/b", ".x", "a:b", "a,b", "a\tb"}) {
    const auto outcome = engine(before + QStringList{name});
    QVERIFY2(outcome.exit_code == 2,
             (QByteArray(name) + ": " + outcome.out + outcome.err).constData());
    // Of an empty one some commands say that it is missing.
    if (*name != '\0') QVERIFY2(outcome.err.contains("the name of a"), outcome.err.constData());
  }
}

void TestOutputs::what_a_run_lacks_is_said() {
  const auto file = folder_.filePath("q.csv");
  const auto whole = engine({"export", study(), "--run", "r", "--what", "predictions", "-o", file});
  QVERIFY(!whole.err.contains("not complete"));
  // A run of which nothing was computed: its process was ended while it loaded.
  QProcess sqlite;
  sqlite.start("sqlite3", {study() + "/study.sqlite",
                           "INSERT INTO run SELECT 99, 'empty', dataset, precision, decoder, "
                           "device_kind, batch FROM run WHERE name = 'r';"
                           "INSERT INTO run_split VALUES(99, 0, 'test');"
                           "INSERT INTO run_voter VALUES(99, 0, 'resnet20-a', 'identity');"
                           "INSERT INTO run_voter VALUES(99, 1, 'resnet20-a', 'flip_x');"});
  if (!sqlite.waitForFinished()) QSKIP("no sqlite3");
  const auto part =
      engine({"export", study(), "--run", "empty", "--what", "predictions", "-o", file});
  QCOMPARE(part.exit_code, 0);
  QVERIFY2(part.err.contains(
               "not complete: 40 of 80 predictions are computed, none of resnet20-a:flip_x"),
           part.err.constData());
  sqlite.start("sqlite3", {study() + "/study.sqlite",
                           "DELETE FROM run_voter WHERE run = 99 AND position = 0"});
  QVERIFY(sqlite.waitForFinished());
  const auto none =
      engine({"export", study(), "--run", "empty", "--what", "predictions", "-o", file});
  QCOMPARE(none.exit_code, 3);
  QVERIFY2(none.err.contains("nothing to export"), none.err.constData());
}

}  // namespace plumbline::test
