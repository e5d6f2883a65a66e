#include <QtTest>
#include <random>

#include "core/types/visible_text.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

void TestVisibleText::what_a_terminal_obeys_is_escaped_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QByteArray>("shown");
  QTest::newRow("plain") << QByteArray("a – 名 \xf0\x9f\x98\x80")
                         << QByteArray("a – 名 \xf0\x9f\x98\x80");
  QTest::newRow("escape") << QByteArray("\x1b[2J") << QByteArray("\\x1b[2J");
  QTest::newRow("lines") << QByteArray("a\r\nb\t") << QByteArray("a\\x0d\\x0ab\\x09");
  QTest::newRow("zero and delete") << QByteArray("\0\x7f", 2) << QByteArray("\\x00\\x7f");
  QTest::newRow("C1 in UTF-8") << QByteArray(
                                      "\xc2\x9b"
                                      "1m")
                               << QByteArray("\\xc2\\x9b1m");
  QTest::newRow("C1 as a byte") << QByteArray(
                                       "\x9b"
                                       "1m")
                                << QByteArray("\\x9b1m");
  QTest::newRow("turned text") << QByteArray(
                                      "a\xe2\x80\xae"
                                      "b")
                               << QByteArray("a\\xe2\\x80\\xaeb");
  QTest::newRow("overlong") << QByteArray("\xc0\x80") << QByteArray("\\xc0\\x80");
  QTest::newRow("cut off") << QByteArray("\xe2\x82") << QByteArray("\\xe2\\x82");
  QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << QByteArray("\\xed\\xa0\\x80");
}

void TestVisibleText::what_a_terminal_obeys_is_escaped() {
  QFETCH(QByteArray, text);
  QFETCH(QByteArray, shown);
  QCOMPARE(QByteArray::fromStdString(visible_text(text.toStdString())), shown);
  QCOMPARE(visible_text("a\tb\nc\x01", "\t\n"), std::string("a\tb\nc\\x01"));
}

void TestVisibleText::random_bytes_become_shown_text() {
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto i = random() % 12; i > 0; --i) text += static_cast<char>(random() % 256);
    const auto shown = QByteArray::fromStdString(visible_text(text));
    // Qt's decoder is another than ours: what is shown is UTF-8 without control characters.
    QStringDecoder decode(QStringDecoder::Utf8);
    const QString decoded = decode(shown);
    QVERIFY(!decode.hasError());
    for (const QChar c : decoded) QVERIFY(c.category() != QChar::Other_Control);
    QCOMPARE(visible_text(shown.toStdString()), shown.toStdString());
  }
}

}  // namespace plumbline::test
