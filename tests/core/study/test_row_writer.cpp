#include <QFile>
#include <QtTest>

#include "core/study/row_writer.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestRowWriter::cells_are_harmless_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QByteArray>("cell");
  QTest::newRow("plain") << QByteArray("cat/1.jpg") << QByteArray("cat/1.jpg");
  QTest::newRow("comma") << QByteArray("a,b") << QByteArray("\"a,b\"");
  QTest::newRow("quote") << QByteArray("a\"b") << QByteArray("\"a\"\"b\"");
  QTest::newRow("line") << QByteArray("a\nb") << QByteArray("\"a\nb\"");
  QTest::newRow("formula") << QByteArray("=1+1") << QByteArray("\"'=1+1\"");
  QTest::newRow("plus") << QByteArray("+1") << QByteArray("\"'+1\"");
  QTest::newRow("minus") << QByteArray("-a") << QByteArray("\"'-a\"");
  QTest::newRow("at") << QByteArray("@SUM(\"A1\")") << QByteArray("\"'@SUM(\"\"A1\"\")\"");
  QTest::newRow("tab in front") << QByteArray("\t=1") << QByteArray("\"'\t=1\"");
  QTest::newRow("return in front") << QByteArray("\r=1") << QByteArray("\"'\\x0d=1\"");
  QTest::newRow("escape") << QByteArray("a\x1b[31m") << QByteArray("a\\x1b[31m");
  QTest::newRow("inside") << QByteArray("a=b") << QByteArray("a=b");
}

void TestRowWriter::cells_are_harmless() {
  QFETCH(QByteArray, text);
  QFETCH(QByteArray, cell);
  QTemporaryDir folder;
  const QString file = folder.filePath("a.csv");
  auto rows = value(RowWriter::open(file.toStdString(), false, {"word", "number"}));
  rows.text(text.toStdString());
  rows.number(-0.5F);  // a number stays one
  rows.end_row();
  QCOMPARE(value(rows.finish()), std::int64_t{1});
  QFile read(file);
  QVERIFY(read.open(QIODevice::ReadOnly));
  QCOMPARE(read.readAll(), "word,number\n" + cell + ",-0.5\n");
}

void TestRowWriter::a_full_disk_is_an_error_of_the_device() {
  auto rows = value(RowWriter::open("/dev/full", true, {"word"}));
  rows.text("a");
  rows.end_row();
  const auto finished = rows.finish();
  QVERIFY(!finished);
  QCOMPARE(finished.error().kind, ErrorKind::device);
}

}  // namespace plumbline::test
