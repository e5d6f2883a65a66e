#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "core/metrics/calibration.h"
#include "core/metrics/metric_table.h"
#include "core/metrics/selective.h"
#include "tests/core/decision/tests.h"

namespace plumbline::test {

namespace {

struct Scored {
  std::vector<double> score;
  std::vector<std::uint8_t> right;
};

Scored random_scores(std::size_t n, unsigned levels, unsigned seed) {
  std::mt19937 random(seed);
  Scored scored;
  for (std::size_t i = 0; i < n; ++i) {
    const auto level = random() % levels;
    scored.score.push_back(static_cast<double>(level) / levels);
    scored.right.push_back(random() % levels <= level + levels / 3);
  }
  return scored;
}

SelectiveMetrics metrics_of(const Scored& s) { return selective_metrics(s.score, s.right); }

bool near(std::optional<double> found, double expected) {
  return found && std::abs(*found - expected) < 1e-12;
}

}  // namespace

void TestMetrics::small_example_by_hand() {
  // Scores fall: right, wrong, right, right. Selective risks 0, 1/2, 1/3, 1/4 at coverages 1/4 … 1.
  const auto m = metrics_of({{0.9, 0.8, 0.7, 0.6}, {1, 0, 1, 1}});
  QVERIFY(near(m.aurc, 0.25 * (0 + (0 + 0.5) / 2 + (0.5 + 1.0 / 3) / 2 + (1.0 / 3 + 0.25) / 2)));
  // Generalized risks 0, 1/4, 1/4, 1/4, from (0, 0) on.
  QVERIFY(near(m.augrc, 0.25 * (0 + 0.125 + 0.25 + 0.25)));
  QVERIFY(near(m.e_aurc, *m.aurc - (0.25 + 0.75 * std::log(0.75))));
  QVERIFY(near(m.auroc, 1.0 / 3));  // of three right ones one lies above the wrong one
  QVERIFY(near(m.fpr95, 1));
  QVERIFY(near(m.coverage_at_risk_5, 0.25));
  QVERIFY(near(m.risk_at_coverage_80, 0.25));
}

void TestMetrics::ties_by_hand() {
  // One distinct score: one point, flat to the left.
  const auto all = metrics_of({{0.5, 0.5, 0.5, 0.5}, {1, 0, 1, 1}});
  QVERIFY(near(all.aurc, 0.25));
  QVERIFY(near(all.augrc, 0.125));
  QVERIFY(near(all.auroc, 0.5));
  QVERIFY(near(all.coverage_at_risk_5, 0));
}

void TestMetrics::order_of_samples_does_not_matter() {
  auto scored = random_scores(1000, 15, 1);
  const auto before = metrics_of(scored);
  std::ranges::reverse(scored.score);
  std::ranges::reverse(scored.right);
  const auto after = metrics_of(scored);
  QCOMPARE(*after.aurc, *before.aurc);
  QCOMPARE(*after.augrc, *before.augrc);
  QCOMPARE(*after.auroc, *before.auroc);
  QCOMPARE(*after.fpr95, *before.fpr95);
}

void TestMetrics::auroc_equals_all_pairs() {
  for (const unsigned levels : {3U, 50U, 100'000U}) {
    const auto s = random_scores(400, levels, levels);
    double above = 0, pairs = 0;
    for (std::size_t i = 0; i < 400; ++i)
      for (std::size_t j = 0; j < 400; ++j)
        if (s.right[i] && !s.right[j]) {
          above += s.score[i] > s.score[j] ? 1 : s.score[i] == s.score[j] ? 0.5 : 0;
          ++pairs;
        }
    QVERIFY(near(metrics_of(s).auroc, above / pairs));
  }
}

void TestMetrics::areas_equal_a_sum_over_points() {
  const auto s = random_scores(700, 12, 9);
  std::map<double, std::pair<int, int>, std::greater<>> at;  // score to (right, wrong)
  for (std::size_t i = 0; i < s.score.size(); ++i)
    ++(s.right[i] ? at[s.score[i]].first : at[s.score[i]].second);
  std::vector<std::array<double, 3>> points;  // coverage, selective, generalized
  double right = 0, wrong = 0;
  for (const auto& [score, counts] : at) {
    right += counts.first;
    wrong += counts.second;
    points.push_back({(right + wrong) / 700, wrong / (right + wrong), wrong / 700});
  }
  double aurc = points[0][0] * points[0][1], augrc = points[0][0] * points[0][2] / 2;
  for (std::size_t i = 1; i < points.size(); ++i) {
    aurc += (points[i][0] - points[i - 1][0]) * (points[i][1] + points[i - 1][1]) / 2;
    augrc += (points[i][0] - points[i - 1][0]) * (points[i][2] + points[i - 1][2]) / 2;
  }
  QVERIFY(near(metrics_of(s).aurc, aurc));
  QVERIFY(near(metrics_of(s).augrc, augrc));
}

void TestMetrics::augrc_of_a_perfect_score_is_half_the_error_squared() {
  Scored s;
  for (int i = 0; i < 1000; ++i) {
    s.score.push_back(1000.0 - i);
    s.right.push_back(i < 900);
  }
  QVERIFY(near(metrics_of(s).augrc, 0.1 * 0.1 / 2));
  QVERIFY(near(metrics_of(s).auroc, 1));
  QVERIFY(near(metrics_of(s).fpr95, 0));
}

void TestMetrics::what_is_not_defined_is_nothing() {
  QVERIFY(!selective_metrics({}, {}).aurc);
  const auto perfect = metrics_of({{0.1, 0.2}, {1, 1}});
  QVERIFY(near(perfect.aurc, 0));
  QVERIFY(near(perfect.e_aurc, 0));
  QVERIFY(!perfect.auroc);
  QVERIFY(!perfect.fpr95);
  const auto hopeless = metrics_of({{0.1, 0.2}, {0, 0}});
  QVERIFY(near(hopeless.aurc, 1));
  QVERIFY(near(hopeless.e_aurc, 0));
  QVERIFY(!hopeless.auroc);
}

void TestMetrics::fpr95_equals_a_search_over_all_thresholds() {
  for (const unsigned levels : {5U, 40U, 1000U}) {
    const auto s = random_scores(500, levels, levels + 1);
    double least = 2;
    for (const double threshold : s.score) {
      int right = 0, wrong = 0, rights = 0, wrongs = 0;
      for (std::size_t i = 0; i < s.score.size(); ++i) {
        ++(s.right[i] ? rights : wrongs);
        if (s.score[i] >= threshold) ++(s.right[i] ? right : wrong);
      }
      if (100 * right >= 95 * rights) least = std::min(least, static_cast<double>(wrong) / wrongs);
    }
    QVERIFY(near(metrics_of(s).fpr95, least));
  }
  // Of twenty right ones nineteen are enough.
  Scored twenty;
  for (int i = 0; i < 20; ++i) {
    twenty.score.push_back(i == 0 ? 0.1 : 0.9);
    twenty.right.push_back(1);
  }
  twenty.score.push_back(0.5);
  twenty.right.push_back(0);
  QVERIFY(near(metrics_of(twenty).fpr95, 0));
}

void TestMetrics::coverage_and_risk_equal_a_search_over_all_thresholds() {
  for (const unsigned levels : {4U, 30U, 1000U}) {
    const auto s = random_scores(500, levels, levels + 2);
    for (const double limit : {0.0, 0.05, 0.2, 0.5, 0.8, 1.0}) {
      double coverage_at = 0, coverage = 2, risk_at = -1;
      for (const double threshold : s.score) {
        int accepted = 0, wrong = 0;
        for (std::size_t i = 0; i < s.score.size(); ++i)
          if (s.score[i] >= threshold) {
            ++accepted;
            wrong += s.right[i] ? 0 : 1;
          }
        const double risk = static_cast<double>(wrong) / accepted, covered = accepted / 500.0;
        if (risk <= limit) coverage_at = std::max(coverage_at, covered);
        if (covered >= limit && covered < coverage) {
          coverage = covered;
          risk_at = risk;
        }
      }
      QVERIFY(near(coverage_at_risk(s.score, s.right, limit), coverage_at));
      QVERIFY(near(risk_at_coverage(s.score, s.right, limit), risk_at));
    }
    QVERIFY(near(metrics_of(s).coverage_at_risk_5, *coverage_at_risk(s.score, s.right, 0.05)));
    QVERIFY(near(metrics_of(s).risk_at_coverage_80, *risk_at_coverage(s.score, s.right, 0.8)));
  }
  QVERIFY(!coverage_at_risk({}, {}, 0.05));
  QVERIFY(!risk_at_coverage({}, {}, 0.8));
}

void TestMetrics::what_is_not_a_number_ranks_last() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto m = metrics_of({{nan, 0.4, nan, 0.1}, {0, 1, 0, 1}});
  QVERIFY(near(m.auroc, 1));
  QVERIFY(near(m.augrc, 0.5 * 0.5 / 2));
}

void TestMetrics::calibration_by_hand() {
  // Bins (0.4, 0.5] and (0.9, 1] of ten: |0.5 − 1/2| · 2/4 and |1 − 1/2| · 2/4.
  const std::vector<double> confidence = {0.5, 0.5, 1.0, 1.0};
  const std::vector<std::uint8_t> right = {1, 0, 1, 0};
  QVERIFY(near(expected_calibration_error(confidence, right, 10), 0.25));
  // The upper end belongs to the bin: 0.5 and 0.41 share one, 0.4 lies below.
  const std::vector<double> edges = {0.5, 0.40625, 0.25};
  const std::vector<std::uint8_t> all = {1, 1, 0};
  QVERIFY(near(expected_calibration_error(edges, all, 10), (std::abs(0.90625 - 2) + 0.25) / 3));
  QVERIFY(!expected_calibration_error({}, {}));
  const std::vector<double> zero = {0.0};
  const std::vector<std::uint8_t> wrong = {0};
  QVERIFY(near(expected_calibration_error(zero, wrong), 0));
  const std::vector<double> odd = {std::numeric_limits<double>::quiet_NaN(), 1e30};
  const std::vector<std::uint8_t> both = {0, 1};
  QVERIFY(near(expected_calibration_error(odd, both), 0));
}

namespace {

MetricData data_of_ten() {
  MetricData data;
  data.counts.by_verdict = {5, 1, 2, 2, 3};
  data.ties_broken = 4;
  for (int i = 0; i < 10; ++i) {
    data.score.push_back(i / 10.0);
    data.right.push_back(i % 3 != 0);
    data.log_prob_label.push_back(-0.5);
  }
  return data;
}

double value_at(const char* key, const MetricData& data) {
  const Metric* metric = find_metric(key);
  return metric ? value_of(*metric, data).value_or(-1) : -2;
}

}  // namespace

void TestMetrics::a_metric_without_what_it_needs_has_no_value() {
  MetricData data = data_of_ten();
  const auto defined = [&] {
    QStringList keys;
    for (const Figure& figure : figures_of(data))
      if (figure.value)
        keys << QString::fromUtf8(figure.metric->key.data(),
                                  static_cast<int>(figure.metric->key.size()));
    return keys.join(' ');
  };
  data.log_prob_label.clear();
  const QString counted =
      "samples accuracy kept_correct undetected_mispredictions caught_mispredictions "
      "needlessly_rejected coverage selective_risk generalized_risk";
  QCOMPARE(defined(), counted + " not_judged ties_broken");
  data.has_scores = true;
  const QString ranked =
      counted + " aurc e_aurc augrc auroc fpr95 coverage_at_risk_5 risk_at_coverage_80";
  QCOMPARE(defined(), ranked + " not_judged ties_broken");
  data.score_is_probability = true;
  data.log_prob_label = data_of_ten().log_prob_label;
  data.brier.assign(10, 0.25);
  data.latency_ms = 3;
  QCOMPARE(defined(), ranked + " ece nll brier expected_latency_ms not_judged ties_broken");
  // Of no samples only the counts are defined.
  data = MetricData();
  data.has_scores = true;
  QCOMPARE(defined(),
           QString("samples kept_correct undetected_mispredictions caught_mispredictions "
                   "needlessly_rejected not_judged ties_broken"));
}

void TestMetrics::the_table_gives_each_figure() {
  MetricData data = data_of_ten();
  data.has_scores = data.score_is_probability = true;
  data.brier.assign(10, 0.25);
  data.latency_ms = 3;
  data.latency_ratio = 1.5;
  data.joules = 12.5;
  data.joules_ratio = 2.5;
  const SelectiveMetrics selective = selective_metrics(data.score, data.right);
  QCOMPARE(value_at("samples", data), 10.0);
  QCOMPARE(value_at("accuracy", data), 0.7);
  QCOMPARE(value_at("kept_correct", data), 5.0);
  QCOMPARE(value_at("undetected_mispredictions", data), 1.0);
  QCOMPARE(value_at("caught_mispredictions", data), 2.0);
  QCOMPARE(value_at("needlessly_rejected", data), 2.0);
  QCOMPARE(value_at("coverage", data), 0.6);
  QCOMPARE(value_at("selective_risk", data), 1.0 / 6);
  QCOMPARE(value_at("generalized_risk", data), 0.1);
  QCOMPARE(value_at("aurc", data), *selective.aurc);
  QCOMPARE(value_at("e_aurc", data), *selective.e_aurc);
  QCOMPARE(value_at("augrc", data), *selective.augrc);
  QCOMPARE(value_at("auroc", data), *selective.auroc);
  QCOMPARE(value_at("fpr95", data), *selective.fpr95);
  QCOMPARE(value_at("ece", data), *expected_calibration_error(data.score, data.right));
  QCOMPARE(value_at("nll", data), 0.5);
  QCOMPARE(value_at("brier", data), 0.25);
  QCOMPARE(value_at("expected_latency_ms", data), 3.0);
  QCOMPARE(value_at("latency_ratio", data), 1.5);
  QCOMPARE(value_at("joules_per_1000", data), 12.5);
  QCOMPARE(value_at("joules_ratio", data), 2.5);
  QCOMPARE(value_at("not_judged", data), 3.0);
  QCOMPARE(value_at("ties_broken", data), 4.0);
  data.columns.push_back({"harm", {1.0, 3.0}});
  QCOMPARE(value_at("harm", data), 2.0);
  QCOMPARE(metric_table().all().size(), std::size_t{26});
  QVERIFY(find_metric("beauty") == nullptr);
}

void TestMetrics::a_metric_may_need_a_column_of_its_own() {
  const Metric metric = {.key = "mae",
                         .title = "mean absolute error",
                         .better = Better::lower,
                         .needs = MetricNeed::column,
                         .value = [](const MetricData& data) -> std::optional<double> {
                           double sum = 0;
                           for (const double error : data.column("error")) sum += std::abs(error);
                           return sum / static_cast<double>(data.column("error").size());
                         },
                         .column = "error"};
  MetricData data;
  QVERIFY(!value_of(metric, data));
  data.columns.push_back({"error", {-1, 3}});
  QCOMPARE(value_of(metric, data).value_or(-1), 2.0);
}

void TestMetrics::figures_are_written_with_their_units_data() {
  QTest::addColumn<QString>("key");
  QTest::addColumn<double>("value");
  QTest::addColumn<QString>("text");
  QTest::newRow("count") << "kept_correct" << 7688.0 << "7688";
  QTest::newRow("fraction") << "coverage" << 0.8274 << "82.74 %";
  QTest::newRow("area") << "augrc" << 0.0123456 << "0.01235";
  QTest::newRow("time") << "expected_latency_ms" << 3.14159 << "3.14 ms per batch";
  QTest::newRow("energy") << "joules_per_1000" << 585.9375 << "585.94 J for 1,000";
  QTest::newRow("ratio") << "latency_ratio" << 1.0 << "1.00 × the baseline";
}

void TestMetrics::figures_are_written_with_their_units() {
  QFETCH(QString, key);
  QFETCH(double, value);
  QFETCH(QString, text);
  const Metric* metric = find_metric(key.toStdString());
  QVERIFY(metric != nullptr);
  QCOMPARE(QString::fromStdString(figure_text(*metric, value)), text);
  QCOMPARE(QString::fromStdString(figure_text(*metric, std::nullopt)), QString("–"));
}

}  // namespace plumbline::test
