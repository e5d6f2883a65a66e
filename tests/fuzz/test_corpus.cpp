#include <QDir>
#include <QFile>
#include <QtTest>

#include "tests/fuzz/reader.h"

using namespace plumbline;

/// Replays the corpus: what fuzzing once found stays mended, with any compiler.
class TestFuzzCorpus : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void inputs_are_read_data() {
    QTest::addColumn<int>("reader");
    QTest::addColumn<QString>("file");
    for (std::size_t i = 0; i < fuzz::readers().size(); ++i)
      for (const QFileInfo& file : corpus(fuzz::readers()[i]).entryInfoList(QDir::Files))
        QTest::newRow(qPrintable(name(fuzz::readers()[i]) + "/" + file.fileName()))
            << static_cast<int>(i) << file.filePath();
  }
  void inputs_are_read() {
    QFETCH(int, reader);
    QFETCH(QString, file);
    QFile input(file);
    QVERIFY(input.open(QIODevice::ReadOnly));
    const QByteArray content = input.readAll();
    fuzz::readers()[static_cast<std::size_t>(reader)].read(
        std::as_bytes(std::span(content.constData(), static_cast<std::size_t>(content.size()))));
  }

  void every_reader_has_inputs() {
    for (const auto& reader : fuzz::readers())
      QVERIFY2(corpus(reader).entryList(QDir::Files).size() > 0, qPrintable(name(reader)));
  }
  void every_folder_has_a_reader() {
    QStringList names;
    for (const auto& reader : fuzz::readers()) names << name(reader);
    const QDir folder(PLUMBLINE_SOURCE_DIR "/tests/fuzz/corpus");
    for (const QString& found : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
      QVERIFY2(names.contains(found), qPrintable(found));
  }

 private:
  static QString name(const fuzz::Reader& reader) {
    return QString::fromUtf8(reader.name.data(), static_cast<int>(reader.name.size()));
  }
  static QDir corpus(const fuzz::Reader& reader) {
    return QDir(PLUMBLINE_SOURCE_DIR "/tests/fuzz/corpus/" + name(reader));
  }
};

QTEST_GUILESS_MAIN(TestFuzzCorpus)
#include "test_corpus.moc"
