#include <QFile>
#include <QtTest>
#include <random>

#include "core/study/model_card.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestModelCard::example_card_is_read() {
  const auto card = value(parse_model_card(StudyFixture::card("net", 3), "x"));
  QCOMPARE(card.name, std::string("net"));
  QCOMPARE(card.input.channels, 3);
  QCOMPARE(card.input.width, 32);
  QCOMPARE(card.input.scale, 0.00392156862745098);
  QCOMPARE(card.input.std, (std::vector<double>{0.25, 0.25, 0.25}));
  QVERIFY(card.input.resize.kind == ResizeKind::none);
  QCOMPARE(card.output.kind, std::string("logits"));
  QCOMPARE(card.output.predictions, std::string("classes"));
  QVERIFY(!std::get<ClassOutput>(card.output.details).probabilities);
  QCOMPARE(card.classes.size(), std::size_t{3});
}

void TestModelCard::wrong_key_is_named_data() {
  QTest::addColumn<QString>("from");
  QTest::addColumn<QString>("to");
  QTest::addColumn<QString>("named");
  QTest::newRow("schema of the future") << R"("schema":1)" << R"("schema":2)" << "'schema'";
  QTest::newRow("no task") << R"("task":"classification",)" << "" << "'task' is missing";
  QTest::newRow("unknown task") << "classification" << "poetry" << "'poetry'";
  QTest::newRow("two channels") << R"("channels":3)" << R"("channels":2)" << "'input.channels'";
  QTest::newRow("four channels") << R"("channels":3)" << R"("channels":4)" << "'input.channels'";
  QTest::newRow("height of zero") << R"("height":32)" << R"("height":0)" << "'input.height'";
  QTest::newRow("huge height") << R"("height":32)" << R"("height":99999999)" << "'input.height'";
  QTest::newRow("height as text") << R"("height":32)" << R"("height":"32")" << "'input.height'";
  QTest::newRow("two means") << "[0.5,0.5,0.5]" << "[0.5,0.5]" << "'input.mean'";
  QTest::newRow("zero deviation") << "[0.25,0.25,0.25]" << "[0.25,0,0.25]" << "'input.std'";
  QTest::newRow("negative scale") << "0.00392156862745098" << "-1" << "'input.scale'";
  QTest::newRow("unknown resize") << R"("kind":"none")" << R"("kind":"magic")"
                                  << "'input.resize.kind'";
  QTest::newRow("short-side without size")
      << R"("kind":"none")" << R"("kind":"short-side")" << "'input.resize.size' is missing";
  QTest::newRow("unknown output") << "logits" << "vibes" << "'output.kind'";
  QTest::newRow("boxes of a classifier") << "logits" << "yolov5" << "'output.kind'";
  QTest::newRow("class twice") << "class1" << "class0" << "'class0' twice";
  QTest::newRow("classes as numbers") << R"("class1")" << "1" << "'classes'";
  QTest::newRow("BGR of one channel")
      << R"("channels":3,"height":32,"width":32,"colour_order":"RGB")"
      << R"("channels":1,"height":32,"width":32,"colour_order":"BGR")" << "'input.colour_order'";
}

void TestModelCard::wrong_key_is_named() {
  QFETCH(QString, from);
  QFETCH(QString, to);
  QFETCH(QString, named);
  const auto text = QString::fromStdString(StudyFixture::card("net", 3));
  QVERIFY2(text.contains(from), "the row changes nothing");
  const auto card =
      parse_model_card(QString(text).replace(from, to).toStdString(), "net.card.json");
  QVERIFY(!card);
  QCOMPARE(card.error().where, std::string("net.card.json"));
  QVERIFY2(QString::fromStdString(card.error().message).contains(named),
           card.error().message.c_str());
}

void TestModelCard::random_damage_never_crashes() {
  std::mt19937 random(7);
  const std::string whole = StudyFixture::card("net", 3);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole;
    for (unsigned n = random() % 4 + 1; n > 0; --n)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    if (random() % 4 == 0) text.resize(random() % text.size());
    const auto card = parse_model_card(text, "x");
    if (card) {
      QVERIFY(card->input.mean.size() == static_cast<std::size_t>(card->input.channels));
    } else {
      ++refused;
      QVERIFY(!card.error().message.empty());
    }
  }
  QVERIFY(refused > 1000);
}

void TestModelCard::card_lies_beside_the_model() {
  QCOMPARE(card_beside("/a/net.safetensors"), std::filesystem::path("/a/net.card.json"));
  QCOMPARE(card_beside("/a/net.v2.pt"), std::filesystem::path("/a/net.v2.card.json"));
}

}  // namespace plumbline::test
