#include <QDir>
#include <QFile>
#include <QProcess>
#include <QtTest>

#include "tests/house/documents.h"
#include "tests/house/tests.h"

namespace plumbline::test {

namespace {

const QString root = QStringLiteral(PLUMBLINE_SOURCE_DIR);
const QStringList pages = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"};

std::optional<QString> read_document(const QString& path) {
  QFile file(root + "/" + path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QString::fromUtf8(file.readAll());
}

/// Folders that hold sources, as far down as a picture is expected to go.
QStringList source_folders() {
  QStringList folders = {"app", "core", "kernels", "packaging", "resources", "tests", "widgets"};
  for (const char* parent : {"app", "core", "core/engine", "widgets"})
    for (const QString& name :
         QDir(root + "/" + parent).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
      if (!QDir(root + "/" + parent + "/" + name).isEmpty())  // git keeps no empty ones
        folders << QString(parent) + "/" + name;
  return folders;
}

}  // namespace

void TestDocuments::picture_is_parsed() {
  const auto folders = folders_of_picture(
      "text with core/ in it\n"
      "```sh\nls nothing/\n```\n"
      "```\n"
      "app/        two mains\n"
      "  engine/   `plumbline-engine`, see core/ below\n"
      "widgets/    on core/\n"
      "  plot/ report/ jobs/\n"
      "README.md\n"
      "core/engine/\n"
      "  planer/   search\n"
      "```\n");
  QStringList paths;
  for (const auto& folder : folders) paths << folder.path;
  QCOMPARE(paths, QStringList({"app", "app/engine", "widgets", "widgets/plot", "widgets/report",
                               "widgets/jobs", "core/engine", "core/engine/planer"}));
  QCOMPARE(folders[1].line, 7);
}

void TestDocuments::links_are_parsed() {
  const auto links = file_links(
      "[a](README.md) and [b](https://example.org/x) and [c](#place)\n"
      "![picture](resources/a.png \"title\") [d](core/README.md#place)\n"
      "```\n[not](absent.md)\n```\n[mail](mailto:a@b.c)\n");
  QStringList targets;
  for (const auto& link : links) targets << link.target;
  QCOMPARE(targets, QStringList({"README.md", "resources/a.png", "core/README.md"}));
  QCOMPARE(links[1].line, 2);
}

void TestDocuments::picture_matches_the_folders() {
  const auto page = read_document("ARCHITECTURE.md");
  QVERIFY2(page, "ARCHITECTURE.md is not there");
  const auto picture = folders_of_picture(*page);
  QVERIFY2(!picture.isEmpty(), "ARCHITECTURE.md has no picture of the folders");
  QStringList faults, named;
  for (const auto& folder : picture) {
    named << folder.path;
    if (!QDir(root + "/" + folder.path).exists())
      faults << QStringLiteral("ARCHITECTURE.md:%1: there is no folder %2/")
                    .arg(folder.line)
                    .arg(folder.path);
  }
  for (const QString& folder : source_folders())
    if (!named.contains(folder))
      faults << "ARCHITECTURE.md: the picture is without " + folder + "/";
  QVERIFY2(faults.isEmpty(), qPrintable("\n" + faults.join('\n')));
}

void TestDocuments::links_lead_to_files_data() {
  QTest::addColumn<QString>("page");
  for (const QString& page : pages) QTest::newRow(qPrintable(page)) << page;
}

void TestDocuments::links_lead_to_files() {
  QFETCH(QString, page);
  const auto text = read_document(page);
  QVERIFY2(text, qPrintable(page + " is not there"));
  const QDir folder = QFileInfo(root + "/" + page).dir();
  QStringList faults;
  for (const auto& link : file_links(*text))
    if (!QFileInfo::exists(folder.filePath(link.target)))
      faults << QStringLiteral("%1:%2: there is no %3").arg(page).arg(link.line).arg(link.target);
  QVERIFY2(faults.isEmpty(), qPrintable("\n" + faults.join('\n')));
}

void TestDocuments::verbs_exist() {
  QProcess help;
  help.start("bash", {root + "/dev", "--help"});
  QVERIFY2(help.waitForFinished(), qPrintable(help.errorString()));
  QCOMPARE(help.exitCode(), 0);
  const QString usage = QString::fromUtf8(help.readAllStandardOutput());
  int used = 0;
  for (const QString& page : pages) {
    for (const QString& verb : verbs_of(read_document(page).value_or(QString()))) {
      ++used;
      QVERIFY2(usage.contains("\n  " + verb + " "),
               qPrintable(page + " uses ./dev " + verb + ", which ./dev --help does not name"));
    }
  }
  QVERIFY2(used > 0, "no page says how to use ./dev");
}

}  // namespace plumbline::test
