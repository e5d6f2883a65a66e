#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "core/review/comparison.h"
#include "core/review/harm_of_run.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

namespace {

/// Verdicts by their definition.
Decisions decisions_of(const std::vector<ClassIndex>& label, const std::vector<bool>& accept,
                       const std::vector<ClassIndex>& truth) {
  Decisions decisions;
  decisions.label = label;
  for (std::size_t i = 0; i < label.size(); ++i) {
    const bool right = label[i] == truth[i];
    decisions.verdict.push_back(truth[i] == no_class ? Verdict::unjudged
                                : accept[i]
                                    ? (right ? Verdict::kept : Verdict::undetected)
                                    : (right ? Verdict::needlessly_rejected : Verdict::caught));
  }
  return decisions;
}

ReviewTable table_of(const Decisions& decisions, const std::vector<ClassIndex>& truth) {
  ReviewTable table;
  table.rows = truth.size();
  table.truth = truth;
  table.label = decisions.label;
  table.verdict = decisions.verdict;
  return table;
}

}  // namespace

void TestComparison::each_change_by_hand() {
  using V = Verdict;
  QCOMPARE(change_of(V::undetected, 1, V::caught, 1), Change::gained);
  QCOMPARE(change_of(V::undetected, 1, V::kept, 2), Change::gained);
  QCOMPARE(change_of(V::needlessly_rejected, 2, V::kept, 2), Change::gained);
  QCOMPARE(change_of(V::kept, 2, V::needlessly_rejected, 2), Change::lost);
  QCOMPARE(change_of(V::caught, 1, V::undetected, 1), Change::lost);
  QCOMPARE(change_of(V::kept, 2, V::kept, 2), Change::same);
  QCOMPARE(change_of(V::undetected, 1, V::undetected, 3), Change::changed);
  QCOMPARE(change_of(V::caught, 1, V::kept, 2), Change::changed);
  QCOMPARE(change_of(V::unjudged, 1, V::kept, 2), Change::unjudged);
}

void TestComparison::counts_are_those_of_a_plain_loop() {
  std::mt19937 random(3);
  constexpr std::size_t samples = 5000;
  constexpr ClassIndex classes = 6;
  std::vector<ClassIndex> truth(samples), a(samples), b(samples);
  std::vector<bool> accept_a(samples), accept_b(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    truth[i] = random() % 50 == 0 ? no_class : static_cast<ClassIndex>(random() % classes);
    const auto vote = [&] {
      return random() % 4 != 0 && truth[i] != no_class
                 ? truth[i]
                 : static_cast<ClassIndex>(random() % classes);
    };
    a[i] = vote();
    b[i] = vote();
    accept_a[i] = random() % 3 != 0;
    accept_b[i] = random() % 3 != 0;
  }
  const Decisions first = decisions_of(a, accept_a, truth);
  const Decisions second = decisions_of(b, accept_b, truth);
  const Comparison comparison = compare(table_of(first, truth), table_of(second, truth));
  for (ClassIndex c = 0; c <= classes; ++c) {
    const bool all = c == classes;
    std::int64_t n = 0, right_a = 0, right_b = 0, only_a = 0, only_b = 0, gained = 0, lost = 0,
                 missed_a = 0;
    for (std::size_t i = 0; i < samples; ++i) {
      if (truth[i] == no_class || (!all && truth[i] != c)) continue;
      ++n;
      const bool ra = a[i] == truth[i], rb = b[i] == truth[i];
      right_a += ra;
      right_b += rb;
      only_a += ra && !rb;
      only_b += rb && !ra;
      missed_a += !ra && accept_a[i];
      // Treated well: accepted exactly if right.
      const bool well_a = ra == accept_a[i], well_b = rb == accept_b[i];
      gained += !well_a && well_b;
      lost += well_a && !well_b;
    }
    const ClassComparison& entry = all ? comparison.all : comparison.classes[c];
    QCOMPARE(entry.truth, all ? no_class : c);
    QCOMPARE(entry.items, n);
    QCOMPARE(entry.right_first, right_a);
    QCOMPARE(entry.right_second, right_b);
    QCOMPARE(entry.only_first, only_a);
    QCOMPARE(entry.only_second, only_b);
    QCOMPARE(entry.undetected_first, missed_a);
    QCOMPARE(entry.gained, gained);
    QCOMPARE(entry.lost, lost);
  }
  std::int64_t sum = 0;
  for (const auto& row : comparison.transitions)
    for (const std::int64_t count : row) sum += count;
  QCOMPARE(sum, comparison.all.items);
  QCOMPARE(comparison[Change::gained], comparison.all.gained);
  // The other way round, what was gained is lost.
  const Comparison back = compare(table_of(second, truth), table_of(first, truth));
  QCOMPARE(back[Change::gained], comparison[Change::lost]);
  QCOMPARE(back[Change::lost], comparison[Change::gained]);
  QCOMPARE(back[Change::changed], comparison[Change::changed]);
}

void TestComparison::shares_and_their_difference() {
  ClassComparison entry;
  entry.items = 200;
  entry.right_first = 150;
  entry.right_second = 170;
  entry.only_first = 5;
  entry.only_second = 25;
  const ComparedShares shares = shares_of(entry);
  QCOMPARE(shares.first, 0.75);
  QCOMPARE(shares.second, 0.85);
  QCOMPARE(shares.difference, 0.1);
  // Wilson's of 150 in 200, by hand; and Bonett and Price's, whose middle is 20 / 202.
  QVERIFY(std::abs(shares.first_interval.low - 0.685659) < 1e-6);
  QVERIFY(std::abs(shares.first_interval.high - 0.804918) < 1e-6);
  const Interval& difference = shares.difference_interval;
  QVERIFY(std::abs((difference.low + difference.high) / 2 - 20.0 / 202) < 1e-9);
  QVERIFY(difference.low > 0 && difference.high < 0.2);
  // Nothing is known of no item.
  const ComparedShares none = shares_of({});
  QVERIFY(std::isnan(none.first) && std::isnan(none.second) && std::isnan(none.difference));
  QVERIFY(std::isnan(none.difference_interval.low));
}

void TestComparison::harm_of_the_baseline_by_hand() {
  // Class 0 as 1 costs 5, class 1 as 0 costs 1, a rejection 0.5.
  const HarmUnit unit{{0, 5, 1, 0}, 2, 0.5};
  const std::vector<ClassIndex> labels{0, 0, 1, 1, no_class, 0};
  const std::vector<ClassIndex> first{0, 1, 1, 0, 0, 0}, second{0, 0, 0, no_class, 0, 0};
  const std::vector<float> confidence{0.9F, 0.8F, 0.7F, 0.6F, 0.99F, std::nanf("")};
  // The fourth sample has no vote of the second voter, the fifth no label: four are judged. The
  // last one's confidence is no number, and no threshold accepts it.
  const VoteTable votes{labels, {{first, confidence, {}}, {second, confidence, {}}}};
  const std::vector<EqualKept> points{
      {std::numeric_limits<float>::infinity(), 0, 0}, {0.8F, 1, 1}, {0.7F, 2, 1}, {0.0F, 2, 1}};
  QCOMPARE(harm_of_baseline(unit, votes, points),
           (std::vector<double>{4 * 0.5 / 4, (5 + 2 * 0.5) / 4, (5 + 0.5) / 4, (5 + 0.5) / 4}));
  const std::vector<ClassIndex> none(labels.size(), no_class);
  QCOMPARE(harm_of_baseline(unit, {none, votes.voters}, points), std::vector<double>(4, 0.0));
  QVERIFY(harm_of_baseline(unit, votes, {}).empty());
}

}  // namespace plumbline::test
