#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/widgets/tests.h"
#include "widgets/bars/elided_label.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/text/tide_words.h"
#include "widgets/text/verdict_words.h"

using namespace plumbline;

namespace {

/// WCAG's contrast of two colours.
double contrast(const QColor& a, const QColor& b) {
  const auto luminance = [](const QColor& c) {
    const auto linear = [](double v) {
      return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
  };
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

class TestTexts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void thousands_data() {
    QTest::addColumn<qint64>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("0") << qint64{0} << "0";
    QTest::newRow("999") << qint64{999} << "999";
    QTest::newRow("1000") << qint64{1000} << "1,000";
    QTest::newRow("160000") << qint64{160000} << "160,000";
    QTest::newRow("1e9") << qint64{1234567890} << "1,234,567,890";
    QTest::newRow("-1234") << qint64{-1234} << QStringLiteral("−1,234");
  }
  void thousands() {
    QFETCH(qint64, value);
    QFETCH(QString, text);
    QCOMPARE(with_thousands(value), text);
  }

  void what_is_counted_is_one_or_several() {
    const auto images = [](qint64 count) {
      return counted(count, QStringLiteral("image"), QStringLiteral("images"));
    };
    QCOMPARE(images(0), QStringLiteral("0 images"));
    QCOMPARE(images(1), QStringLiteral("1 image"));
    QCOMPARE(images(12'000), QStringLiteral("12,000 images"));
  }

  void shares_and_decimals() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    QCOMPARE(percent(0.827), QString("82.7") + QChar(0xA0) + "%");
    QCOMPARE(percent(nan), QStringLiteral("–"));
    QCOMPARE(decimal(0.9974, 3), QStringLiteral("0.997"));
    QCOMPARE(decimal(-0.25, 2), QStringLiteral("−0.25"));
    QCOMPARE(decimal(-0.0001, 2), QStringLiteral("0.00"));
    QCOMPARE(decimal(nan, 2), QStringLiteral("–"));
    QCOMPARE(parameter_text(0.7, false), QStringLiteral("0.70"));
    QCOMPARE(parameter_text(0.125, false), QStringLiteral("0.125"));
    QCOMPARE(parameter_text(3, true), QStringLiteral("3"));
  }

  void items_are_counted_in_words() {
    QCOMPARE(items_text(1, JudgedItem::sample), QStringLiteral("1 image"));
    QCOMPARE(items_text(0, JudgedItem::sample), QStringLiteral("0 images"));
    QCOMPARE(items_text(1, JudgedItem::object), QStringLiteral("1 object"));
    QCOMPARE(items_text(12345, JudgedItem::object), QStringLiteral("12,345 objects"));
  }

  void tide_is_said_of_one_list_of_boxes_or_the_other() {
    QCOMPARE(tide_title(TideBoxes::all), QStringLiteral("TIDE, all boxes"));
    QCOMPARE(tide_title(TideBoxes::accepted), QStringLiteral("TIDE, accepted"));
    QVERIFY(tide_explanation(TideBoxes::all).startsWith(QLatin1String("Of all boxes")));
    QVERIFY(
        tide_explanation(TideBoxes::accepted).startsWith(QLatin1String("Of the accepted boxes")));
    for (const auto boxes : {TideBoxes::all, TideBoxes::accepted})
      QVERIFY(tide_explanation(boxes).endsWith(
          QLatin1String("Miss: no box finds the object, even if corrected")));
  }

  void a_note_is_left_out_where_less_than_half_of_it_fits() {
    const QString words = QStringLiteral("what correcting a kind of error would gain");
    ElidedLabel label;
    label.setText(words);
    // A few pixels more than the words: an advance leaves out what the last letter overhangs.
    const int advance = label.fontMetrics().horizontalAdvance(words);
    const int whole = advance + 4;
    const auto shown = [&](int width) {
      label.resize(width, 20);
      return label.shown_text();
    };
    for (const bool note : {false, true}) {
      label.set_note(note);
      QCOMPARE(shown(whole), words);
      const QString most = shown(advance / 2 + 1);
      QVERIFY(most.contains(QChar(0x2026)) && most.size() < words.size());
      QCOMPARE(shown(advance / 2 - 1).isEmpty(), note);
      QCOMPARE(label.toolTip(), words);
    }
  }

  void voters_stand_in_models_and_views() {
    const auto voters = *parse_voters("a:identity,b:flip_x,a:flip_x,c:identity");
    const VoterGrid grid = voter_grid(voters);
    QCOMPARE(grid.models, (std::vector<std::string>{"a", "b", "c"}));
    QCOMPARE(grid.views, (std::vector<std::string>{"identity", "flip_x"}));
    QCOMPARE(grid.places[1].row, 1);
    QCOMPARE(grid.places[1].column, 1);
    QCOMPARE(grid.places[3].row, 2);
    QCOMPARE(grid.places[3].column, 0);
  }

  void words_are_legible_data() {
    QTest::addColumn<int>("theme");
    QTest::newRow("light") << static_cast<int>(Theme::light);
    QTest::newRow("dark") << static_cast<int>(Theme::dark);
  }
  void words_are_legible() {
    QFETCH(int, theme);
    const auto before = current_theme();
    detail::set_current_theme(static_cast<Theme>(theme));
    const Colours& c = colours();
    for (const QColor& ground : {c.window, c.base, c.alternate_base, c.canvas, c.control}) {
      QVERIFY(contrast(c.text, ground) >= 7);
      QVERIFY(contrast(c.secondary_text, ground) >= 4.5);
    }
    QVERIFY(contrast(c.text_on_tint, c.accent_tint) >= 7);
    QVERIFY(contrast(c.text_on_accent, c.accent) >= 4.5);
    for (std::size_t v = 0; v < verdict_kinds; ++v)
      for (const QColor& ground : {c.window, c.base, c.accent_tint})
        QVERIFY(contrast(verdict_text(static_cast<Verdict>(v)), ground) >= 4.5);
    detail::set_current_theme(before);
  }
};

int test_texts(int argc, char** argv) {
  TestTexts test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_texts.moc"
