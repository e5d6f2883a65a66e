#include <fstream>

#include <QtTest>

#include "tests/house/folder_circles.h"
#include "tests/house/tests.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

/// Circles that stand today. The list only ever shrinks: an entry that no circle needs any more
/// fails the test below.
const std::vector<FolderArrow> standing = {
    {"core/engine", "core/engine/inference"},
    {"core/engine", "core/engine/planer"},
    {"core/engine", "core/engine/training"},
};

void write_source(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

QString lines_of(const std::vector<std::string>& lines) {
  QString text;
  for (const auto& line : lines) text += "\n" + QString::fromStdString(line);
  return text;
}

}  // namespace

void TestFolderCircles::house_has_none() {
  const auto circles = folder_circles(PLUMBLINE_SOURCE_DIR, standing);
  QVERIFY2(circles.empty(), qPrintable(lines_of(circles)));
  const auto needless = needless_arrows(PLUMBLINE_SOURCE_DIR, standing);
  QVERIFY2(needless.empty(), qPrintable("mended, so off the list:" + lines_of(needless)));
}

void TestFolderCircles::planted_circle_is_found_data() {
  QTest::addColumn<QStringList>("files");  // "file includes file"
  QTest::addColumn<QStringList>("circles");
  QTest::newRow("an order is none")
      << QStringList{"core/a/x.h core/b/x.h", "core/b/x.h core/c/x.h", "core/a/y.cpp core/c/x.h"}
      << QStringList{};
  QTest::newRow("within a folder")
      << QStringList{"core/a/x.h core/a/y.h", "core/a/y.h core/a/x.h"} << QStringList{};
  QTest::newRow("two") << QStringList{"core/a/x.h core/b/x.h", "core/b/y.cpp core/a/y.h"}
                       << QStringList{
                              "core/a -> core/b (core/a/x.h includes core/b/x.h) -> core/a "
                              "(core/b/y.cpp includes core/a/y.h)"};
  QTest::newRow("around") << QStringList{"widgets/a/x.h widgets/b/x.h",
                                         "widgets/b/y.h widgets/c/x.h",
                                         "widgets/c/y.h widgets/a/y.h"}
                          << QStringList{
                                 "widgets/a -> widgets/b (widgets/a/x.h includes widgets/b/x.h) -> "
                                 "widgets/c (widgets/b/y.h includes widgets/c/x.h) -> widgets/a "
                                 "(widgets/c/y.h includes widgets/a/y.h)"};
  QTest::newRow("a folder and what lies in it")
      << QStringList{"core/a/x.cpp core/a/b/x.h", "core/a/b/x.h core/a/y.h"}
      << QStringList{
             "core/a -> core/a/b (core/a/x.cpp includes core/a/b/x.h) -> core/a (core/a/b/x.h "
             "includes core/a/y.h)"};
  QTest::newRow("of tests and kernels is not judged")
      << QStringList{"tests/a/x.h tests/b/x.h",     "tests/b/x.h tests/a/x.h",
                     "kernels/a/x.h kernels/b/x.h", "kernels/b/x.h kernels/a/x.h",
                     "widgets/a/x.h core/a/x.h",    "core/a/x.h core/b/x.h"}
      << QStringList{};
}

void TestFolderCircles::planted_circle_is_found() {
  QFETCH(QStringList, files);
  QFETCH(QStringList, circles);
  const QTemporaryDir folder;
  const fs::path root = folder.path().toStdString();
  std::map<std::string, std::string> texts;
  for (const QString& line : files) {
    const std::string from = line.section(' ', 0, 0).toStdString();
    const std::string to = line.section(' ', 1).toStdString();
    texts[from] += "#include \"" + to + "\"\n";
    texts[to];
  }
  for (const auto& [file, text] : texts) write_source(root / file, text);
  QStringList found;
  for (const std::string& line : folder_circles(root)) found << QString::fromStdString(line);
  QCOMPARE(found, circles);
}

void TestFolderCircles::a_standing_circle_is_let_be_until_it_is_mended() {
  const QTemporaryDir folder;
  const fs::path root = folder.path().toStdString();
  const std::vector<FolderArrow> one = {{"core/b", "core/a"}};
  write_source(root / "core/a/x.h", "#include \"core/b/x.h\"\n");
  write_source(root / "core/b/x.h", "");
  write_source(root / "core/b/y.cpp", "#include \"core/a/x.h\"\n");
  QCOMPARE(folder_circles(root).size(), std::size_t(1));
  QVERIFY(folder_circles(root, one).empty());
  QVERIFY(needless_arrows(root, one).empty());
  write_source(root / "core/b/y.cpp", "");
  QCOMPARE(needless_arrows(root, one), std::vector<std::string>{"core/b -> core/a"});
}

}  // namespace plumbline::test
