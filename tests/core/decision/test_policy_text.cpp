#include <QtTest>
#include <limits>
#include <random>

#include "core/decision/policy.h"
#include "tests/core/decision/tests.h"

namespace plumbline::test {

void TestPolicyText::what_is_written_is_read_back_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("written");
  QTest::newRow("name alone") << "majority" << "majority";
  QTest::newRow("a value between quotes") << "mcp(t=\"0.5\")" << "mcp(t=0.5)";
  QTest::newRow("defaults") << "polygraph" << "polygraph(thr_conf=0.7,thr_freq=3)";
  QTest::newRow("empty brackets") << "polygraph()" << "polygraph(thr_conf=0.7,thr_freq=3)";
  QTest::newRow("any order") << "polygraph(thr_freq=2,thr_conf=0.25)"
                             << "polygraph(thr_conf=0.25,thr_freq=2)";
  QTest::newRow("white space") << " mcp ( t = 0.5 ) " << "mcp(t=0.5)";
  QTest::newRow("ends of the range") << "mean(t=1)" << "mean(t=1)";
  QTest::newRow("exponent") << "mean(t=1e-3)" << "mean(t=0.001)";
}

void TestPolicyText::what_is_written_is_read_back() {
  QFETCH(QString, text);
  QFETCH(QString, written);
  const auto policy = parse_policy(text.toStdString(), 4);
  QVERIFY(policy.has_value());
  QCOMPARE(QString::fromStdString(to_string(*policy)), written);
  const auto again = parse_policy(to_string(*policy), 4);
  QVERIFY(again.has_value());
  QVERIFY(*again == *policy);
}

void TestPolicyText::defaults_depend_on_the_voters() {
  for (const std::size_t voters : {1, 2, 3, 4, 5, 16})
    QCOMPARE(parse_policy("polygraph", voters)->number(1), static_cast<double>(voters / 2 + 1));
  QCOMPARE(parse_policy("mcp", 1)->number(0), 0.9);
}

void TestPolicyText::mistakes_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("unknown") << "oracle" << "polygraph";
  QTest::newRow("unknown parameter") << "polygraph(thr=1)" << "thr_conf, thr_freq";
  QTest::newRow("parameter of a policy without") << "majority(t=1)" << "it has none";
  QTest::newRow("too high") << "mcp(t=1.5)" << "from 0 to 1";
  QTest::newRow("too many votes") << "polygraph(thr_freq=5)" << "from 1 to 4";
  QTest::newRow("half a vote") << "polygraph(thr_freq=2.5)" << "an integer";
  QTest::newRow("twice") << "mcp(t=0.1,t=0.2)" << "twice";
  QTest::newRow("no number") << "mcp(t=high)" << "'t' is not a number";
  QTest::newRow("infinite") << "mcp(t=inf)" << "not a number";
  QTest::newRow("no value") << "mcp(t)" << "name(parameter=value";
  QTest::newRow("open bracket") << "mcp(t=0.5" << "name(parameter=value";
  QTest::newRow("trailing comma") << "mcp(t=0.5,)" << "name(parameter=value";
  QTest::newRow("empty") << "" << "policies:";
}

void TestPolicyText::mistakes_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto policy = parse_policy(text.toStdString(), 4);
  QVERIFY(!policy);
  QCOMPARE(exit_code(policy.error().kind), 2);
  const auto told = QString::fromStdString(to_string(policy.error()));
  QVERIFY2(told.contains(named), qPrintable(told));
}

void TestPolicyText::random_text_never_crashes() {
  std::mt19937 random(3);
  const std::string alphabet = "polygraphmcp(),=.0179 t_freconf\xc3-e";
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random() % 2 ? "mcp(t=0.5)" : "polygraph(thr_conf=0.7,thr_freq=3)";
    for (unsigned n = random() % 4; n > 0; --n)
      text[random() % text.size()] = alphabet[random() % alphabet.size()];
    const auto policy = parse_policy(text, 4);
    if (!policy) continue;
    ++read;
    QVERIFY(parse_policy(to_string(*policy), 4).has_value());
  }
  QVERIFY(read > 1000);
}

void TestPolicyText::values_are_moved_into_their_range() {
  const auto policy = *parse_policy("polygraph", 4);
  QCOMPARE(policy.with_value(0, 7).number(0), 1.0);
  QCOMPARE(policy.with_value(0, -1).number(0), 0.0);
  QCOMPARE(policy.with_value(1, 2.6).number(1), 3.0);
  QCOMPARE(policy.with_value(1, 99).number(1), 4.0);
  QCOMPARE(policy.with_value(0, std::numeric_limits<double>::quiet_NaN()).number(0), 0.7);
  QCOMPARE(policy.number(1), 3.0);
}

}  // namespace plumbline::test
