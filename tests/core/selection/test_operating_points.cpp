#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "core/selection/operating_points.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

namespace {

BoundPolicy bound(const QString& text, std::size_t voters) {
  auto policy = parse_policy(text.toStdString(), voters);
  if (!policy) qFatal("%s", to_string(policy.error()).c_str());
  return *bind(*policy);
}

CountVerdicts counter_of(const VoteTable& votes) {
  return [&votes](const BoundPolicy& policy) {
    Decisions decisions;
    decide(policy, votes, decisions);
    return decisions.counts;
  };
}

OwnedTable table_with_gaps(std::size_t samples, std::size_t voters, unsigned seed) {
  OwnedTable owned = random_table(samples, voters, 4, seed);
  for (std::size_t i = 3; i < samples; i += 29) owned.labels[i] = no_class;
  for (std::size_t i = 5; i < samples; i += 31) owned.predicted[i % voters][i] = no_class;
  for (std::size_t i = 7; i < samples; i += 37)
    owned.confidence[i % voters][i] = std::numeric_limits<float>::quiet_NaN();
  return owned;
}

/// Every setting that there is, by deciding anew: the confidences lie on a grid of 21.
std::vector<OperatingPoint> all_settings(const BoundPolicy& policy, const VoteTable& votes) {
  const auto count = counter_of(votes);
  const bool counts_votes = !counted_parameter(policy.policy).empty();
  std::vector<OperatingPoint> points;
  for (int step = 20; step >= 0; --step)
    for (std::int64_t least = counts_votes ? 1 : 0;
         least <= (counts_votes ? static_cast<std::int64_t>(votes.voters.size()) : 0); ++least) {
      const double value = static_cast<double>(static_cast<float>(step) / 20);
      const VerdictCounts counts = count(at_point(policy, value, least));
      points.push_back({value, least, counts[Verdict::kept], counts[Verdict::undetected]});
    }
  return points;
}

}  // namespace

void TestOperatingPoints::a_sweep_equals_deciding_anew_data() {
  QTest::addColumn<int>("voters");
  for (const int voters : {1, 2, 3, 5, 16, 64})
    QTest::newRow(qPrintable(QString::number(voters))) << voters;
}

void TestOperatingPoints::a_sweep_equals_deciding_anew() {
  QFETCH(int, voters);
  const auto n = static_cast<std::size_t>(voters);
  const OwnedTable owned = table_with_gaps(400, n, static_cast<unsigned>(voters));
  const VoteTable votes = owned.table();
  const BoundPolicy policy = bound("polygraph", n);
  // What the sweep says last of a number of votes holds until it says something else.
  std::map<std::pair<double, std::int64_t>, std::pair<std::int64_t, std::int64_t>> swept;
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> now;
  const VoteSweep sweep(votes);
  VoteSweep::State state;
  sweep.sweep(VoteSweep::all_of(n), state, [&](const OperatingPoint& point) {
    swept[{point.value, point.counted}] = {point.kept, point.undetected};
  });
  for (const OperatingPoint& expected : all_settings(policy, votes)) {
    if (const auto found = swept.find({expected.value, expected.counted}); found != swept.end())
      now[expected.counted] = found->second;
    QCOMPARE(now[expected.counted].first, expected.kept);
    QCOMPARE(now[expected.counted].second, expected.undetected);
  }
  QVERIFY(!swept.empty());
}

void TestOperatingPoints::a_sweep_of_a_subset_equals_its_table() {
  // Nothing is missing here: a subset's own table leaves out fewer samples.
  const OwnedTable owned = random_table(300, 6, 4, 3);
  const VoteTable votes = owned.table();
  const VoteSweep sweep(votes);
  VoteSweep::State state;
  for (const std::vector<std::size_t>& subset :
       std::vector<std::vector<std::size_t>>{{0}, {5}, {1, 3}, {0, 2, 4, 5}}) {
    VoteTable own{votes.labels, {}};
    VoteSweep::Mask mask = 0;
    for (const std::size_t v : subset) {
      own.voters.push_back(votes.voters[v]);
      mask |= VoteSweep::Mask{1} << v;
    }
    std::vector<OperatingPoint> some, alone;
    sweep.sweep(mask, state, [&](const OperatingPoint& p) { some.push_back(p); });
    VoteSweep(own).sweep(VoteSweep::all_of(subset.size()), state,
                         [&](const OperatingPoint& p) { alone.push_back(p); });
    QVERIFY(some == alone);
  }
}

void TestOperatingPoints::a_choice_among_few_points_equals_that_among_all_data() {
  QTest::addColumn<int>("samples");
  QTest::addColumn<int>("voters");
  QTest::addColumn<int>("levels");  // of confidences; 0: each its own
  QTest::newRow("few") << 60 << 3 << 0;
  QTest::newRow("tied") << 900 << 5 << 4;
  QTest::newRow("many") << 2500 << 16 << 0;
  QTest::newRow("many, tied") << 2500 << 16 << 300;
  QTest::newRow("as many as there may be") << 500 << 64 << 0;
}

void TestOperatingPoints::a_choice_among_few_points_equals_that_among_all() {
  QFETCH(int, samples);
  QFETCH(int, voters);
  QFETCH(int, levels);
  const auto n = static_cast<std::size_t>(voters);
  OwnedTable owned = table_with_gaps(static_cast<std::size_t>(samples), n, 5);
  std::mt19937_64 random(9);
  for (std::size_t i = 0; i < owned.labels.size(); ++i) {
    const bool easy = random() % 3 != 0;  // all agree, mostly on what is right
    const ClassIndex common = random() % 10 != 0 ? owned.labels[i] : ClassIndex{2};
    for (std::size_t v = 0; v < n; ++v) {
      if (easy && owned.predicted[v][i] != no_class) owned.predicted[v][i] = common;
      const bool right = owned.predicted[v][i] == owned.labels[i];
      double sure = static_cast<double>(random() >> 11) * 0x1p-53;
      if (right) sure = 1 - sure * sure;
      if (levels > 0) sure = std::round(sure * levels) / levels;
      if (!std::isnan(owned.confidence[v][i])) owned.confidence[v][i] = static_cast<float>(sure);
    }
  }
  const VoteTable votes = owned.table();
  const VoteSweep sweep(votes, true);
  VoteSweep::State slow, fast;
  std::size_t chosen = 0, all = 0, few = 0;
  for (const char* text : {"kept>=0", "kept>=30", "risk<=0.02", "coverage>=0.6", "risk<=0",
                           "kept>=20,risk<=0.1", "coverage>=0.3,risk<=0.2", "risk<=1"})
    for (int drawn = 0; drawn < 12; ++drawn) {
      const auto mask = (drawn == 0 ? ~VoteSweep::Mask{0} : random()) & VoteSweep::all_of(n);
      const SelectionRule rule = *parse_selection_rule(text);
      const auto judged = static_cast<std::int64_t>(sweep.samples());
      RuleChoice among_all(rule, judged), among_few(rule, judged);
      sweep.sweep(mask, slow, [&](const OperatingPoint& point) {
        ++all;
        among_all.add(point);
      });
      sweep.visit(mask, fast,
                  {[&](const OperatingPoint& point) {
                     ++few;
                     among_few.add(point);
                   },
                   [&](const OperatingPoint& point) { among_few.expect(point); },
                   [&](const PointBounds& bounds) { return among_few.may_choose(bounds); }});
      QVERIFY2(among_all.chosen() == among_few.chosen(), text);
      chosen += among_all.chosen().has_value();
    }
  QVERIFY(chosen > 40);
  if (samples > 1000) QVERIFY2(few * 5 < all, qPrintable(QString::number(few)));
}

void TestOperatingPoints::all_points_are_visited_where_all_are_wanted() {
  const OwnedTable owned = table_with_gaps(700, 5, 12);
  const VoteSweep sweep(owned.table(), true);
  VoteSweep::State state;
  for (const VoteSweep::Mask mask : {0b11111, 0b00100, 0b10110, 0b11111}) {
    std::vector<OperatingPoint> swept, visited;
    VoteSweep::State other;
    sweep.sweep(mask, other, [&](const OperatingPoint& point) { swept.push_back(point); });
    sweep.visit(mask, state,
                {[&](const OperatingPoint& point) { visited.push_back(point); },
                 {},
                 [](const PointBounds&) { return true; }});
    QVERIFY(!swept.empty());
    QVERIFY(swept == visited);
  }
}

void TestOperatingPoints::the_front_equals_all_settings_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"mcp", "max", "polygraph", "staged(inner=polygraph)",
                           "staged(inner=mcp)", "polygraph(thr_freq=2)"})
    QTest::newRow(text) << text;
}

void TestOperatingPoints::the_front_equals_all_settings() {
  QFETCH(QString, text);
  const OwnedTable owned = table_with_gaps(600, 4, 8);
  const VoteTable votes = owned.table();
  const BoundPolicy policy = bound(text, 4);
  Decisions decisions;
  decide(policy, votes, decisions);
  const auto front = pareto_front(policy, votes, decisions, counter_of(votes));
  // Whatever can be set and no other setting beats.
  std::set<std::pair<std::int64_t, std::int64_t>> expected;
  const auto all = all_settings(policy, votes);
  for (const OperatingPoint& point : all)
    if (point.accepted() > 0 && std::ranges::none_of(all, [&](const OperatingPoint& other) {
          return other.kept >= point.kept && other.undetected <= point.undetected &&
                 (other.kept > point.kept || other.undetected < point.undetected);
        }))
      expected.insert({point.kept, point.undetected});
  QCOMPARE(front.size(), expected.size());
  for (const OperatingPoint& point : front) {
    QVERIFY(expected.contains({point.kept, point.undetected}));
    const VerdictCounts counts = counter_of(votes)(at_point(policy, point.value, point.counted));
    QCOMPARE(counts[Verdict::kept], point.kept);
    QCOMPARE(counts[Verdict::undetected], point.undetected);
  }
}

void TestOperatingPoints::a_policy_without_a_threshold_is_a_point() {
  const OwnedTable owned = random_table(100, 3, 4, 9);
  const VoteTable votes = owned.table();
  Decisions decisions;
  decide(bound("majority", 3), votes, decisions);
  const auto front = pareto_front(bound("majority", 3), votes, decisions, counter_of(votes));
  QCOMPARE(front.size(), std::size_t{1});
  QCOMPARE(front[0].kept, decisions.counts[Verdict::kept]);
}

void TestOperatingPoints::rules_are_read_and_written_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"kept>=baseline", "kept>=120", "risk<=0.01", "coverage>=0.8", "cost<=2",
                           "kept>=baseline,cost<=1.5", "kept>=3,risk<=0.05,coverage>=0.5,cost<=4"})
    QTest::newRow(text) << text;
}

void TestOperatingPoints::rules_are_read_and_written() {
  QFETCH(QString, text);
  const auto rule = parse_selection_rule(text.toStdString());
  QVERIFY(rule.has_value());
  QCOMPARE(QString::fromStdString(to_string(*rule)), text);
}

void TestOperatingPoints::wrong_rules_are_named_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"", "kept", "kept>=", "kept>=many", "risk<=2", "risk<=-0.1", "risk>=0.1",
                           "coverage>=1.5", "cost<=x", "risk<=nan", "risk<=0.1,"})
    QTest::newRow(text) << text;
}

void TestOperatingPoints::wrong_rules_are_named() {
  QFETCH(QString, text);
  const auto rule = parse_selection_rule(text.toStdString());
  QVERIFY(!rule);
  QVERIFY(rule.error().kind == ErrorKind::usage);
  QCOMPARE(QString::fromStdString(rule.error().where), QString("--rule"));
}

void TestOperatingPoints::a_rule_chooses_as_a_search_does_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"kept>=150", "risk<=0.2", "risk<=0.05", "coverage>=0.5",
                           "coverage>=0.3,risk<=0.3", "kept>=10000", "cost<=0.5", "cost<=5"})
    QTest::newRow(text) << text;
}

void TestOperatingPoints::a_rule_chooses_as_a_search_does() {
  QFETCH(QString, text);
  const OwnedTable owned = random_table(500, 4, 4, 12);
  const VoteTable votes = owned.table();
  const BoundPolicy policy = bound("polygraph", 4);
  const SelectionRule rule = *parse_selection_rule(text.toStdString());
  RuleChoice choice(rule, 500, 4.0);
  Decisions decisions;
  decide(policy, votes, decisions);
  visit_operating_points(policy, votes, decisions, counter_of(votes),
                         [&choice](const OperatingPoint& point) { choice.add(point); });
  // Written down differently: sorted by what the rule prefers.
  std::vector<std::pair<std::int64_t, std::int64_t>> good;
  const bool saves_kept = rule.least_kept || rule.least_coverage;
  for (const OperatingPoint& p : all_settings(policy, votes)) {
    const double accepted = static_cast<double>(p.kept + p.undetected);
    if (accepted == 0 || static_cast<double>(p.kept) < rule.least_kept.value_or(0) ||
        accepted / 500 < rule.least_coverage.value_or(0) ||
        static_cast<double>(p.undetected) / accepted > rule.most_risk.value_or(1) ||
        4.0 > rule.most_cost.value_or(4))
      continue;
    good.push_back(saves_kept ? std::pair{p.undetected, -p.kept}
                              : std::pair{-p.kept, p.undetected});
  }
  QCOMPARE(choice.chosen().has_value(), !good.empty());
  if (good.empty()) return;
  const auto best = std::ranges::min(good);
  QCOMPARE(choice.chosen()->undetected, saves_kept ? best.first : best.second);
  QCOMPARE(choice.chosen()->kept, saves_kept ? -best.second : -best.first);
}

}  // namespace plumbline::test
