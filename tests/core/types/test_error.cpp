#include <QtTest>

#include "core/types/error.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

void TestError::text_has_the_parts_that_are_there_data() {
  QTest::addColumn<QString>("where");
  QTest::addColumn<QString>("hint");
  QTest::addColumn<QString>("expected");
  QTest::newRow("message alone") << "" << "" << "too short";
  QTest::newRow("where") << "a.npy" << "" << "a.npy: too short";
  QTest::newRow("hint") << "" << "export it again" << "too short (export it again)";
  QTest::newRow("all") << "a.npy" << "export it again" << "a.npy: too short (export it again)";
}

void TestError::text_has_the_parts_that_are_there() {
  QFETCH(QString, where);
  QFETCH(QString, hint);
  QFETCH(QString, expected);
  const Result<int> result = bad_input("too short", where.toStdString(), hint.toStdString());
  QVERIFY(!result);
  QCOMPARE(QString::fromStdString(to_string(result.error())), expected);
}

void TestError::kinds_have_the_exit_codes_of_the_contract_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<int>("code");
  QTest::addColumn<QString>("name");
  QTest::newRow("usage") << int(ErrorKind::usage) << 2 << "usage";
  QTest::newRow("bad input") << int(ErrorKind::bad_input) << 3 << "bad_input";
  QTest::newRow("device") << int(ErrorKind::device) << 4 << "device";
  QTest::newRow("cancelled") << int(ErrorKind::cancelled) << 130 << "cancelled";
}

void TestError::kinds_have_the_exit_codes_of_the_contract() {
  QFETCH(int, kind);
  QFETCH(int, code);
  QFETCH(QString, name);
  const Result<> result = fail(static_cast<ErrorKind>(kind), "message");
  QVERIFY(!result);
  QCOMPARE(exit_code(result.error().kind), code);
  QCOMPARE(code_name(result.error().kind), name.toStdString());
}

}  // namespace plumbline::test
