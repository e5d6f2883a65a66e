#include <QtTest>

#include "core/types/plain_name.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

void TestPlainName::names_are_taken_or_refused_data() {
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<bool>("taken");
  for (const char* name : {"a", "resnet20-a", "run 1", "Größe", "名前", "a.b", "x=1", "a'b"})
    QTest::newRow(name) << QByteArray(name) << true;
  QTest::newRow("100 bytes") << QByteArray(100, 'n') << true;
  QTest::newRow("empty") << QByteArray() << false;
  QTest::newRow("101 bytes") << QByteArray(101, 'n') << false;
  for (const char* name : {"../x", "a/b", ".", "..", ".hidden", "-o", "a,b", "a:b", "a\\b", " a",
                           "a ", "a\nb", "a\x1b[2J", "\xff",
                           "a\xe2\x80\xae"
                           "b"})
    QTest::newRow(QByteArray(name).toPercentEncoding().constData()) << QByteArray(name) << false;
  QTest::newRow("zero byte") << QByteArray("a\0b", 3) << false;
}

void TestPlainName::names_are_taken_or_refused() {
  QFETCH(QByteArray, name);
  QFETCH(bool, taken);
  const auto checked = check_plain_name(name.toStdString(), "a run", "--name");
  QCOMPARE(checked.has_value(), taken);
  if (taken) return;
  QCOMPARE(checked.error().kind, ErrorKind::usage);
  QCOMPARE(checked.error().where, std::string("--name"));
  QVERIFY(checked.error().message.starts_with("the name of a run "));
}

}  // namespace plumbline::test
