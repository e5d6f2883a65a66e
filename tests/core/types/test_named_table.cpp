#include <QtTest>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "core/types/named_table.h"
#include "core/types/threads.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

namespace {

struct Named {
  std::string_view name;
};
struct Keyed {
  std::string_view key;
};

constexpr Named first{"first"}, second{"second"}, third{"third"}, other_first{"first"};

}  // namespace

void TestNamedTable::entries_are_found_and_added_last() {
  NamedTable<Named> table{&first, &second};
  const auto before = table.all();
  QCOMPARE(table.find("second"), &second);
  QVERIFY(table.find("third") == nullptr);
  QVERIFY(table.add(third));
  QVERIFY(!table.add(other_first));
  QVERIFY(!table.add(third));
  QCOMPARE(table.find("third"), &third);
  QCOMPARE(table.find("first"), &first);
  const auto after = table.all();
  QCOMPARE(std::vector(after.begin(), after.end()), (std::vector{&first, &second, &third}));
  // What was asked for before is as it was.
  QCOMPARE(std::vector(before.begin(), before.end()), (std::vector{&first, &second}));
}

void TestNamedTable::a_table_of_values_is_known_by_its_keys() {
  static constexpr Keyed entries[] = {{"a"}, {"b"}};
  NamedTable<Keyed> table{std::span<const Keyed>(entries)};
  QCOMPARE(table.all().size(), std::size_t{2});
  QCOMPARE(table.find("b"), &entries[1]);
}

void TestNamedTable::what_has_no_room_is_not_added() {
  std::deque<std::string> names;
  std::deque<Named> entries;
  NamedTable<Named> table{&first};
  std::size_t added = 1;
  for (int i = 0; i < 1000; ++i) {
    names.push_back("n" + std::to_string(i));
    entries.push_back({names.back()});
    added += table.add(entries.back());
  }
  QVERIFY(added >= 100 && added < 1000);
  QCOMPARE(table.all().size(), added);
  QVERIFY(table.find("n50") != nullptr && table.find("n999") == nullptr);
}

/// To be run under TSan, too.
void TestNamedTable::a_table_is_read_while_it_grows() {
  std::deque<std::string> names;
  std::deque<Named> entries;
  for (int i = 0; i < 200; ++i) entries.push_back({names.emplace_back("n" + std::to_string(i))});
  NamedTable<Named> table{&first};
  std::atomic<bool> whole = true;
  {
    const auto read = [&] {
      while (table.all().size() <= entries.size())
        for (const Named* entry : table.all())
          if (entry == nullptr || entry->name.empty()) whole = false;
    };
    const auto readers = start_threads(2, read);
    for (const Named& entry : entries) table.add(entry);
  }
  QVERIFY(whole);
  QCOMPARE(table.all().size(), entries.size() + 1);
}

}  // namespace plumbline::test
