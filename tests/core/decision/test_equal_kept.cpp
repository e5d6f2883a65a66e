#include <QtTest>

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

}  // namespace plumbline::test
