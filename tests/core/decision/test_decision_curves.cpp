// What plots of decisions are drawn from, against slow definitions.
#include <QtTest>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "core/metrics/calibration.h"
#include "core/metrics/confusion.h"
#include "core/metrics/reliability.h"
#include "core/metrics/risk_curve.h"
#include "core/metrics/selective.h"
#include "tests/core/decision/tests.h"

using namespace plumbline;

namespace plumbline::test {

namespace {

struct DrawnSamples {
  std::vector<double> score;
  std::vector<std::uint8_t> right;
};

/// Scores that are often equal, of both signs, and some that are no numbers.
DrawnSamples draw_scores(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  DrawnSamples drawn;
  for (std::size_t i = 0; i < n; ++i) {
    double score = static_cast<double>(random() % 41) / 20.0 - 1;
    if (random() % 50 == 0) score = std::numeric_limits<double>::quiet_NaN();
    if (random() % 50 == 0) score = -0.0;
    drawn.score.push_back(score);
    drawn.right.push_back(random() % 3 != 0);
  }
  return drawn;
}

Decisions draw_decisions(std::size_t n, std::size_t classes, std::vector<ClassIndex>& labels,
                         unsigned seed) {
  std::mt19937 random(seed);
  Decisions drawn;
  for (std::size_t i = 0; i < n; ++i) {
    labels.push_back(static_cast<ClassIndex>(random() % classes));
    const bool right = random() % 2 == 0, accepted = random() % 3 != 0;
    drawn.label.push_back(right ? labels.back() : static_cast<ClassIndex>(random() % classes));
    const bool agrees = drawn.label.back() == labels.back();
    drawn.score.push_back(static_cast<double>(random() % 100));
    drawn.verdict.push_back(random() % 20 == 0 ? Verdict::unjudged
                            : accepted         ? (agrees ? Verdict::kept : Verdict::undetected)
                            : agrees           ? Verdict::needlessly_rejected
                                               : Verdict::caught);
  }
  return drawn;
}

}  // namespace

void TestDecisionCurves::risk_at_each_score_is_that_of_what_is_not_below() {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const DrawnSamples drawn = draw_scores(200, seed);
    const auto curve = risk_curve(drawn.score, drawn.right, 10'000);
    QVERIFY(!curve.empty());
    for (const RiskPoint& point : curve) {
      double accepted = 0, wrong = 0;
      for (std::size_t i = 0; i < drawn.score.size(); ++i) {
        // In float32, as thresholds are compared.
        const bool in = std::isnan(point.score) ||
                        static_cast<float>(drawn.score[i]) >= static_cast<float>(point.score);
        if (!in) continue;
        ++accepted;
        wrong += drawn.right[i] == 0;
      }
      QCOMPARE(point.coverage, accepted / 200);
      QCOMPARE(point.risk, wrong / accepted);
    }
    QCOMPARE(curve.back().coverage, 1.0);
    // Every distinct score is there: areas by hand equal the metric's.
    double area = 0, before = 0, last = 0;
    for (const RiskPoint& point : curve) {
      const double missed = point.risk * point.coverage;
      area += (point.coverage - before) * (missed + last) / 2;
      before = point.coverage;
      last = missed;
    }
    QVERIFY(std::abs(area - *selective_metrics(drawn.score, drawn.right).augrc) < 1e-12);
  }
}

void TestDecisionCurves::a_thinned_risk_curve_keeps_exact_points() {
  std::mt19937 random(3);
  DrawnSamples drawn;
  for (int i = 0; i < 20'000; ++i) {
    drawn.score.push_back(static_cast<double>(random()) / 4e9);
    drawn.right.push_back(random() % 4 != 0);
  }
  const auto all = risk_curve(drawn.score, drawn.right, 1'000'000);
  const auto thin = risk_curve(drawn.score, drawn.right, 300);
  QVERIFY(thin.size() <= 300 && thin.size() >= 290);
  for (const RiskPoint& point : thin)
    QVERIFY(std::ranges::any_of(all, [&](const RiskPoint& other) {
      return other.coverage == point.coverage && other.risk == point.risk;
    }));
  QCOMPARE(thin.back().coverage, 1.0);
  QVERIFY(risk_curve(std::vector<double>(), std::vector<std::uint8_t>()).empty());
}

void TestDecisionCurves::risk_of_decisions_leaves_out_what_is_not_judged() {
  std::vector<ClassIndex> labels;
  const Decisions drawn = draw_decisions(500, 5, labels, 1);
  DrawnSamples judged;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (drawn.verdict[i] == Verdict::unjudged) continue;
    judged.score.push_back(drawn.score[i]);
    judged.right.push_back(drawn.label[i] == labels[i]);
  }
  const auto given = risk_curve(drawn), expected = risk_curve(judged.score, judged.right);
  QCOMPARE(given.size(), expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    QCOMPARE(given[i].risk, expected[i].risk);
    QCOMPARE(given[i].score, expected[i].score);
  }
}

void TestDecisionCurves::bins_of_reliability_add_up_to_the_calibration_error() {
  std::mt19937 random(5);
  std::vector<double> confidence{0, 1, 1.0 / 15, std::nextafter(1.0 / 15, 1.0)};
  std::vector<std::uint8_t> right{0, 1, 1, 0};
  for (int i = 0; i < 3000; ++i) {
    confidence.push_back(std::sqrt(static_cast<double>(random() % 100'000) / 1e5));
    right.push_back(static_cast<double>(random() % 1000) / 1000 < confidence.back());
  }
  const auto bins = reliability_bins(confidence, right);
  double error = 0;
  std::int64_t samples = 0;
  for (const ReliabilityBin& bin : bins) {
    std::int64_t inside = 0, hits = 0;
    for (std::size_t i = 0; i < confidence.size(); ++i) {
      const bool first = bin.lower == 0 && confidence[i] == 0;
      if (!first && (confidence[i] <= bin.lower || confidence[i] > bin.upper)) continue;
      ++inside;
      hits += right[i];
    }
    // On an edge of bins the rounding of edge × 15 decides.
    QVERIFY(std::abs(static_cast<double>(bin.samples - inside)) <= 1);
    QVERIFY(std::abs(static_cast<double>(bin.right - hits)) <= 1);
    samples += bin.samples;
    if (bin.samples == 0) continue;
    error += static_cast<double>(bin.samples) * std::abs(bin.confidence - bin.accuracy);
    const Interval wilson = wilson_interval(bin.right, bin.samples);
    QCOMPARE(bin.interval.low, wilson.low);
    QCOMPARE(bin.interval.high, wilson.high);
  }
  QCOMPARE(samples, static_cast<std::int64_t>(confidence.size()));
  QVERIFY(std::abs(error / static_cast<double>(samples) -
                   *expected_calibration_error(confidence, right)) < 1e-12);
  const auto none = reliability_bins({}, {}, 3);
  QCOMPARE(none.size(), std::size_t{3});
  QVERIFY(std::isnan(none[1].accuracy) && std::isnan(none[1].interval.low));
}

void TestDecisionCurves::confusion_counts_what_is_accepted_data() {
  QTest::addColumn<int>("classes");
  QTest::newRow("two") << 2;
  QTest::newRow("ten") << 10;
  QTest::newRow("the most that are counted in a square") << 256;
  QTest::newRow("more") << 257;
  QTest::newRow("a thousand") << 1000;
}

void TestDecisionCurves::confusion_counts_what_is_accepted() {
  QFETCH(int, classes);
  const auto n = static_cast<std::size_t>(classes);
  std::vector<ClassIndex> labels;
  const Decisions drawn = draw_decisions(4000, n, labels, 7);
  ConfusionMatrix matrix;
  // What was there before leaves nothing.
  std::vector<ClassIndex> other_labels;
  const Decisions other = draw_decisions(50, 3, other_labels, 2);
  matrix.count(other, other_labels, 3);
  matrix.count(drawn, labels, n);
  std::map<std::pair<int, int>, std::int64_t> expected;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (drawn.verdict[i] == Verdict::kept || drawn.verdict[i] == Verdict::undetected)
      ++expected[{labels[i], drawn.label[i]}];
  std::int64_t pairs = 0;
  for (const auto& [place, samples] : expected) {
    QCOMPARE(matrix.at(static_cast<ClassIndex>(place.first), static_cast<ClassIndex>(place.second)),
             samples);
    pairs += place.first != place.second;
  }
  QCOMPARE(static_cast<std::int64_t>(matrix.wrong_pairs().size()), pairs);
  for (std::size_t i = 1; i < matrix.wrong_pairs().size(); ++i)
    QVERIFY(matrix.wrong_pairs()[i - 1].samples >= matrix.wrong_pairs()[i].samples);
  QCOMPARE(matrix.classes(), n);
}

}  // namespace plumbline::test
