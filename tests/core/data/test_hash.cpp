#include <QtTest>

#include "core/data/hash.h"
#include "core/data/utf8.h"
#include "test_files.h"

using namespace plumbline;

class TestHash : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // From xxHash's published test vectors.
  void known_value() { QCOMPARE(hash_bytes({}), std::string("99aa06d3014798d86001c324468d497f")); }

  void a_file_hashes_as_its_bytes_data() {
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 240, 241, 1 << 20, (1 << 20) + 1, 3'000'001}) {
      QTest::addRow("%d", size) << size;
    }
  }
  void a_file_hashes_as_its_bytes() {
    QFETCH(int, size);
    TestFolder folder;
    const Bytes bytes = random_values(static_cast<std::size_t>(size), 3);
    const auto hash = hash_file(write_file(folder / "a", bytes));
    QVERIFY(hash);
    QCOMPARE(*hash, hash_bytes(as_bytes(bytes)));
    QCOMPARE(hash->size(), std::size_t{32});
    if (size > 0) {
      Bytes other = bytes;
      other.back() ^= 1;
      QVERIFY(hash_bytes(as_bytes(other)) != *hash);
    }
  }

  void a_missing_file_is_an_error() { QVERIFY(!hash_file("/nonexistent/file")); }

  void utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("ascii") << QByteArray("cat.jpg") << true;
    QTest::newRow("2 bytes") << QByteArray("\xc3\xa9") << true;
    QTest::newRow("4 bytes") << QByteArray("\xf0\x9f\x90\x88") << true;
    QTest::newRow("latin-1") << QByteArray("caf\xe9") << false;
    QTest::newRow("cut") << QByteArray("\xe2\x82") << false;
    QTest::newRow("overlong 2") << QByteArray("\xc0\xaf") << false;
    QTest::newRow("overlong 3") << QByteArray("\xe0\x80\xaf") << false;
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << false;
    QTest::newRow("beyond") << QByteArray("\xf4\x90\x80\x80") << false;
    QTest::newRow("stray") << QByteArray("\x80") << false;
  }
  void utf8() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    QCOMPARE(is_utf8(text.toStdString()), valid);
  }
};

int run_hash(int argc, char** argv) {
  TestHash test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_hash.moc"
