#include <QtTest>
#include <cmath>

#include "core/stress/severity_curve.h"
#include "core/study/condition.h"
#include "tests/core/stress/tests.h"
#include "tests/support/stressed_run.h"

namespace plumbline::test {

namespace {

constexpr int stressed_classes = 5;

/// A run of three voters, computed under noise=2, noise=4 and blur=1: the worse, the less its
/// distributions have to do with the labels.
struct StressedStudy {
  StudyFixture fixture{400, stressed_classes};
  RunInfo run = fixture.add_run("r", 3);
  std::vector<View> conditions = value(parse_conditions("noise=2,4;blur=1"));
  std::vector<ClassPredictions> predictions{fixture.shards.front()};  ///< as it is, then in order

  StressedStudy() {
    succeed(fixture.study.add_conditions("r", conditions));
    run = value(fixture.study.run("r"));
    for (std::size_t i = 0; i < conditions.size(); ++i)
      commit(conditions[i], 2.5F - static_cast<float>(i), static_cast<unsigned>(i) + 10, 400);
  }

  void commit(const View& condition, float help, unsigned seed, std::int64_t count) {
    predictions.push_back(
        commit_predictions(fixture, under(run, condition), "test", help, seed, count));
  }

  StressRequest request(const std::string& policy) const {
    return {"test", value(bind(value(parse_policy(policy, 3)))), {0, 1, 2}, {}};
  }
};

/// Right and accepted, wrong and accepted, wrong and rejected, right and rejected.
using SlowCounts = std::array<std::int64_t, 4>;

/// DOMAIN 1.3, sample by sample.
SlowCounts slow_counts(const std::string& policy, const ClassPredictions& content,
                       const std::vector<ClassIndex>& labels) {
  SlowCounts counts{};
  const auto n = static_cast<std::size_t>(content.count);
  for (std::size_t i = 0; i < n; ++i) {
    int label = -1;
    bool accept = false;
    if (policy == "mcp(t=0.8)" || policy == "mcp") {
      label = content.predicted[i];
      accept = content.confidence[i] >= (policy == "mcp" ? 0.9F : 0.8F);
    } else if (policy == "unanimous" && content.predicted[i] == content.predicted[n + i] &&
               content.predicted[i] == content.predicted[2 * n + i]) {
      label = content.predicted[i];
      accept = true;
    } else if (policy == "unanimous") {
      // The label of most, of three that differ the most confident one's.
      float best = -1;
      for (std::size_t v = 0; v < 3; ++v) {
        float weight = 0;
        for (std::size_t w = 0; w < 3; ++w)
          if (content.predicted[w * n + i] == content.predicted[v * n + i])
            weight += 10 + content.confidence[w * n + i];
        if (weight > best) {
          best = weight;
          label = content.predicted[v * n + i];
        }
      }
    } else if (policy == "mean(t=0.6)") {
      std::array<double, stressed_classes> mean{};
      for (std::size_t v = 0; v < 3; ++v)
        for (std::size_t c = 0; c < stressed_classes; ++c)
          mean[c] +=
              std::exp(static_cast<double>(content.log_probs[(v * n + i) * stressed_classes + c])) /
              3;
      const auto top = std::ranges::max_element(mean);
      label = static_cast<int>(top - mean.begin());
      accept = static_cast<float>(*top) >= 0.6F;
    }
    const bool right = label == labels[i];
    ++counts[accept ? (right ? 0U : 1U) : (right ? 3U : 2U)];
  }
  return counts;
}

SlowCounts counts_of(const StressOutcome& outcome) {
  return {outcome.counts[Verdict::kept], outcome.counts[Verdict::undetected],
          outcome.counts[Verdict::caught], outcome.counts[Verdict::needlessly_rejected]};
}

}  // namespace

void TestSeverityCurve::points_equal_a_slow_count_data() {
  QTest::addColumn<QString>("policy");
  for (const char* policy : {"mcp(t=0.8)", "unanimous", "mean(t=0.6)"})
    QTest::newRow(policy) << policy;
}

void TestSeverityCurve::points_equal_a_slow_count() {
  QFETCH(QString, policy);
  const StressedStudy stressed;
  const auto labels = value(stressed.fixture.study.labels(stressed.run.dataset, "test"));
  const auto curves =
      value(severity_curves(stressed.fixture.study, stressed.run,
                            stressed.request(policy.toStdString()), stressed.conditions));
  QCOMPARE(curves.size(), std::size_t{2});
  QCOMPARE(curves[0].family, std::string("noise"));
  QCOMPARE(curves[1].family, std::string("blur"));
  QCOMPARE(curves[0].points.size(), std::size_t{3});
  QCOMPARE(curves[1].points.size(), std::size_t{2});
  QCOMPARE(curves[0].points[2].severity, 4.0);
  const std::array points = {&curves[0].points[0], &curves[0].points[1], &curves[0].points[2],
                             &curves[1].points[1]};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const SeverityPoint& point = *points[i];
    QVERIFY(point.complete);
    const auto expected = slow_counts(policy.toStdString(), stressed.predictions[i], labels);
    QCOMPARE(counts_of(point.policy), expected);
    QVERIFY(point.baseline.has_value());
    QCOMPARE(counts_of(*point.baseline), slow_counts("mcp", stressed.predictions[i], labels));
    // The difference is that of the pairs of which only one is undetected.
    QCOMPARE(point.both_judge, std::int64_t{400});
    QCOMPARE(point.only_policy_undetected - point.only_baseline_undetected,
             expected[1] - slow_counts("mcp", stressed.predictions[i], labels)[1]);
    QVERIFY(point.only_policy_undetected <= expected[1] && point.only_policy_undetected >= 0);
    const auto wrong = static_cast<double>(expected[1] + expected[2]);
    QCOMPARE(point.policy.caught_share(), static_cast<double>(expected[2]) / wrong);
    for (const Figure& figure : point.policy.figures)
      if (figure.metric->key == "accuracy")
        QCOMPARE(*figure.value, static_cast<double>(expected[0] + expected[3]) / 400);
  }
  QCOMPARE(curves[1].points[0].policy.counts.by_verdict, points[0]->policy.counts.by_verdict);
  // What the test is made of: the worse the condition, the worse the accuracy.
  QVERIFY(points[0]->policy.counts.accuracy() > points[2]->policy.counts.accuracy());
}

void TestSeverityCurve::what_is_fitted_stays_as_it_was() {
  const StressedStudy stressed;
  StressRequest request = stressed.request("mcp(t=0.5)");
  request.baseline = value(bind(value(parse_policy("majority", 3))));
  const auto labels = value(stressed.fixture.study.labels(stressed.run.dataset, "test"));
  const SeverityPoint point =
      value(under_stress(stressed.fixture.study, stressed.run, request, stressed.conditions[2]));
  // The baseline that is named is used: of three voters a majority accepts where two agree.
  std::int64_t accepted = 0;
  const auto& content = stressed.predictions[3];
  for (std::size_t i = 0; i < 400; ++i) {
    const int a = content.predicted[i], b = content.predicted[400 + i],
              c = content.predicted[800 + i];
    accepted += a == b || a == c || b == c;
  }
  QCOMPARE(point.baseline->counts.accepted(), accepted);
  // A baseline by voters of its own: the second alone.
  request.baseline = value(bind(value(parse_policy("mcp(t=0.8)", 1))));
  request.baseline_voters = {1};
  const SeverityPoint alone =
      value(under_stress(stressed.fixture.study, stressed.run, request, stressed.conditions[2]));
  accepted = 0;
  for (std::size_t i = 0; i < 400; ++i) accepted += content.confidence[400 + i] >= 0.8F;
  QCOMPARE(alone.baseline->counts.accepted(), accepted);
  QCOMPARE(request.policy, value(bind(value(parse_policy("mcp(t=0.5)", 3)))));
}

void TestSeverityCurve::mcp_is_by_the_voter_that_is_named() {
  const StressedStudy stressed;
  const auto judge = [&](const StressRequest& request) {
    return value(
               under_stress(stressed.fixture.study, stressed.run, request, stressed.conditions[2]))
        .baseline->counts;
  };
  const auto accepted_by = [&](std::size_t voter, float threshold) {
    std::int64_t accepted = 0;
    for (std::size_t i = 0; i < 400; ++i)
      accepted += stressed.predictions[3].confidence[voter * 400 + i] >= threshold;
    return accepted;
  };
  // By the first of the policy's voters where nobody names one, at its default.
  StressRequest request = stressed.request("unanimous");
  QCOMPARE(judge(request).accepted(), accepted_by(0, 0.9F));
  request.policy = value(bind(value(parse_policy("unanimous", 2))));
  request.voters = {2, 1};
  QCOMPARE(judge(request).accepted(), accepted_by(2, 0.9F));
  // By another one, whether or not the policy asks it, at the threshold that is said of it.
  for (const std::size_t voter : {0U, 1U, 2U}) {
    succeed(set_mcp_baseline(request, voter, 0.7));
    QCOMPARE(judge(request).accepted(), accepted_by(voter, 0.7F));
    QVERIFY(voter == 0 || accepted_by(voter, 0.7F) != accepted_by(0, 0.7F));
  }
  QCOMPARE(request.voters, (std::vector<std::size_t>{2, 1}));
}

void TestSeverityCurve::a_condition_that_lacks_samples_says_so() {
  StressedStudy stressed;
  const auto further = value(parse_conditions("jpeg=20,10"));
  succeed(stressed.fixture.study.add_conditions("r", further));
  stressed.run = value(stressed.fixture.study.run("r"));
  stressed.commit(further[0], 1, 20, 150);
  const auto curves = value(
      severity_curves(stressed.fixture.study, stressed.run, stressed.request("mcp"), further));
  QCOMPARE(curves.size(), std::size_t{1});
  QVERIFY(curves[0].points[0].complete);
  QVERIFY(!curves[0].points[1].complete);
  QCOMPARE(curves[0].points[1].policy.counts.judged(), std::int64_t{150});
  QVERIFY(!curves[0].points[2].complete);
  QCOMPARE(curves[0].points[2].policy.counts.judged(), std::int64_t{0});
  QVERIFY(std::isnan(curves[0].points[2].policy.caught_share()));
}

void TestSeverityCurve::it_can_be_stopped() {
  const StressedStudy stressed;
  std::vector<std::size_t> seen;
  const auto stopped =
      severity_curves(stressed.fixture.study, stressed.run, stressed.request("mcp"),
                      stressed.conditions, [&](std::size_t done, std::size_t total) {
                        seen.push_back(done);
                        return total != 4 || done == 2;
                      });
  QVERIFY(!stopped.has_value());
  QCOMPARE(stopped.error().kind, ErrorKind::cancelled);
  QCOMPARE(seen, (std::vector<std::size_t>{0, 1, 2}));
}

}  // namespace plumbline::test
