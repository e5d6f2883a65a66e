#include <QtTest>
#include <cmath>
#include <random>

#include "core/decision/held_split.h"
#include "core/decision/threshold_parameter.h"
#include "core/selection/harm.h"
#include "core/selection/operating_points.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

namespace {

/// Class 0 is dear to miss, class 3 to say.
HarmUnit dear_unit(double reject) {
  HarmUnit unit{std::vector<double>(16, 1), 4, reject};
  for (std::size_t c = 0; c < 4; ++c) {
    unit.costs[0 * 4 + c] = 7;
    unit.costs[c * 4 + 3] = 3;
  }
  for (std::size_t c = 0; c < 4; ++c) unit.costs[c * 4 + c] = 0;
  return unit;
}

/// Of a whole split, written down: Σ C over the accepted + reject · rejected, per sample.
double slow_harm(const HarmUnit& unit, const VoteTable& votes, const Decisions& decisions) {
  double sum = 0;
  int judged = 0;
  for (std::size_t i = 0; i < votes.samples(); ++i) {
    if (decisions.verdict[i] == Verdict::unjudged) continue;
    ++judged;
    if (decisions.accept[i] == 0)
      sum += unit.reject;
    else
      sum += unit.costs[votes.labels[i] * 4U + decisions.label[i]];
  }
  return sum / judged;
}

BoundPolicy policy_of(const char* text, std::size_t voters) {
  return *bind(*parse_policy(text, voters));
}

}  // namespace

void TestHarm::a_front_equals_deciding_anew_data() {
  QTest::addColumn<QString>("policy");
  for (const char* policy : {"mcp", "polygraph", "majority"}) QTest::newRow(policy) << policy;
}

void TestHarm::a_front_equals_deciding_anew() {
  QFETCH(QString, policy);
  const OwnedTable owned = random_table(300, 3, 4, 12);
  const VoteTable votes = owned.table();
  const HarmUnit unit = dear_unit(0.4);
  const BoundPolicy bound = policy_of(qPrintable(policy), 3);
  Decisions decisions;
  const auto decide_at = [&](const BoundPolicy& setting) -> const Decisions& {
    decide(setting, votes, decisions);
    return decisions;
  };
  const auto front = harm_front(unit, bound, votes.labels, decide_at);
  QVERIFY(!front.empty());
  for (std::size_t i = 0; i < front.size(); ++i) {
    // Each point is what its setting gives.
    decide(at_point(bound, front[i].value, front[i].counted), votes, decisions);
    QCOMPARE(front[i].kept, decisions.counts[Verdict::kept]);
    QCOMPARE(front[i].undetected, decisions.counts[Verdict::undetected]);
    QVERIFY(std::abs(front[i].harm - slow_harm(unit, votes, decisions)) < 1e-12);
    if (i > 0) QVERIFY(front[i].kept > front[i - 1].kept && front[i].harm > front[i - 1].harm);
  }
  // No setting of a fine grid beats it.
  const auto best = least_harm(front);
  QCOMPARE(choose_by_harm(front, {})->harm, best->harm);
  // At most so much: of those within the one that keeps most.
  for (const HarmPoint& wanted : front) {
    const auto most = choose_by_harm(front, {wanted.harm});
    QVERIFY(most && most->kept == wanted.kept);
  }
  QVERIFY(!choose_by_harm(front, {best->harm - 1e-9}));
  if (threshold_parameter(bound)) {
    for (int step = 0; step <= 1000; ++step)
      for (int votes_needed = 1; votes_needed <= 3; ++votes_needed) {
        decide(at_point(bound, step / 1000.0, votes_needed), votes, decisions);
        const double harm = slow_harm(unit, votes, decisions);
        // Of a policy that counts votes the front is on a grid of thresholds, as fine but another.
        const double slack = policy == "polygraph" ? 0.02 : 1e-12;
        const bool accepts_any = decisions.counts.accepted() > 0;
        QVERIFY(!accepts_any || harm >= best->harm - slack);
        for (const HarmPoint& point : front)
          if (policy == "mcp" && accepts_any && point.kept <= decisions.counts[Verdict::kept])
            QVERIFY(point.harm <= harm + 1e-12 || point.kept < decisions.counts[Verdict::kept]);
      }
  } else {
    QCOMPARE(front.size(), std::size_t{1});
  }
}

void TestHarm::rules_are_read_as_they_are_written() {
  for (const char* text : {"least-harm", "harm<=0.05", "harm<=0"})
    QCOMPARE(to_string(**parse_harm_rule(text)), std::string(text));
  QVERIFY(!parse_harm_rule("kept>=baseline")->has_value());
  for (const char* text : {"harm<=much", "harm<=-1", "harm<="}) {
    const auto wrong = parse_harm_rule(text);
    QVERIFY(!wrong && wrong.error().kind == ErrorKind::usage);
  }
}

void TestHarm::plain_costs_count_undetected() {
  const OwnedTable owned = random_table(300, 3, 4, 13);
  const VoteTable votes = owned.table();
  const HarmUnit unit = harm_unit(plain_costs({"a", "b", "c", "d"}), 0);
  const BoundPolicy bound = policy_of("mcp", 3);
  Decisions decisions;
  const auto front =
      harm_front(unit, bound, votes.labels, [&](const BoundPolicy& setting) -> const Decisions& {
        decide(setting, votes, decisions);
        return decisions;
      });
  decide(bound, votes, decisions);
  const auto counts = pareto_front(bound, votes, decisions, {});
  QCOMPARE(front.size(), counts.size());
  for (std::size_t i = 0; i < front.size(); ++i) {
    QCOMPARE(front[i].kept, counts[i].kept);
    QVERIFY(std::abs(front[i].harm * static_cast<double>(decisions.counts.judged()) -
                     static_cast<double>(counts[i].undetected)) < 1e-9);
  }
}

void TestHarm::p_values_equal_their_definition_data() {
  QTest::addColumn<double>("mean");
  QTest::addColumn<int>("n");
  QTest::addColumn<double>("harm");
  QTest::addColumn<double>("largest");
  QTest::newRow("few errors") << 0.01 << 500 << 0.05 << 1.0;
  QTest::newRow("none") << 0.0 << 100 << 0.05 << 1.0;
  QTest::newRow("dear ones") << 0.2 << 800 << 0.5 << 7.0;
  QTest::newRow("more than is promised") << 0.3 << 100 << 0.2 << 1.0;
  QTest::newRow("few samples") << 0.0 << 3 << 0.1 << 2.0;
}

void TestHarm::p_values_equal_their_definition() {
  QFETCH(double, mean);
  QFETCH(int, n);
  QFETCH(double, harm);
  QFETCH(double, largest);
  const double a = std::min(mean / largest, harm / largest), b = harm / largest;
  double divergence = (1 - a) * std::log((1 - a) / (1 - b));
  if (a > 0) divergence += a * std::log(a / b);
  double tail = 0;
  for (int i = 0; i <= std::ceil(n * mean / largest - 1e-9); ++i)
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) +
                     i * std::log(b) + (n - i) * std::log1p(-b));
  const double expected = std::min({std::exp(-n * divergence), std::exp(1.0) * tail, 1.0});
  QVERIFY(std::abs(harm_p_value(mean, n, harm, largest) - expected) <= 1e-9 * expected + 1e-300);
  QCOMPARE(harm_p_value(mean, n, largest, largest), 0.0);
  QCOMPARE(harm_p_value(mean, 0, harm, largest), 1.0);
}

void TestHarm::targets_are_read_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<double>("harm");  // negative: refused
  QTest::newRow("short") << "harm=0.2" << 0.2;
  QTest::newRow("above one") << "harm=3.5, confidence=0.9,kind=generalized" << 3.5;
  QTest::newRow("no harm") << "confidence=0.9" << -1.0;
  QTest::newRow("zero") << "harm=0" << -1.0;
  QTest::newRow("a confidence of one") << "harm=1,confidence=1" << -1.0;
  QTest::newRow("another kind") << "harm=1,kind=other" << -1.0;
  QTest::newRow("another word") << "harm=1,risk=0.1" << -1.0;
}

void TestHarm::targets_are_read() {
  QFETCH(QString, text);
  QFETCH(double, harm);
  const auto target = parse_harm_target(text.toStdString());
  QCOMPARE(target.has_value(), harm > 0);
  if (!target) {
    QCOMPARE(target.error().kind, ErrorKind::usage);
    return;
  }
  QCOMPARE(target->harm, harm);
  QCOMPARE(target->generalized, text.contains("generalized"));
}

void TestHarm::a_promise_is_seldom_broken_data() {
  QTest::addColumn<bool>("generalized");
  QTest::newRow("of the accepted") << false;
  QTest::newRow("of all") << true;
}

/// Many drawn validation sets from one distribution whose true harm is known at every threshold.
void TestHarm::a_promise_is_seldom_broken() {
  QFETCH(bool, generalized);
  constexpr std::size_t samples = 400;
  constexpr int sets = 400;
  const HarmUnit unit = dear_unit(0);
  const HarmTarget target{0.5, 0.8, generalized};
  // A right label is likelier the higher its confidence, which is uniform: P(wrong | c) = 0.6 (1 −
  // c). True classes are alike often, a wrong label is any other class.
  double mean_cost = 0;
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t l = 0; l < 4; ++l)
      if (t != l) mean_cost += unit.costs[t * 4 + l] / 12;
  const auto true_harm = [&](double t) {
    // ∫ 0.6 (1 − c) dc from t to 1, over what is accepted or over all.
    const double wrong = 0.3 * (1 - t) * (1 - t);
    return mean_cost * wrong / (generalized ? 1 : 1 - t);
  };
  std::mt19937 random(21);
  std::uniform_real_distribution<double> uniform(0, 1);
  int broken = 0, promised = 0;
  for (int set = 0; set < sets; ++set) {
    OwnedTable owned;
    owned.predicted.resize(1);
    owned.confidence.resize(1);
    owned.log_prob.resize(1);
    for (std::size_t i = 0; i < samples; ++i) {
      const double c = uniform(random);
      const auto truth = static_cast<ClassIndex>(random() % 4);
      const bool wrong = uniform(random) < 0.6 * (1 - c);
      owned.labels.push_back(truth);
      owned.predicted[0].push_back(wrong ? static_cast<ClassIndex>((truth + 1 + random() % 3) % 4)
                                         : truth);
      owned.confidence[0].push_back(static_cast<float>(c));
      owned.log_prob[0].push_back(0);
    }
    const VoteTable votes = owned.table();
    Decisions decisions;
    const auto certificate =
        certify_harm(unit, policy_of("mcp", 1), target, "validation", votes.labels,
                     [&](const BoundPolicy& setting) -> const Decisions& {
                       decide(setting, votes, decisions);
                       return decisions;
                     });
    QVERIFY(certificate.has_value());
    if (!certificate->policy) continue;
    ++promised;
    QVERIFY(certificate->p_value <= 0.2);
    broken += true_harm(certificate->policy->policy.number(0)) > target.harm;
  }
  // It promises, and it breaks no more than one in five: 3 standard errors above are allowed.
  QVERIFY(promised > sets / 2);
  QVERIFY2(broken <= sets * 0.2 + 3 * std::sqrt(sets * 0.2 * 0.8),
           qPrintable(QString("%1 of %2").arg(broken).arg(promised)));
}

}  // namespace plumbline::test
