#include <QtTest>
#include <cmath>

#include "core/metrics/proportion.h"
#include "tests/core/decision/tests.h"

using namespace plumbline;

namespace plumbline::test {

void TestIntervals::intervals_are_those_of_the_papers_data() {
  QTest::addColumn<bool>("paired");
  QTest::addColumn<int>("a");
  QTest::addColumn<int>("b");
  QTest::addColumn<int>("n");
  QTest::addColumn<double>("low");
  QTest::addColumn<double>("high");
  QTest::newRow("8 of 10") << false << 8 << 0 << 10 << 0.490162471536642 << 0.943317848545625;
  QTest::newRow("1 of 20") << false << 1 << 0 << 20 << 0.008881448800795 << 0.236131193446742;
  QTest::newRow("586 of 10000") << false << 586 << 0 << 10000 << 0.054163804894884
                                << 0.063375188866750;
  QTest::newRow("50 of 100") << false << 50 << 0 << 100 << 0.403831530365996 << 0.596168469634004;
  QTest::newRow("none of 10") << false << 0 << 0 << 10 << 0.0 << 0.277532799862889;
  QTest::newRow("all of 10") << false << 10 << 0 << 10 << 0.722467200137111 << 1.0;
  QTest::newRow("paired 5 12") << true << 5 << 12 << 40 << -0.030400859249735 << 0.363734192583069;
  QTest::newRow("paired 0 0") << true << 0 << 0 << 10 << -0.230983970724946 << 0.230983970724946;
  QTest::newRow("paired 300 523") << true << 300 << 523 << 10000 << 0.016684084313867
                                  << 0.027906997469776;
}

void TestIntervals::intervals_are_those_of_the_papers() {
  QFETCH(bool, paired);
  QFETCH(int, a);
  QFETCH(int, b);
  QFETCH(int, n);
  QFETCH(double, low);
  QFETCH(double, high);
  const Interval interval = paired ? paired_difference_interval(a, b, n) : wilson_interval(a, n);
  QVERIFY(std::abs(interval.low - low) < 1e-10);
  QVERIFY(std::abs(interval.high - high) < 1e-10);
}

void TestIntervals::poissons_interval_equals_its_closed_form() {
  // (λ − k)² = z² λ, with z² = 3.841459.
  for (const std::int64_t events : {1, 5, 100, 20'000}) {
    const Interval interval = poisson_interval(events);
    for (const double mean : {interval.low, interval.high}) {
      const double away = mean - static_cast<double>(events);
      QVERIFY(std::abs(away * away / mean - 3.841458820694124) < 1e-5);
    }
  }
  QCOMPARE(poisson_interval(0).low, 0.0);
  QVERIFY(std::abs(poisson_interval(0).high - 3.841458820694124) < 1e-6);
}

void TestIntervals::no_samples_no_interval() {
  QVERIFY(std::isnan(wilson_interval(0, 0).low));
  QVERIFY(std::isnan(paired_difference_interval(0, 0, 0).high));
}

}  // namespace plumbline::test
