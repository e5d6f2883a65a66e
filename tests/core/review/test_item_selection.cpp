#include <QtTest>

#include <random>
#include <set>

#include "core/review/item_selection.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

/// Whole samples, objects with a bit each, and objects beyond these.
void TestItemSelection::equals_a_set() {
  std::mt19937 random(4);
  ItemSelection selection;
  std::set<ItemRef> expected;
  const auto any = [&random] {
    const auto sample = static_cast<std::uint32_t>(random() % 50);
    return random() % 3 == 0 ? ItemRef(sample)
                             : ItemRef(sample, static_cast<std::uint32_t>(random() % 130));
  };
  for (int step = 0; step < 20'000; ++step) {
    const ItemRef item = any();
    if (step % 2 == 0) {
      selection.toggle(item);
      if (!expected.erase(item)) expected.insert(item);
    } else {
      const bool on = random() % 2 == 0;
      selection.set(item, on);
      if (on)
        expected.insert(item);
      else
        expected.erase(item);
    }
    QCOMPARE(selection.size(), expected.size());
    const ItemRef other = any();
    QCOMPARE(selection.contains(other), expected.contains(other));
  }
  QVERIFY(expected.size() > 1000);
  for (const ItemRef item : expected) QVERIFY(selection.contains(item));
  selection.clear();
  QCOMPARE(selection.size(), std::size_t{0});
  for (const ItemRef item : expected) QVERIFY(!selection.contains(item));
}

}  // namespace plumbline::test
