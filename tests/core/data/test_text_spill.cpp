#include <QtTest>

#include <algorithm>
#include <random>

#include "core/data/text_spill.h"
#include "test_files.h"

using namespace plumbline;

class TestTextSpill : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void texts_come_back_in_any_order();
  void a_text_may_be_longer_than_a_buffer();
  void what_is_added_later_is_read_too();
  void nothing_stays_in_the_folder();
  void a_folder_that_is_not_there_is_named();
};

namespace {

std::shared_ptr<TextSpill> opened(const std::filesystem::path& folder) {
  auto spill = TextSpill::open(folder);
  if (!spill) qFatal("%s", problem(spill).c_str());
  return std::move(*spill);
}

}  // namespace

/// Forwards, backwards and anyhow, over many buffers.
void TestTextSpill::texts_come_back_in_any_order() {
  TestFolder folder;
  const auto spill = opened(folder.path());
  std::mt19937 random(7);
  std::vector<std::string> texts;
  std::vector<std::uint64_t> places;
  for (int i = 0; i < 4000; ++i) {
    texts.emplace_back(random() % 3000, static_cast<char>('a' + i % 26));
    texts.back() += std::to_string(i);
    places.push_back(spill->add(texts.back()).value());
    QVERIFY(places.back() != TextSpill::nowhere);
  }
  std::vector<std::size_t> order(texts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t i : order) QCOMPARE(spill->read(places[i]).value(), texts[i]);
    if (round == 0) std::ranges::reverse(order);
    if (round == 1) std::ranges::shuffle(order, random);
  }
}

void TestTextSpill::a_text_may_be_longer_than_a_buffer() {
  TestFolder folder;
  const auto spill = opened(folder.path());
  const std::string longest(5U << 20, 'x'), empty;
  const auto first = spill->add("before").value(), second = spill->add(longest).value(),
             third = spill->add(empty).value(), last = spill->add("after").value();
  QCOMPARE(spill->read(last).value(), std::string("after"));
  QVERIFY(spill->read(second).value() == longest);
  QCOMPARE(spill->read(third).value(), empty);
  QCOMPARE(spill->read(first).value(), std::string("before"));
}

void TestTextSpill::what_is_added_later_is_read_too() {
  TestFolder folder;
  const auto spill = opened(folder.path());
  for (int i = 0; i < 100; ++i) {
    const std::string text = "text " + std::to_string(i);
    QCOMPARE(spill->read(spill->add(text).value()).value(), text);
  }
}

void TestTextSpill::nothing_stays_in_the_folder() {
  TestFolder folder;
  const auto spill = opened(folder.path());
  spill->add("something").value();
  QCOMPARE(spill->read(1).value(), std::string("something"));
  QVERIFY(std::filesystem::is_empty(folder.path()));
}

void TestTextSpill::a_folder_that_is_not_there_is_named() {
  TestFolder folder;
  const auto spill = TextSpill::open(folder / "absent");
  QVERIFY(!spill);
  QVERIFY2(contains(problem(spill), "absent"), problem(spill).c_str());
}

int run_text_spill(int argc, char** argv) {
  TestTextSpill test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_text_spill.moc"
