#include <QtTest>
#include <cmath>

#include "core/metrics/voter_pairs.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

void TestVoterPairs::pairs_equal_their_definition() {
  const OwnedTable owned = random_table(700, 5, 4, 3);
  const VoteTable votes = owned.table();
  const VoterPairs pairs(votes);
  QCOMPARE(pairs.voters(), std::size_t{5});
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = 0; b < 5; ++b) {
      // Sample by sample, and the correlation by its sums of products.
      double n = 0, wrong_a = 0, wrong_b = 0, differ = 0, corrected = 0, corrupted = 0;
      for (std::size_t i = 0; i < votes.samples(); ++i) {
        const ClassIndex first = votes.voters[a].predicted[i],
                         second = votes.voters[b].predicted[i];
        const ClassIndex truth = votes.labels[i];
        if (truth == no_class || first == no_class || second == no_class) continue;
        ++n;
        wrong_a += first != truth;
        wrong_b += second != truth;
        differ += first != second;
        corrected += first != truth && second == truth;
        corrupted += first == truth && second != truth;
      }
      double covariance = 0, variance_a = 0, variance_b = 0;
      for (std::size_t i = 0; i < votes.samples(); ++i) {
        const ClassIndex first = votes.voters[a].predicted[i],
                         second = votes.voters[b].predicted[i];
        const ClassIndex truth = votes.labels[i];
        if (truth == no_class || first == no_class || second == no_class) continue;
        const double x = (first != truth) - wrong_a / n, y = (second != truth) - wrong_b / n;
        covariance += x * y;
        variance_a += x * x;
        variance_b += y * y;
      }
      const VoterPair pair = pairs.at(a, b);
      QCOMPARE(static_cast<double>(pair.samples), n);
      QCOMPARE(static_cast<double>(pair.only_second), corrected);
      QCOMPARE(static_cast<double>(pair.only_first), corrupted);
      QVERIFY(std::abs(pair.disagreement().value() - differ / n) < 1e-12);
      QVERIFY(std::abs(pair.error_correlation().value() -
                       covariance / std::sqrt(variance_a * variance_b)) < 1e-9);
      if (a == b) {
        QCOMPARE(*pair.disagreement(), 0.0);
        QVERIFY(std::abs(*pair.error_correlation() - 1) < 1e-12);
      }
    }
}

void TestVoterPairs::what_is_not_judged_does_not_count() {
  const std::vector<ClassIndex> labels = {0, 1, no_class, 2}, right = {0, 1, 1, 2},
                                other = {0, no_class, 1, 1};
  const std::vector<float> sure(4, 0.9F);
  const VoteTable votes{labels, {{right, sure, sure}, {other, sure, sure}}};
  const VoterPairs pairs(votes);
  const VoterPair pair = pairs.at(0, 1);
  QCOMPARE(pair.samples, std::int64_t{2});
  QCOMPARE(pair.both_right, std::int64_t{1});
  QCOMPARE(pair.only_first, std::int64_t{1});
  QCOMPARE(*pair.disagreement(), 0.5);
  // The first is never wrong: there is nothing to correlate.
  QVERIFY(!pair.error_correlation());
  QVERIFY(!VoterPairs(VoteTable{{}, {{}, {}}}).at(0, 1).disagreement());
}

}  // namespace plumbline::test
