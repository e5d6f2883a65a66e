#include <QtTest>

#include <random>

#include "core/data/zip_directory.h"
#include "tests/support/zip_writer.h"

using namespace plumbline;
using plumbline::test::zip_of;
using plumbline::test::ZipWriter;

namespace {

std::span<const std::byte> raw_bytes(const QByteArray& content) {
  return std::as_bytes(std::span(content.constData(), static_cast<std::size_t>(content.size())));
}

}  // namespace

class TestZipDirectory : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void names_are_the_directorys_data() {
    QTest::addColumn<QByteArray>("content");
    ZipWriter zip;
    zip.extra = "extra";
    zip.comment = "what it is";
    zip.add("a/data.pkl");
    zip.add("a/caf\xc3\xa9");
    QTest::newRow("plain") << zip.content();
    QTest::newRow("with a comment") << zip.content(false, "a comment PK\5\6 of the file");
    QTest::newRow("ZIP64") << zip.content(true);
    QTest::newRow("ZIP64 with a comment") << zip.content(true, "so");
  }
  void names_are_the_directorys() {
    QFETCH(QByteArray, content);
    const auto names = zip_entries(raw_bytes(content));
    QVERIFY(names.has_value());
    QCOMPARE(*names, (std::vector<std::string_view>{"a/data.pkl", "a/caf\xc3\xa9"}));
  }

  void an_empty_archive_has_no_names() {
    QCOMPARE(zip_entries(raw_bytes(ZipWriter().content()))->size(), std::size_t{0});
    QCOMPARE(archive_kind(raw_bytes(ZipWriter().content())), ArchiveKind::other);
  }

  void kinds_are_told_by_their_entries_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<ArchiveKind>("kind");
    QTest::newRow("torch.jit.save")
        << zip_of({"net/data.pkl", "net/code/__torch__.py", "net/constants.pkl", "net/version"})
        << ArchiveKind::torchscript;
    QTest::newRow("torch.save") << zip_of({"net/data.pkl", "net/data/0", "net/version"})
                                << ArchiveKind::pickle;
    QTest::newRow("AOTInductor") << zip_of({"net/archive_format", "net/data/aotinductor/model.so"})
                                 << ArchiveKind::package;
    QTest::newRow("npz") << zip_of({"weight.npy", "bias.npy"}) << ArchiveKind::other;
    QTest::newRow("a name that only ends so")
        << zip_of({"net/my-constants.pkl", "a/b/data.pkl"}) << ArchiveKind::other;
    QTest::newRow("the words stand elsewhere")
        << zip_of({"a.txt"}).replace("a.txt", "b.txt").prepend("net/constants.pkl")
        << ArchiveKind::none;  // offsets count from the file's begin
    QTest::newRow("nothing") << QByteArray() << ArchiveKind::none;
    QTest::newRow("text") << QByteArray("PK\3\4 a/constants.pkl PK\5\6") << ArchiveKind::none;
  }
  void kinds_are_told_by_their_entries() {
    QFETCH(QByteArray, content);
    QFETCH(ArchiveKind, kind);
    QCOMPARE(archive_kind(raw_bytes(content)), kind);
  }

  void a_cut_archive_is_none() {
    const QByteArray content = zip_of({"net/data.pkl", "net/constants.pkl"});
    for (qsizetype size = 0; size < content.size(); ++size)
      QVERIFY(!zip_entries(raw_bytes(content.first(size))));
  }

  void damage_is_never_read_beyond_the_end() {
    std::mt19937 random(5);
    ZipWriter zip;
    for (const char* name : {"net/data.pkl", "net/constants.pkl", "net/version"}) zip.add(name);
    for (const bool zip64 : {false, true})
      for (int round = 0; round < 20'000; ++round) {
        QByteArray damaged = zip.content(zip64);
        for (int i = 0; i < 3; ++i)
          damaged[static_cast<qsizetype>(random() % static_cast<std::size_t>(damaged.size()))] =
              static_cast<char>(random());
        const auto names = zip_entries(raw_bytes(damaged));
        if (!names) continue;
        QVERIFY(names->size() <= static_cast<std::size_t>(damaged.size()) / 46);
        for (const std::string_view name : *names)
          QVERIFY(name.data() >= damaged.constData() &&
                  name.data() + name.size() <= damaged.constData() + damaged.size());
      }
  }
};

Q_DECLARE_METATYPE(ArchiveKind)

int run_zip_directory(int argc, char** argv) {
  TestZipDirectory test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_zip_directory.moc"
