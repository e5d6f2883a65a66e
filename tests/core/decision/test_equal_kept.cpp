#include <QtTest>
#include <limits>

#include "core/decision/equal_kept.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/decision/tests.h"

namespace plumbline::test {

void TestEqualKept::equals_a_search_over_all_thresholds() {
  const auto owned = random_table(2000, 2, 4, 21);
  const auto table = owned.table();
  const EqualKeptCurve curve(table, 1);
  for (const std::int64_t wanted : {1, 10, 200, 700, 1100}) {
    // From the highest confidence downwards, the first that keeps enough.
    std::optional<EqualKept> expected;
    for (int step = 20; step >= 0 && !expected; --step) {
      EqualKept at{static_cast<float>(step) / 20, 0, 0};
      for (std::size_t i = 0; i < table.samples(); ++i)
        if (table.voters[1].confidence[i] >= at.threshold)
          ++(table.voters[1].predicted[i] == table.labels[i] ? at.kept : at.undetected);
      if (at.kept >= wanted) expected = at;
    }
    const auto found = curve.at(wanted);
    QCOMPARE(found.has_value(), expected.has_value());
    QVERIFY(found.has_value());
    QCOMPARE(found->threshold, expected->threshold);
    QCOMPARE(found->kept, expected->kept);
    QCOMPARE(found->undetected, expected->undetected);
  }
}

void TestEqualKept::more_than_the_voter_can_keep_is_nothing() {
  const auto owned = random_table(100, 1, 4, 22);
  QVERIFY(!EqualKeptCurve(owned.table(), 0).at(101));
  QVERIFY(EqualKeptCurve(owned.table(), 0).at(0).has_value());
}

void TestEqualKept::nothing_kept_needs_nothing_undetected() {
  // The surest is wrong: keeping one costs one undetected, keeping none costs none.
  OwnedTable owned{{0, 0, 0}, {{1, 0, 0}}, {{0.9F, 0.8F, 0.8F}}, {{0, 0, 0}}};
  const auto none = mcp_at_equal_kept(owned.table(), 0, 0);
  QVERIFY(none.has_value());
  QCOMPARE(none->undetected, std::int64_t{0});
  QVERIFY(none->threshold > 0.9F);
  // Two are as sure: nobody keeps just one of them.
  const auto one = mcp_at_equal_kept(owned.table(), 0, 1);
  QVERIFY(one.has_value());
  QCOMPARE(one->kept, std::int64_t{2});
  QCOMPARE(one->undetected, std::int64_t{1});
  QCOMPARE(one->threshold, 0.8F);
}

void TestEqualKept::what_is_not_judged_is_left_out() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  OwnedTable owned{{0, no_class, 0, 0, 0},
                   {{0, 0, 0, 0, 1}, {0, 0, no_class, 0, 0}},
                   {{0.9F, 0.8F, 0.7F, nan, 0.5F}, {1, 1, 1, 1, 1}},
                   {{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}};
  QCOMPARE(mcp_at_equal_kept(owned.table(), 0, 1)->threshold, 0.9F);
  QVERIFY(!mcp_at_equal_kept(owned.table(), 0, 2));
}

}  // namespace plumbline::test
