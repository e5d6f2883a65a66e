#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

#include "core/data/hash.h"
#include "core/data/zip_directory.h"
#include "core/report/writers/report_writer.h"
#include "tests/core/report/report_study.h"
#include "tests/core/report/tests.h"

namespace plumbline::test {

namespace {

QByteArray bytes_at(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

void TestReportFiles::archives_are_read_by_others() {
  StudyFixture fixture(300, 4);
  fixture.add_run("r", 2);
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  const auto out = fixture.path("tables.zip");
  QCOMPARE(format_of(out), std::string_view("csv"));
  succeed(write_report(report, "csv", out));
  const QByteArray archive = bytes_at(out);
  const auto entries = zip_entries(
      std::as_bytes(std::span(archive.constData(), static_cast<std::size_t>(archive.size()))));
  QVERIFY(entries);
  const auto files = csv_of(report);
  QCOMPARE(entries->size(), files.size());
  QCOMPARE((*entries)[0], std::string_view("figures.csv"));
  if (const QString unzip = QStandardPaths::findExecutable("python3"); !unzip.isEmpty()) {
    QProcess test;
    test.start(unzip, {"-m", "zipfile", "-t", QString::fromStdString(out.string())});
    QVERIFY(test.waitForFinished(30000));
    QCOMPARE(test.exitCode(), 0);
  }
  // A folder that is there takes a file a table.
  const auto folder = fixture.path("tables");
  std::filesystem::create_directory(folder);
  succeed(write_report(report, "csv", folder));
  for (const ReportFile& file : files)
    QCOMPARE(bytes_at(folder / file.name), QByteArray::fromStdString(file.content));
}

void TestReportFiles::a_full_disk_leaves_nothing_behind() {
  StudyFixture fixture(300, 4);
  fixture.add_run("r", 2);
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  if (std::filesystem::exists("/dev/full")) {
    const auto written = write_report(report, "html", "/dev/full");
    QVERIFY(!written);
    QCOMPARE(written.error().kind, ErrorKind::device);
  }
  const auto absent = fixture.path("no/such/folder.html");
  QVERIFY(!write_report(report, "html", absent));
  QVERIFY(!std::filesystem::exists(absent.parent_path()));
  QVERIFY(!write_report(report, "docx", fixture.path("r.docx")));
  QVERIFY(!std::filesystem::exists(fixture.path("r.docx")));
}

void TestReportFiles::a_stopped_report_writes_nothing() {
  StudyFixture fixture(2000, 4);
  fixture.add_run("r", 2);
  int asked = 0;
  double last = 0;
  const auto made =
      make_report(whole_request(fixture.folder()), [&](std::string_view, double done) {
        if (done < last) qFatal("it goes backwards");
        last = done;
        return ++asked < 3;
      });
  QVERIFY(!made);
  QCOMPARE(made.error().kind, ErrorKind::cancelled);
}

void TestReportFiles::progress_rises_to_the_end() {
  StudyFixture fixture(2000, 4);
  fixture.add_run("r", 2);
  std::vector<double> told;
  std::vector<std::string> about;
  value(make_report(whole_request(fixture.folder()), [&](std::string_view what, double done) {
    told.push_back(done);
    if (about.empty() || about.back() != what) about.emplace_back(what);
    return true;
  }));
  QVERIFY(std::ranges::is_sorted(told));
  QVERIFY(told.front() < 0.2 && told.back() > 0.8 && told.back() <= 1);
  // It is told what is written, a section after another.
  QVERIFY2(about.size() >= 8, qPrintable(QString::number(about.size())));
  for (const std::string& what : about) QVERIFY(!what.empty());
}

void TestReportFiles::a_study_is_not_written_to() {
  StudyFixture fixture(500, 4);
  fixture.add_run("r", 2);
  const auto state = [&] {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixture.folder()))
      if (entry.is_regular_file() && !entry.path().filename().string().ends_with("-shm"))
        all += entry.path().string() + value(hash_file(entry.path())) + "\n";
    return all;
  };
  const std::string before = state();
  value(make_report(whole_request(fixture.folder())));
  QCOMPARE(state(), before);
}

void TestReportFiles::latex_compiles() {
  const QString pdflatex = QStandardPaths::findExecutable("pdflatex");
  if (pdflatex.isEmpty()) QSKIP("pdflatex is not installed");
  const auto names = hostile_names();
  StudyFixture fixture(600, static_cast<int>(names.size()), names);
  fixture.add_run("r_1 & co", 3);
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  succeed(write_report(report, "latex", fixture.path("r.tex")));
  QProcess process;
  process.setWorkingDirectory(QString::fromStdString(fixture.path("").string()));
  process.start(pdflatex, {"-draftmode", "-interaction=nonstopmode", "-halt-on-error", "r.tex"});
  QVERIFY(process.waitForFinished(120000));
  QVERIFY2(process.exitCode() == 0, process.readAll().right(3000).constData());
}

}  // namespace plumbline::test
