#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>
#include <cstring>

#include <nlohmann/json.hpp>

#include "tests/support/study_fixture.h"

namespace plumbline::test {

/// `plumbline report`, started as a script starts it: without a display.
class TestReportCommand : public QObject {
  Q_OBJECT

 private:
  StudyFixture fixture_{300, 4};
  QString study_ = QString::fromStdString(fixture_.folder().string());
  QDir directory_{QFileInfo(study_).absolutePath()};

  struct Outcome {
    int code = -1;
    QByteArray out, error;
  };
  Outcome run_shell(const QString& line) const {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"})
      environment.remove(name);
    environment.insert("PATH",
                       QStringLiteral(PLUMBLINE_BINARY_DIR "/bin:") + environment.value("PATH"));
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(directory_.path());
    process.start("/bin/sh", {"-c", line});
    Outcome outcome;
    if (!process.waitForFinished(120000)) return outcome;
    outcome.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    outcome.out = process.readAllStandardOutput();
    outcome.error = process.readAllStandardError();
    return outcome;
  }
  QByteArray bytes_of(const QString& name) const {
    QFile file(directory_.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

 private Q_SLOTS:
  void initTestCase() { fixture_.add_run("r1", 3); }

  void every_format_is_written_without_a_display() {
    for (const auto& [name, begin] :
         {std::pair("r.html", "<!DOCTYPE html>"), std::pair("r.pdf", "%PDF-"),
          std::pair("r.json", "{\n"), std::pair("r.zip", "PK"), std::pair("r.csv", "id,title,"),
          std::pair("r.tex", "% ")}) {
      const auto outcome = run_shell(QStringLiteral("plumbline report s.plumb -o %1").arg(name));
      QVERIFY2(outcome.code == 0, outcome.error.constData());
      QVERIFY2(bytes_of(name).startsWith(begin), name);
      QVERIFY2(outcome.out.startsWith(name), outcome.out.constData());
    }
    const auto to_pipe = run_shell("plumbline report s.plumb --format json -o - | cat");
    QCOMPARE(nlohmann::json::parse(to_pipe.out.toStdString())["schema"].get<int>(), 1);
  }

  void the_command_in_a_report_writes_the_same() {
    const auto first = run_shell(
        "plumbline report s.plumb --policy 'majority' --cases surest:5 --title \"a 'b' \\$(c)\" "
        "--sections summary,cases,reproduction -o again.json");
    QVERIFY2(first.code == 0, first.error.constData());
    auto before = nlohmann::json::parse(bytes_of("again.json").toStdString());
    QVERIFY(QFile::remove(directory_.filePath("again.json")));
    const auto second = run_shell(QString::fromStdString(before["command"].get<std::string>()));
    QVERIFY2(second.code == 0, second.error.constData());
    auto after = nlohmann::json::parse(bytes_of("again.json").toStdString());
    for (auto* report : {&before, &after}) report->erase("date");
    // Below figures the day stands, which is the same but at midnight.
    QCOMPARE(QByteArray::fromStdString(after["figures"].dump()),
             QByteArray::fromStdString(before["figures"].dump()));
    QCOMPARE(after["command"].get<std::string>(), before["command"].get<std::string>());
    QCOMPARE(after["title"].get<std::string>(), std::string("a 'b' $(c)"));
    QCOMPARE(after["sections"].size(), before["sections"].size());
  }

  void no_format_names_a_folder_or_a_user() {
    const QByteArray above = QFileInfo(study_).absolutePath().toUtf8();
    for (const char* name : {"p.html", "p.pdf", "p.json", "p.zip", "p.csv", "p.tex"}) {
      const auto outcome = run_shell(
          QStringLiteral("USER=somebody-4711 LOGNAME=somebody-4711 plumbline report '%1' -o '%2'")
              .arg(study_, directory_.filePath(name)));
      QVERIFY2(outcome.code == 0, outcome.error.constData());
      QByteArray bytes = bytes_of(name);
      if (QString(name).endsWith(".pdf")) {
        const QString pdftotext = QStandardPaths::findExecutable("pdftotext");
        if (pdftotext.isEmpty()) continue;
        bytes += run_shell("pdftotext p.pdf -").out;
      }
      QVERIFY2(!bytes.isEmpty() && !bytes.contains(above), name);
      QVERIFY2(!bytes.contains("somebody-4711"), name);
      // Nor the host's name, where it could not be a word of the text.
      char host[256] = {};
      if (::gethostname(host, sizeof host - 1) == 0 && std::strlen(host) > 6)
        QVERIFY2(!bytes.contains(host), name);
    }
    const auto asked =
        run_shell(QStringLiteral("plumbline report '%1' --paths --format json -o -").arg(study_));
    QVERIFY(asked.out.contains(above));
  }

  void a_study_that_cannot_be_written_to_is_reported() {
    // Root writes everywhere as long as it may give itself that right.
    QString as_user;
    if (::geteuid() == 0) {
      if (QStandardPaths::findExecutable("setpriv").isEmpty()) QSKIP("setpriv is not there");
      as_user = "setpriv --bounding-set=-all --inh-caps=-all ";
    }
    const auto outcome =
        run_shell(QStringLiteral("cp -r s.plumb fixed.plumb && chmod -R a-w fixed.plumb; "
                                 "if %1touch fixed.plumb/new; then exit 9; fi; "
                                 "%1plumbline report fixed.plumb -o fixed.html; code=$?; "
                                 "chmod -R u+w fixed.plumb; exit $code")
                      .arg(as_user));
    QVERIFY2(outcome.code == 0, outcome.error.constData());
    QVERIFY(bytes_of("fixed.html").contains("</html>"));
  }

  void what_there_is_to_report_is_listed() {
    const auto outcome = run_shell("plumbline report s.plumb --list");
    QCOMPARE(outcome.code, 0);
    QVERIFY2(outcome.out.startsWith("run\tclasses\tr1\n"), outcome.out.constData());
    QVERIFY(run_shell("plumbline report --sections list").out.contains("subsets"));
  }

  void wrong_words_have_their_exit_code_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("no file") << "s.plumb" << 2 << QByteArray("-o");
    QTest::newRow("no format") << "s.plumb -o x.docx" << 2 << QByteArray("x.docx");
    QTest::newRow("section") << "s.plumb -o x.html --sections headlines" << 2
                             << QByteArray("headlines");
    QTest::newRow("cases") << "s.plumb -o x.html --cases items:1.2.3" << 2
                           << QByteArray("items:1.2.3");
    QTest::newRow("run") << "s.plumb -o x.html --run r9" << 3 << QByteArray("r9");
    QTest::newRow("decision") << "s.plumb -o x.html --decision d9" << 2 << QByteArray("d9");
    QTest::newRow("policy beside a decision")
        << "s.plumb -o x.html --decision d9 --policy mcp" << 2 << QByteArray("--policy: a saved");
    QTest::newRow("voters of no policy") << "s.plumb -o x.html --voters m0:identity" << 2
                                         << QByteArray("--voters: they are the voters of a policy");
    QTest::newRow("run of nothing") << "s.plumb -o x.html --no-run --run r1" << 2
                                    << QByteArray("--run: nothing is said of a run");
    QTest::newRow("search of nothing") << "s.plumb -o x.html --no-search --search q" << 2
                                       << QByteArray("--search: nothing is said of a search");
    QTest::newRow("list into a file")
        << "s.plumb --list -o x.html" << 2 << QByteArray("-o: a list goes to standard output");
    QTest::newRow("study") << "nowhere.plumb -o x.html" << 3 << QByteArray("nowhere.plumb");
    QTest::newRow("nothing left") << "s.plumb -o x.html --no-run" << 3 << QByteArray("search");
    QTest::newRow("folder") << "s.plumb -o no/such/x.html" << 3 << QByteArray("no/such");
    QTest::newRow("full disk") << "s.plumb --format html -o /dev/full" << 4
                               << QByteArray("/dev/full");
    QTest::newRow("full disk, PDF")
        << "s.plumb --format pdf -o /dev/full" << 4 << QByteArray("/dev/full");
  }
  void wrong_words_have_their_exit_code() {
    QFETCH(QString, words);
    QFETCH(int, code);
    QFETCH(QByteArray, said);
    const auto outcome = run_shell("plumbline report " + words);
    QVERIFY2(outcome.code == code, outcome.error.constData());
    QVERIFY2(outcome.error.contains(said), outcome.error.constData());
    QVERIFY(!QFile::exists(directory_.filePath("x.html")));
  }
};

}  // namespace plumbline::test

QTEST_GUILESS_MAIN(plumbline::test::TestReportCommand)
#include "test_report_command.moc"
