#include <bit>
#include <cmath>
#include <random>

#include <QtTest>

#include "core/types/number.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

namespace {

constexpr double nothing = -12345;  // stands in the rows for "not a number"

}  // namespace

void TestNumber::number_is_the_whole_text_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<double>("value");
  QTest::newRow("whole") << "3" << 3.0;
  QTest::newRow("fraction") << "0.7" << 0.7;
  QTest::newRow("negative") << "-2.5e-3" << -0.0025;
  QTest::newRow("no leading digit") << ".5" << 0.5;
  for (const char* bad : {"", " ", "1 ", " 1", "+1", "1,5", "0x10", "1e", "1.2.3", "nan", "inf",
                          "-inf", "infinity", "1e400", "one", "1\n"})
    QTest::newRow(qPrintable(QStringLiteral("not '%1'").arg(bad))) << bad << nothing;
}

void TestNumber::number_is_the_whole_text() {
  QFETCH(QString, text);
  QFETCH(double, value);
  const auto number = parse_number(text.toStdString());
  QCOMPARE(number.has_value(), value != nothing);
  if (number) QCOMPARE(*number, value);
}

void TestNumber::integer_is_the_whole_text_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<bool>("good");
  QTest::addColumn<qint64>("value");
  QTest::newRow("zero") << "0" << true << qint64(0);
  QTest::newRow("negative") << "-7" << true << qint64(-7);
  QTest::newRow("greatest") << "9223372036854775807" << true << std::numeric_limits<qint64>::max();
  QTest::newRow("least") << "-9223372036854775808" << true << std::numeric_limits<qint64>::min();
  for (const char* bad : {"", "-", "1.0", "1e3", "+1", " 1", "1 ", "9223372036854775808", "0x1"})
    QTest::newRow(qPrintable(QStringLiteral("not '%1'").arg(bad))) << bad << false << qint64(0);
}

void TestNumber::integer_is_the_whole_text() {
  QFETCH(QString, text);
  QFETCH(bool, good);
  QFETCH(qint64, value);
  const auto integer = parse_integer(text.toStdString());
  QCOMPARE(integer.has_value(), good);
  if (integer) QCOMPARE(qint64(*integer), value);
}

void TestNumber::shortest_is_as_people_write_it_data() {
  QTest::addColumn<double>("value");
  QTest::addColumn<QString>("text");
  QTest::newRow("fraction") << 0.7 << "0.7";
  QTest::newRow("whole") << 3.0 << "3";
  QTest::newRow("small") << 1e-5 << "1e-05";
  QTest::newRow("sum that is not 0.3") << 0.1 + 0.2 << "0.30000000000000004";
}

void TestNumber::shortest_is_as_people_write_it() {
  QFETCH(double, value);
  QFETCH(QString, text);
  QCOMPARE(QString::fromStdString(shortest(value)), text);
}

void TestNumber::shortest_reads_back_as_the_same_bits() {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto back = parse_number(shortest(value));
    QVERIFY2(back, shortest(value).c_str());
    QCOMPARE(std::bit_cast<quint64>(*back), std::bit_cast<quint64>(value));
    const auto narrow = std::bit_cast<float>(static_cast<quint32>(random()));
    if (!std::isfinite(narrow)) continue;
    // A float's shortest text is fewer digits than the double of the same value has.
    const auto wide = parse_number(shortest(narrow));
    QVERIFY2(wide, shortest(narrow).c_str());
    QCOMPARE(std::bit_cast<quint32>(static_cast<float>(*wide)), std::bit_cast<quint32>(narrow));
  }
  QCOMPARE(shortest(0.1F), std::string("0.1"));
}

void TestNumber::white_space_is_trimmed_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("expected");
  QTest::newRow("empty") << "" << "";
  QTest::newRow("white alone") << " \t\r\n " << "";
  QTest::newRow("none") << "a b" << "a b";
  QTest::newRow("both ends") << "\t a b\r\n" << "a b";
}

void TestNumber::white_space_is_trimmed() {
  QFETCH(QString, text);
  QFETCH(QString, expected);
  const std::string bytes = text.toStdString();
  QCOMPARE(std::string(trimmed(bytes)), expected.toStdString());
}

}  // namespace plumbline::test
