#include <cmath>

#include <QtTest>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

bool names_search(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

void change(const StudyFixture& fixture, const std::string& statement) {
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  database.exec(statement);
}

}  // namespace

void TestSearches::searches_are_read_back() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("first")));
  SearchInfo second = example_search("second");
  second.increments = example_increments();
  succeed(fixture.study.add_search(second));
  const Study again = value(Study::open(fixture.folder(), Access::read_only));
  const auto searches = value(again.searches());
  QCOMPARE(searches.size(), std::size_t{2});
  QVERIFY(!searches[0].increments);
  const SearchInfo& read = searches[1];
  QCOMPARE(read.name, std::string("second"));
  QCOMPARE(read.base, second.base);
  QVERIFY(read.config == second.config && read.key == second.key && read.text == second.text);
  QCOMPARE(read.targets, second.targets);
  QCOMPARE(read.settings.dump(), second.settings.dump());
  QVERIFY(read.increments->increments == second.increments->increments);
  QCOMPARE(read.increments->base_loss, 1.5);
  const auto absent = again.search("third");
  QVERIFY(!absent && names_search(absent.error().hint, "first, second"));
}

void TestSearches::further_targets_are_added_others_refused() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("s")));
  SearchInfo more = example_search("s");
  more.targets = {0.5, 0.3};
  succeed(fixture.study.add_search(more));
  QCOMPARE(value(fixture.study.search("s")).targets, (std::vector<double>{0.7, 0.5, 0.3}));
  const auto refused = [&](auto alter) {
    SearchInfo other = example_search("s");
    alter(other);
    return !fixture.study.add_search(other);
  };
  QVERIFY(refused([](SearchInfo& s) { s.settings["seed"] = 4; }));
  QVERIFY(refused([](SearchInfo& s) { s.base = "other"; }));
  QVERIFY(refused([](SearchInfo& s) { s.key.batch = 2; }));
  QVERIFY(refused([](SearchInfo& s) { s.text.hash = "0"; }));
  QVERIFY(refused([](SearchInfo& s) { s.config.dropout = 0.5; }));
  QVERIFY(refused([](SearchInfo& s) { s.name = "a/b"; }));
  QVERIFY(refused([](SearchInfo& s) { s.targets = {0.5, std::nan("")}; }));
  QVERIFY(refused([](SearchInfo& s) { s.targets = {0}; }));
  QCOMPARE(value(fixture.study.search("s")).targets.size(), std::size_t{3});
}

void TestSearches::increments_are_kept() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("s")));
  succeed(fixture.study.set_loss_increments("s", example_increments()));
  LossIncrements later = example_increments();
  later.increments[2][4].reset();
  succeed(fixture.study.set_loss_increments("s", later));
  succeed(fixture.study.add_search(example_search("s")));  // takes nothing away
  QVERIFY(value(fixture.study.search("s")).increments->increments == later.increments);
  QVERIFY(!fixture.study.set_loss_increments("t", later));
  later.base_loss = std::nan("");
  QVERIFY(!fixture.study.set_loss_increments("s", later));
}

void TestSearches::points_are_read_back() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("s")));
  succeed(fixture.study.set_search_points("s", 0.7, example_points(0.7, 40, 1)));
  succeed(fixture.study.set_search_points("s", 0.5, example_points(0.5, 3, 2)));
  succeed(fixture.study.set_search_points("s", 0.7, example_points(0.7, 5, 3)));
  auto expected = example_points(0.7, 5, 3);
  for (auto& point : example_points(0.5, 3, 2)) expected.push_back(point);
  const auto points = value(fixture.study.search_points("s"));
  QCOMPARE(points.size(), expected.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    QCOMPARE(points[i].target, expected[i].target);
    QCOMPARE(points[i].step, expected[i].step);
    QCOMPARE(points[i].cost, expected[i].cost);
    QCOMPARE(points[i].loss, expected[i].loss);
    QVERIFY(points[i].probabilities == expected[i].probabilities);
  }
  QVERIFY(!fixture.study.search_points("t"));
}

void TestSearches::bad_points_are_refused_and_change_nothing() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("s")));
  succeed(fixture.study.set_search_points("s", 0.7, example_points(0.7, 4, 1)));
  const auto refused = [&](auto alter) {
    auto points = example_points(0.7, 4, 2);
    alter(points[2]);
    return !fixture.study.set_search_points("s", 0.7, points);
  };
  QVERIFY(refused([](SearchPoint& p) { p.loss = std::nan(""); }));
  QVERIFY(refused([](SearchPoint& p) { p.cost = HUGE_VAL; }));
  QVERIFY(refused([](SearchPoint& p) { p.probabilities[1].pop_back(); }));
  QVERIFY(refused([](SearchPoint& p) { p.probabilities[1][0] = std::nanf(""); }));
  QVERIFY(refused([](SearchPoint& p) {
    p.probabilities.assign(257, std::vector<float>(slot_options().size()));
  }));
  QVERIFY(!fixture.study.set_search_points("s", std::nan(""), {}));
  QVERIFY(!fixture.study.set_search_points("t", 0.7, {}));
  QVERIFY(value(fixture.study.search_points("s"))[0].probabilities ==
          example_points(0.7, 4, 1)[0].probabilities);
}

void TestSearches::columns_of_a_map_go_by_name() {
  StudyFixture fixture(10);
  succeed(fixture.study.add_search(example_search("s")));
  const auto written = example_points(0.7, 1, 1);
  succeed(fixture.study.set_search_points("s", 0.7, written));
  // As a program wrote it whose table began otherwise and had an option that is no more.
  change(fixture,
         "UPDATE search_course SET options = '[\"attention-1\", \"skip\", \"attention-2\", "
         "\"attention-4\", \"attention-8\", \"feed-forward\", \"experts-1\", \"gated\", "
         "\"attention-12\", \"attention-16\", \"feed-forward-half\", "
         "\"feed-forward-double\", \"experts-half-1\", \"experts-half-2\"]'");
  const auto map = value(fixture.study.search_points("s"))[0].probabilities;
  QCOMPARE(map[3][0], written[0].probabilities[3][1]);
  QCOMPARE(map[3][1], written[0].probabilities[3][0]);
  QCOMPARE(map[3][6], written[0].probabilities[3][6]);
  QCOMPARE(map[3][7], 0.0F);
}

void TestSearches::damaged_documents_are_named_data() {
  QTest::addColumn<QByteArray>("statement");
  QTest::addColumn<QByteArray>("named");
  const auto row = [](const char* statement, const char* named) {
    QTest::newRow(statement) << QByteArray(statement) << QByteArray(named);
  };
  row("UPDATE search SET config = 'x'", "search 's', config");
  row("UPDATE search SET key = '{}'", "search 's', key");
  row("UPDATE search SET text = '{\"tokens\":\"runes\"}'", "search 's', text");
  row("UPDATE search SET targets = '[-1]'", "search 's', targets");
  row("UPDATE search SET settings = '{'", "search 's', settings");
  row("UPDATE search SET increments = '{\"schema\":1}'", "search 's', increments");
  row("UPDATE search_course SET options = '{}'", "search 's', points");
  row("UPDATE search_course SET options = '[1]'", "search 's', points");
  row("UPDATE search_point SET slots = 3 WHERE probabilities IS NOT NULL", "search 's', points");
  row("UPDATE search_point SET slots = -8 WHERE probabilities IS NOT NULL", "search 's', points");
  row("UPDATE search_point SET slots = 9000000000000000000 WHERE probabilities IS NOT NULL",
      "search 's', points");
  row("UPDATE search_point SET probabilities = zeroblob(20000000)", "search 's', points");
  row("UPDATE search_point SET probabilities = x'ffffffff'", "search 's', points");
}

void TestSearches::damaged_documents_are_named() {
  QFETCH(QByteArray, statement);
  QFETCH(QByteArray, named);
  StudyFixture fixture(10);
  SearchInfo search = example_search("s");
  search.increments = example_increments();
  succeed(fixture.study.add_search(search));
  succeed(fixture.study.set_search_points("s", 0.7, example_points(0.7, 4, 1)));
  change(fixture, statement.toStdString());
  const auto all = fixture.study.searches();
  const auto points = fixture.study.search_points("s");
  QVERIFY(all.has_value() != points.has_value());
  const Error error = all ? points.error() : all.error();
  QVERIFY2(names_search(error.where, named.constData()), error.where.c_str());
  QVERIFY(names_search(error.where, "study.sqlite"));
}

}  // namespace plumbline::test
