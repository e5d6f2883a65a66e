#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <QtTest>

#include "core/types/number.h"
#include "core/types/view.h"
#include "tests/core/types/random_text.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

namespace {

QString text_of(const View& view) { return QString::fromStdString(to_string(view)); }

}  // namespace

void TestView::pool_is_consistent() {
  const auto pool = views::view_pool();
  QVERIFY(pool.size() >= 21);
  QCOMPARE(pool.front()->name, std::string_view("identity"));
  std::set<std::string_view> names;
  for (const ViewKind* kind : pool) {
    QVERIFY2(names.insert(kind->name).second, "a view is there twice");
    QVERIFY(!kind->summary.empty());
    // The characters that lists, voters, combinations and options are cut at.
    QCOMPARE(kind->name.find_first_of(",:=()+ \t"), std::string_view::npos);
    QVERIFY(kind->parameters.size() <= 2);
    QVERIFY(kind->words.empty() || kind->parameters.empty());
    QCOMPARE(kind == pool.front(),
             kind->place == nullptr && kind->tone == nullptr && kind->apply == nullptr);
    QVERIFY(!kind->geometric() || (kind->tone == nullptr && kind->apply == nullptr));
    for (const ViewParameter& parameter : kind->parameters) {
      QVERIFY(!parameter.meaning.empty());
      QVERIFY(parameter.minimum < parameter.maximum);
      QVERIFY(parameter.minimum <= parameter.default_value);
      QVERIFY(parameter.default_value <= parameter.maximum);
    }
  }
  QCOMPARE(View(), parse_view("identity").value());
}

void TestView::writings_mean_the_same_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("canonical");
  QTest::newRow("name") << "identity" << "identity";
  QTest::newRow("white space") << "  flip_x\t" << "flip_x";
  QTest::newRow("default value") << "gamma" << "gamma=0.8";
  QTest::newRow("equals") << "gamma=0.8" << "gamma=0.8";
  QTest::newRow("parentheses") << "gamma(0.8)" << "gamma=0.8";
  QTest::newRow("white space within") << "gamma = 0.8" << "gamma=0.8";
  QTest::newRow("white space in parentheses") << " gamma( 0.8 ) " << "gamma=0.8";
  QTest::newRow("more digits") << "gamma=0.8000" << "gamma=0.8";
  QTest::newRow("exponent") << "gamma=8e-1" << "gamma=0.8";
  QTest::newRow("whole number") << "gamma=2.0" << "gamma=2";
  QTest::newRow("two numbers") << "translate=0.2:-0.1" << "translate=0.2:-0.1";
  QTest::newRow("the second is the default") << "translate=0.2:0" << "translate=0.2";
  QTest::newRow("negative zero") << "translate=-0:0.1" << "translate=0:0.1";
  QTest::newRow("a word") << "crop = br" << "crop=br";
  QTest::newRow("a combination") << " flip_x + gamma " << "flip_x+gamma=0.8";
  QTest::newRow("geometry first") << "gamma=0.8+flip_x" << "flip_x+gamma=0.8";
  QTest::newRow("intensities keep their order") << "hist+gamma=2" << "hist+gamma=2";
  QTest::newRow("geometries keep their order") << "rot90+blur=1+flip_x" << "rot90+flip_x+blur=1";
  QTest::newRow("last of all") << "connorm+flip_y" << "flip_y+connorm";
}

void TestView::writings_mean_the_same() {
  QFETCH(QString, text);
  QFETCH(QString, canonical);
  const auto view = parse_view(text.toStdString());
  QVERIFY2(view, view ? "" : to_string(view.error()).c_str());
  QCOMPARE(text_of(*view), canonical);
  const auto back = parse_view(canonical.toStdString());
  QVERIFY(back);
  QVERIFY(*back == *view);
}

void TestView::bad_views_are_refused_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QStringList>("named");  // what the message must name
  QTest::newRow("empty") << "" << QStringList{"views:", "identity", "flip_x", "gamma"};
  QTest::newRow("unknown") << "rotate" << QStringList{"rotate", "identity", "flip_x", "gamma"};
  QTest::newRow("case") << "Gamma=0.8" << QStringList{"Gamma"};
  QTest::newRow("value where none belongs") << "identity=1" << QStringList{"identity", "no value"};
  QTest::newRow("empty value where none belongs")
      << "flip_x()" << QStringList{"flip_x", "no value"};
  const QStringList range{"exponent", "gamma", "0.2", "5"};
  QTest::newRow("no value") << "gamma=" << range;
  QTest::newRow("empty parentheses") << "gamma()" << range;
  QTest::newRow("a word") << "gamma=bright" << range;
  QTest::newRow("not a number") << "gamma=nan" << range;
  QTest::newRow("infinite") << "gamma=inf" << range;
  QTest::newRow("two values") << "gamma=0.8=0.9" << range;
  QTest::newRow("unit") << "gamma=0.8x" << range;
  QTest::newRow("open parenthesis") << "gamma(0.8" << QStringList{"gamma(0.8"};
  QTest::newRow("closed twice") << "gamma(0.8))" << range;
  QTest::newRow("no word") << "crop" << QStringList{"crop", "tl, tr, bl, br, c"};
  QTest::newRow("a word that is none") << "crop=middle" << QStringList{"crop", "tl, tr, bl, br, c"};
  QTest::newRow("three numbers") << "translate=0:0:0" << QStringList{"translate", "2 numbers"};
  QTest::newRow("a fraction") << "jpeg=50.5" << QStringList{"quality", "jpeg", "whole"};
  QTest::newRow("twice") << "gamma=2+gamma=0.5" << QStringList{"'gamma'", "twice"};
  QTest::newRow("identity and more") << "flip_x+identity" << QStringList{"identity", "combined"};
  QTest::newRow("half a combination") << "flip_x+" << QStringList{"views:"};
  QTest::newRow("after what is not clamped") << "connorm+gamma=2" << QStringList{"connorm", "last"};
}

void TestView::bad_views_are_refused() {
  QFETCH(QString, text);
  QFETCH(QStringList, named);
  const auto view = parse_view(text.toStdString());
  QVERIFY(!view);
  QCOMPARE(view.error().kind, ErrorKind::usage);
  const QString message = QString::fromStdString(to_string(view.error()));
  for (const QString& word : named)
    QVERIFY2(message.contains(word), qPrintable(message + " does not name " + word));
}

void TestView::limits_are_within_the_range_and_beyond_is_refused_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("place");
  QTest::addColumn<double>("value");
  QTest::addColumn<bool>("good");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const ViewKind* kind : views::view_pool())
    for (std::size_t i = 0; i < kind->parameters.size(); ++i) {
      const std::string name(kind->name);
      const auto row = [&](const char* what, double value, bool good) {
        QTest::addRow("%s %zu %s", name.c_str(), i, what)
            << QString::fromStdString(name) << static_cast<int>(i) << value << good;
      };
      const ViewParameter& parameter = kind->parameters[i];
      row("minimum", parameter.minimum, true);
      row("maximum", parameter.maximum, true);
      row("below", std::nextafter(parameter.minimum, -infinity), false);
      row("above", std::nextafter(parameter.maximum, infinity), false);
      row("far below", -1e300, false);
      row("far above", 1e300, false);
    }
}

void TestView::limits_are_within_the_range_and_beyond_is_refused() {
  QFETCH(QString, name);
  QFETCH(int, place);
  QFETCH(double, value);
  QFETCH(bool, good);
  const ViewKind& kind = *views::find_view(name.toStdString());
  std::string text = name.toStdString() + "=";
  if (place == 1) text += shortest(kind.parameters[0].default_value) + ":";
  const auto view = parse_view(text + shortest(value));
  QCOMPARE(view.has_value(), good);
  const auto at = static_cast<std::size_t>(place);
  if (view) {
    QCOMPARE(view->steps().front().values[at], value);
    return;
  }
  // The message names the parameter and its range as the pool has them.
  const ViewParameter& parameter = kind.parameters[at];
  for (const auto& word : {std::string(parameter.meaning), fmt::format("{}", parameter.minimum),
                           fmt::format("{}", parameter.maximum), name.toStdString()})
    QVERIFY2(view.error().message.find(word) != std::string::npos, view.error().message.c_str());
}

void TestView::text_reads_back_data() {
  QTest::addColumn<QString>("name");
  for (const ViewKind* kind : views::view_pool())
    if (kind->words.empty())
      QTest::newRow(std::string(kind->name).c_str())
          << QString::fromUtf8(kind->name.data(), static_cast<qsizetype>(kind->name.size()));
}

void TestView::text_reads_back() {
  QFETCH(QString, name);
  const auto plain = parse_view(name.toStdString());
  QVERIFY(plain);
  QVERIFY(parse_view(to_string(*plain)).value() == *plain);
  if (plain->steps().empty() || plain->steps().front().kind->parameters.empty()) {
    QCOMPARE(text_of(*plain), name);
    return;
  }
  const ViewParameter& parameter = plain->steps().front().kind->parameters[0];
  QCOMPARE(plain->steps().front().values[0], parameter.default_value);
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> within(parameter.minimum, parameter.maximum);
  for (int i = 0; i < 1000; ++i) {
    const double value = parameter.whole ? std::round(within(random)) : within(random);
    const auto view = parse_view(name.toStdString() + "=" + shortest(value));
    QVERIFY(view);
    QCOMPARE(view->steps().front().values[0], value);
    QVERIFY(parse_view(to_string(*view)).value() == *view);
    const auto both = parse_view(to_string(*view) + "+flip_x");
    QCOMPARE(both.has_value(), name != QStringLiteral("flip_x"));
    if (both) QVERIFY(parse_view(to_string(*both)).value() == *both);
  }
}

void TestView::groups_stand_for_their_members() {
  const auto texts = [](const char* list) {
    QStringList all;
    const auto views = parse_views(list).value();
    for (const View& view : views) all << text_of(view);
    return all;
  };
  const QStringList five{"crop=tl", "crop=tr", "crop=bl", "crop=br", "crop=c"};
  QCOMPARE(texts("five_crop"), five);
  QStringList ten = five;
  for (const QString& crop : five) ten << "flip_x+" + crop;
  QCOMPARE(texts("ten_crop"), ten);
  QCOMPARE(texts("identity,five_crop+gamma=2").size(), 6);
  QCOMPARE(texts("five_crop+gamma=2").back(), QStringLiteral("crop=c+gamma=2"));
  QVERIFY(!parse_views("five_crop,crop=c"));
}

void TestView::lists_keep_their_order() {
  const auto views = parse_views("gamma=0.8, identity ,flip_x,gamma(1.25)");
  QVERIFY(views);
  QStringList texts;
  for (const View& view : *views) texts << text_of(view);
  QCOMPARE(texts, QStringList({"gamma=0.8", "identity", "flip_x", "gamma=1.25"}));
}

void TestView::bad_lists_are_refused_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("empty") << "" << "views:";
  QTest::newRow("comma alone") << "," << "views:";
  QTest::newRow("comma at the end") << "identity," << "views:";
  QTest::newRow("one is wrong") << "identity,mirror,flip_x" << "mirror";
  QTest::newRow("twice") << "identity,flip_x,identity" << "identity";
  QTest::newRow("twice, written differently") << "gamma(0.80),identity,gamma" << "gamma=0.8";
}

void TestView::bad_lists_are_refused() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto views = parse_views(text.toStdString());
  QVERIFY(!views);
  QCOMPARE(views.error().kind, ErrorKind::usage);
  QVERIFY2(QString::fromStdString(to_string(views.error())).contains(named),
           to_string(views.error()).c_str());
}

void TestView::random_bytes_are_refused_or_read_back() {
  std::mt19937 random(11);
  int good = 0;
  for (int i = 0; i < 200000; ++i) {
    const std::string text = random_text(random, 24);
    const auto view = parse_view(text);
    if (!view) {
      QCOMPARE(view.error().kind, ErrorKind::usage);
      QVERIFY(!view.error().message.empty());
      continue;
    }
    ++good;
    for (const ViewStep& step : view->steps())
      for (std::size_t p = 0; p < step.kind->parameters.size(); ++p) {
        QVERIFY(step.values[p] >= step.kind->parameters[p].minimum);
        QVERIFY(step.values[p] <= step.kind->parameters[p].maximum);
      }
    QVERIFY2(parse_view(to_string(*view)).value() == *view, text.c_str());
  }
  QVERIFY2(good > 100, "the noise never comes past the parser's first check");
}

}  // namespace plumbline::test
