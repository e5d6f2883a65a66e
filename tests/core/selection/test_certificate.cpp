#include <QtTest>
#include <algorithm>
#include <cmath>
#include <random>

#include "core/selection/binomial_tail.h"
#include "core/selection/certificate.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/selection/reference_figures.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

namespace {

/// A voter whose confidence s is drawn as √u and which is right with probability s: the risk above
/// a threshold t is known.
struct HonestVoter {
  OwnedTable table;

  HonestVoter(std::size_t n, std::mt19937& random) {
    std::uniform_real_distribution<double> uniform;
    table.labels.assign(n, 0);
    table.predicted.emplace_back(n);
    table.confidence.emplace_back(n);
    table.log_prob.emplace_back(n, -1.0F);
    for (std::size_t i = 0; i < n; ++i) {
      const double sure = std::sqrt(uniform(random));
      table.confidence[0][i] = static_cast<float>(sure);
      table.predicted[0][i] = uniform(random) < sure ? 0 : 1;
    }
  }

  /// Density of s is 2s: selective risk E[1 − s | s ≥ t], generalized E[(1 − s) 1(s ≥ t)].
  static double true_risk(double t, bool generalized) {
    const double wrong = (1 - t * t) - 2 * (1 - t * t * t) / 3;
    return generalized ? wrong : wrong / (1 - t * t);
  }
};

CountVerdicts counter(const VoteTable& votes) {
  return [&votes](const BoundPolicy& policy) {
    Decisions decisions;
    decide(policy, votes, decisions, 1);
    return decisions.counts;
  };
}

}  // namespace

void TestCertificate::tails_equal_scipy_data() {
  QTest::addColumn<int>("index");
  for (std::size_t i = 0; i < reference_tails().size(); ++i)
    QTest::newRow(
        qPrintable(QString("%1 of %2").arg(reference_tails()[i].k).arg(reference_tails()[i].n)))
        << static_cast<int>(i);
}

void TestCertificate::tails_equal_scipy() {
  QFETCH(int, index);
  const ReferenceTail& expected = reference_tails()[static_cast<std::size_t>(index)];
  const double found = binomial_tail(expected.k, expected.n, expected.p);
  QVERIFY2(std::abs(found / expected.tail - 1) < 1e-9, qPrintable(QString::number(found, 'g', 17)));
  // And a sum, where that is short.
  if (expected.n > 1000) return;
  double sum = 0, term = std::pow(1 - expected.p, static_cast<double>(expected.n));
  for (long i = 0; i <= expected.k; ++i) {
    sum += term;
    term *= static_cast<double>(expected.n - i) / static_cast<double>(i + 1) * expected.p /
            (1 - expected.p);
  }
  QVERIFY(std::abs(found - sum) < 1e-12);
}

void TestCertificate::bounds_have_the_tail_that_they_should() {
  for (const auto& [wrong, n] : {std::pair{0, 10}, {3, 50}, {40, 4000}, {999, 1000}}) {
    const double bound = upper_risk_bound(wrong, n, 0.05);
    QVERIFY(std::abs(binomial_tail(wrong, n, bound) - 0.05) < 1e-9);
  }
  QCOMPARE(upper_risk_bound(10, 10, 0.05), 1.0);
  // None wrong of n: 1 − δ^(1/n).
  QVERIFY(std::abs(upper_risk_bound(0, 59, 0.05) - (1 - std::pow(0.05, 1.0 / 59))) < 1e-12);
}

void TestCertificate::needed_samples_are_enough_and_no_more() {
  QCOMPARE(samples_needed(0, 0.01, 0.05), std::int64_t{299});  // ln 0.05 / ln 0.99 = 298.07
  QCOMPARE(samples_needed(0.01, 0.01, 0.05), std::int64_t{-1});
  const std::int64_t n = samples_needed(0.005, 0.01, 0.05);
  const auto p = [](std::int64_t all) {
    return binomial_tail(static_cast<std::int64_t>(static_cast<double>(all) * 0.005), all, 0.01);
  };
  QVERIFY(p(n) <= 0.05 && p(n - 1) > 0.05);
}

void TestCertificate::targets_are_read_and_written() {
  const auto target = parse_risk_target("risk=0.02, confidence=0.9");
  QVERIFY(target.has_value());
  QCOMPARE(target->risk, 0.02);
  QCOMPARE(target->confidence, 0.9);
  QVERIFY(parse_risk_target("kind=generalized,risk=0.01")->generalized);
  for (const char* text : {"risk=0.02,confidence=0.9", "risk=0.1,confidence=0.99,kind=generalized"})
    QCOMPARE(to_string(*parse_risk_target(text)), std::string(text));
  for (const char* text : {"", "0.01", "risk=0", "risk=1", "risk=x", "confidence=0.9",
                           "risk=0.1,colour=2", "risk=0.1,kind=odd", "risk=nan"})
    QVERIFY2(!parse_risk_target(text), text);
}

void TestCertificate::a_promise_is_seldom_broken_data() {
  QTest::addColumn<double>("risk");
  QTest::addColumn<bool>("generalized");
  QTest::addColumn<int>("samples");
  QTest::newRow("selective") << 0.1 << false << 500;
  QTest::newRow("selective, few") << 0.1 << false << 80;
  QTest::newRow("generalized") << 0.05 << true << 500;
}

void TestCertificate::a_promise_is_seldom_broken() {
  QFETCH(double, risk);
  QFETCH(bool, generalized);
  QFETCH(int, samples);
  constexpr int sets = 2000;
  const RiskTarget target{risk, 0.9, generalized};
  const BoundPolicy policy = *bind(*make_policy("mcp", 1));
  std::mt19937 random(17);
  int broken = 0, promised = 0;
  double slack = 0;
  for (int s = 0; s < sets; ++s) {
    const HonestVoter voter(static_cast<std::size_t>(samples), random);
    const VoteTable votes = voter.table.table();
    const auto certificate = certify(policy, target, "validation", counter(votes));
    QVERIFY(certificate.has_value());
    if (!certificate->policy) continue;
    ++promised;
    const double truth = HonestVoter::true_risk(certificate->policy->policy.number(0), generalized);
    broken += truth > risk ? 1 : 0;
    slack += risk - truth;
  }
  const QString text = QString("of %1 promises %2 broken, allowed %3; mean slack %4")
                           .arg(promised)
                           .arg(broken)
                           .arg(0.1 * sets)
                           .arg(slack / promised);
  qInfo("%s", qPrintable(text));
  // δ of the sets, and three deviations of what chance does to 2,000.
  QVERIFY2(broken <= 200 + 3 * std::sqrt(sets * 0.1 * 0.9), qPrintable(text));
  // It is no promise to promise nothing.
  QVERIFY2(promised > (samples > 100 ? 1300 : 200), qPrintable(text));
  QVERIFY2(broken > 0, qPrintable(text));
}

void TestCertificate::votes_share_the_error_rate() {
  const OwnedTable owned = [] {
    OwnedTable table = random_table(4000, 5, 6, 4);
    // Mostly right, so that there is something to promise.
    std::mt19937 random(3);
    for (auto& column : table.predicted)
      for (std::size_t i = 0; i < column.size(); ++i)
        if (random() % 10 != 0) column[i] = table.labels[i];
    return table;
  }();
  const VoteTable votes = owned.table();
  const auto certificate = certify(*bind(*make_policy("polygraph", 5)), {0.02, 0.95, false},
                                   "validation", counter(votes));
  QVERIFY(certificate.has_value());
  QCOMPARE(certificate->families, std::size_t{5});
  QVERIFY(certificate->policy.has_value());
  QVERIFY(certificate->p_value <= 0.05 / 5);
  QVERIFY(certificate->upper_bound <= 0.02);
  const VerdictCounts counts = counter(votes)(*certificate->policy);
  QCOMPARE(counts.accepted(), certificate->found.accepted);
  QCOMPARE(counts[Verdict::undetected], certificate->found.wrong);
}

void TestCertificate::without_a_promise_the_need_is_said() {
  std::mt19937 random(5);
  const HonestVoter few(60, random);
  const VoteTable votes = few.table.table();
  const BoundPolicy policy = *bind(*make_policy("mcp", 1));
  const auto none = certify(policy, {0.05, 0.95, false}, "validation", counter(votes));
  QVERIFY(none.has_value() && !none->policy);
  QVERIFY(none->needed > 60);
  QVERIFY(words_of(*none).find("nothing is promised") == 0);
  const VoteTable empty;
  QVERIFY(!certify(policy, {0.05, 0.95, false}, "validation",
                   [](const BoundPolicy&) { return VerdictCounts(); }));
  QVERIFY(!certify(*bind(*make_policy("majority", 1)), {}, "validation", counter(votes)));
}

void TestCertificate::what_was_fitted_here_is_not_certified() {
  BoundPolicy policy = *bind(*make_policy("mcp", 1));
  policy.learned.split = "validation";
  std::mt19937 random(5);
  const HonestVoter voter(500, random);
  const VoteTable votes = voter.table.table();
  const auto refused = certify(policy, {0.1, 0.9, false}, "validation", counter(votes));
  QVERIFY(!refused && refused.error().kind == ErrorKind::usage);
  QVERIFY(certify(policy, {0.1, 0.9, false}, "test", counter(votes)));
}

}  // namespace plumbline::test
