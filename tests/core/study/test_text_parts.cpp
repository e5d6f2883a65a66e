#include <QtTest>
#include <cmath>
#include <limits>

#include "core/study/text_parts.h"
#include "tests/core/study/tests.h"

namespace plumbline::test {

namespace {

TextReference shares(double train, double validation) {
  TextReference text;
  text.train = train;
  text.validation = validation;
  return text;
}

}  // namespace

void TestTextParts::parts_cover_the_stream_data() {
  QTest::addColumn<qint64>("tokens");
  QTest::addColumn<qint64>("train");
  QTest::addColumn<qint64>("validation");
  // enwik8's customary division.
  QTest::newRow("imdb8") << qint64{100'000'000} << qint64{90'000'000} << qint64{5'000'000};
  QTest::newRow("uneven") << qint64{1'115'394} << qint64{1'003'855} << qint64{55'769};
  QTest::newRow("ten") << qint64{10} << qint64{9} << qint64{1};
  QTest::newRow("one") << qint64{1} << qint64{1} << qint64{0};
  QTest::newRow("none") << qint64{0} << qint64{0} << qint64{0};
}

void TestTextParts::parts_cover_the_stream() {
  QFETCH(qint64, tokens);
  const auto parts = split_text(TextReference(), tokens);
  QCOMPARE(parts.train.first, 0);
  QTEST(qint64{parts.train.count}, "train");
  QCOMPARE(parts.validation.first, parts.train.end());
  QTEST(qint64{parts.validation.count}, "validation");
  QCOMPARE(parts.test.first, parts.validation.end());
  QCOMPARE(parts.test.end(), tokens);
}

void TestTextParts::shares_that_are_none_are_cut_data() {
  QTest::addColumn<double>("train");
  QTest::addColumn<double>("validation");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  QTest::newRow("above one") << 1.5 << 0.5;
  QTest::newRow("below zero") << -1.0 << -0.5;
  QTest::newRow("together above one") << 0.9 << 0.9;
  QTest::newRow("validation below zero") << 0.9 << -0.5;
  QTest::newRow("no number") << nan << nan;
  QTest::newRow("infinite") << infinite << -infinite;
}

void TestTextParts::shares_that_are_none_are_cut() {
  QFETCH(double, train);
  QFETCH(double, validation);
  const auto parts = split_text(shares(train, validation), 1000);
  for (const TokenRange& range : {parts.train, parts.validation, parts.test}) {
    QVERIFY(range.first >= 0 && range.count >= 0 && range.end() <= 1000);
  }
  QCOMPARE(parts.train.count + parts.validation.count + parts.test.count, 1000);
}

}  // namespace plumbline::test
