#include <QtTest>
#include <cmath>

#include "core/study/condition.h"
#include "core/study/study_prediction_store.h"
#include "tests/core/stress/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

View view(const char* text) { return value(parse_view(text)); }

/// Colours that differ everywhere.
Image gradient(int width, int height, int channels) {
  Image image{width, height, channels, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.pixels.push_back(static_cast<std::uint8_t>((x * 7 + y * 13 + c * 40) % 256));
  return image;
}

int rounded(double level) {
  return static_cast<int>(std::floor(std::min(std::max(level, 0.0), 255.0) + 0.5));
}

/// A pixel of the condition's definition (DOMAIN 1.2), in double.
int expected(const QString& condition, const Image& image, int x, int y, int c) {
  const auto at = [&](int px, int py) {
    return static_cast<double>(
        image.pixels[static_cast<std::size_t>((py * image.width + px) * image.channels + c)]);
  };
  if (condition == "brightness=-0.2") return rounded(at(x, y) - 0.2 * 255);
  if (condition == "gamma=2") return rounded(255 * std::pow(at(x, y) / 255, 2));
  if (condition == "flip_x") return rounded(at(image.width - 1 - x, y));
  if (condition == "translate=0.5:0") {
    // What is seen moves to the right by half: there is black where it looked outside.
    const int from = x - image.width / 2;
    return from < 0 ? 0 : rounded(at(from, y));
  }
  if (condition == "flip_x+brightness=0.2") return rounded(at(image.width - 1 - x, y) + 0.2 * 255);
  qFatal("no definition");
}

}  // namespace

void TestCondition::lists_are_read_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QStringList>("names");
  QTest::newRow("one") << "noise=8" << QStringList{"noise=8"};
  QTest::newRow("severities") << "noise=2,4, 8" << QStringList{"noise=2", "noise=4", "noise=8"};
  QTest::newRow("families") << "noise=2,4;blur=0.5,1"
                            << QStringList{"noise=2", "noise=4", "blur=0.5", "blur=1"};
  QTest::newRow("below zero") << "brightness=-0.1,-0.2"
                              << QStringList{"brightness=-0.1", "brightness=-0.2"};
  QTest::newRow("a combination") << "blur=1+noise=4,8"
                                 << QStringList{"blur=1+noise=4", "blur=1+noise=8"};
  QTest::newRow("two numbers") << "noise=4:7,8:7" << QStringList{"noise=4:7", "noise=8:7"};
  QTest::newRow("views of several names") << "jpeg=20,flip_y" << QStringList{"jpeg=20", "flip_y"};
  QTest::newRow("a semicolon at the end") << "jpeg=20;" << QStringList{"jpeg=20"};
}

void TestCondition::lists_are_read() {
  QFETCH(QString, text);
  QFETCH(QStringList, names);
  QStringList found;
  for (const View& condition : value(parse_conditions(text.toStdString())))
    found << QString::fromStdString(to_string(condition));
  QCOMPARE(found, names);
}

void TestCondition::wrong_lists_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("empty") << "" << "no condition is named";
  QTest::newRow("only separators") << ";;" << "no condition is named";
  QTest::newRow("no view") << "fog=2" << "no view 'fog'";
  QTest::newRow("out of range") << "noise=2,400" << "from 0 to 128";
  QTest::newRow("a number first") << "2,4" << "a number where a condition should begin";
  QTest::newRow("a number after a view without one") << "flip_x,2"
                                                     << "a number where a condition should begin";
  QTest::newRow("twice") << "noise=2,4;noise=4" << "named twice";
  QTest::newRow("identity") << "identity" << "is not a condition";
  QTest::newRow("of the network") << "connorm" << "depends on the network";
}

void TestCondition::wrong_lists_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto conditions = parse_conditions(text.toStdString());
  QVERIFY(!conditions.has_value());
  QCOMPARE(conditions.error().kind, ErrorKind::usage);
  QVERIFY2(QString::fromStdString(to_string(conditions.error())).contains(named),
           to_string(conditions.error()).c_str());
}

void TestCondition::families_rise_in_their_order() {
  const auto families = condition_families(
      value(parse_conditions("noise=2,8;blur=1;noise=16;blur=1+noise=4;flip_x;crop=tl")));
  QStringList names;
  for (const ConditionFamily& family : families) names << QString::fromStdString(family.name);
  QCOMPARE(names, (QStringList{"noise", "blur", "blur=1+noise", "flip_x", "crop=tl"}));
  QCOMPARE(families[0].severity, (std::vector<double>{2, 8, 16}));
  QCOMPARE(families[2].severity, (std::vector<double>{4}));
  QCOMPARE(families[3].severity, (std::vector<double>{0}));
  for (const ConditionFamily& family : families)
    QCOMPARE(family.conditions.size(), family.severity.size());
}

void TestCondition::images_equal_their_definition_data() {
  QTest::addColumn<QString>("condition");
  QTest::addColumn<int>("channels");
  for (const char* condition :
       {"brightness=-0.2", "gamma=2", "flip_x", "translate=0.5:0", "flip_x+brightness=0.2"})
    for (const int channels : {1, 3})
      QTest::newRow(qPrintable(QString("%1, %2 channels").arg(condition).arg(channels)))
          << condition << channels;
}

void TestCondition::images_equal_their_definition() {
  QFETCH(QString, condition);
  QFETCH(int, channels);
  const Image image = gradient(20, 9, channels);
  const Image seen = under_condition(image, view(qPrintable(condition)), 3);
  QCOMPARE(seen.width, image.width);
  QCOMPARE(seen.height, image.height);
  QCOMPARE(seen.channels, channels);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < channels; ++c)
        QCOMPARE(int{seen.pixels[static_cast<std::size_t>((y * image.width + x) * channels + c)]},
                 expected(condition, image, x, y, c));
}

void TestCondition::noise_is_of_the_sample_and_no_voters() {
  Image grey{64, 64, 1, std::vector<std::uint8_t>(64 * 64, 128)};
  const View noise = view("noise=10");
  const Image first = under_condition(grey, noise, 1), again = under_condition(grey, noise, 1),
              second = under_condition(grey, noise, 2);
  QCOMPARE(first.pixels, again.pixels);
  QVERIFY(first.pixels != second.pixels);
  QCOMPARE(under_condition(grey, View(), 1).pixels, grey.pixels);
  // A voter's own noise of the same strength and seed, added to the same image.
  views::Levels levels;
  views::load_levels({grey.pixels.data(), 64, 64, 1}, levels);
  views::ViewContext context;
  context.sample = 1;
  views::apply_intensities(levels, noise.steps(), context);
  double squares = 0, products = 0;
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    const double condition = first.pixels[i] - 128.0, own = levels.values[i] - 128.0;
    squares += condition * condition;
    products += condition * own;
  }
  const double n = static_cast<double>(grey.pixels.size());
  QVERIFY(std::abs(std::sqrt(squares / n) - 10) < 0.5);
  // Independent: 4 standard errors of the product of two deviations of 10.
  QVERIFY(std::abs(products / n) < 4 * 100 / std::sqrt(n));
}

void TestCondition::a_run_names_its_conditions() {
  StudyFixture fixture(50, 3);
  fixture.add_run("r", 1);
  QVERIFY(value(fixture.study.run("r")).conditions.empty());
  succeed(fixture.study.add_conditions("r", value(parse_conditions("noise=2,4"))));
  succeed(fixture.study.add_conditions("r", value(parse_conditions("blur=1"))));
  const RunInfo run = value(fixture.study.run("r"));
  QCOMPARE(run.conditions, value(parse_conditions("noise=2,4;blur=1")));
  QCOMPARE(run.condition, View());
  QCOMPARE(value(choose_condition(run, "")), View());
  QCOMPARE(value(choose_condition(run, "none")), View());
  QCOMPARE(value(choose_condition(run, "noise(4)")), view("noise=4"));
  const auto other = choose_condition(run, "noise=5");
  QVERIFY(!other.has_value());
  QVERIFY(to_string(other.error()).find("noise=2, noise=4, blur=1") != std::string::npos);
  const auto none = fixture.study.add_conditions("q", value(parse_conditions("noise=2")));
  QVERIFY(!none.has_value());
}

void TestCondition::predictions_belong_to_their_condition() {
  StudyFixture fixture(50, 3);
  const RunInfo run = fixture.add_run("r", 2);
  succeed(fixture.study.add_conditions("r", value(parse_conditions("noise=2"))));
  const RunInfo noisy = under(value(fixture.study.run("r")), view("noise=2"));
  QCOMPARE(value(fixture.study.committed(run, "test")), std::int64_t{50});
  QCOMPARE(value(fixture.study.committed(noisy, "test")), std::int64_t{0});
  // Through a store, as a run writes them; its file is another one than that without a condition.
  std::vector<VoterKey> keys, clean;
  for (const Voter& voter : run.voters) {
    keys.push_back(voter_key(prediction_key(noisy, "test", voter, false), "d"));
    clean.push_back(voter_key(prediction_key(run, "test", voter, false), "d"));
  }
  QVERIFY(prediction_file_name(keys, 0, 50) != prediction_file_name(clean, 0, 50));
  StudyPredictionStore store(fixture.study);
  succeed(store.commit(keys, draft_of(fixture.shards.front())));
  QCOMPARE(value(fixture.study.committed(noisy, "test")), std::int64_t{50});
  int under_noise = 0;
  for (const PredictionSet& set : value(fixture.study.all_prediction_sets()))
    under_noise += set.key.condition == view("noise=2");
  QCOMPARE(under_noise, 2);
  // They go with the run.
  value(fixture.study.remove_entry(StudyEntry::run, "r"));
  QVERIFY(value(fixture.study.all_prediction_sets()).empty());
}

}  // namespace plumbline::test
