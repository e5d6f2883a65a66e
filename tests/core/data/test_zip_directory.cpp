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

  // What would unpack to more than it should is refused by what the directory claims.
  void harmful_archives_are_refused_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("named");  // empty: none is wrong
    const auto row = [](const char* name, const ZipWriter& zip, const char* named) {
      QTest::newRow(name) << zip.content() << named;
    };
    ZipWriter good;
    good.add("net/data.pkl");
    good.add("net/data/0");
    good.unpacked = 1 << 20;
    good.add("net/code/a.py");
    row("good", good, "");
    const auto changed = [](const char* name, auto change) {
      ZipWriter zip;
      zip.add("net/data.pkl");
      change(zip);
      zip.add(name);
      return zip;
    };
    const auto as_it_is = [](ZipWriter&) {};
    row("a name twice", changed("net/data.pkl", as_it_is), "two entries 'net/data.pkl'");
    row("above", changed("net/../../x", as_it_is), "leads out");
    row("root", changed("/etc/passwd", as_it_is), "leads out");
    row("another system's", changed("net\\x", as_it_is), "leads out");
    row("a compressed tensor",
        changed("net/data/0", [](ZipWriter& zip) { zip.unpacked = 1 << 30; }),
        "'net/data/0' is compressed: 0 bytes would become 1073741824");
    row("much source", changed("net/code/a.py", [](ZipWriter& zip) { zip.unpacked = 1 << 29; }),
        "more than 256 MB of source");
    row("packed source", changed("net/code/a.py", [](ZipWriter& zip) { zip.unpacked = 1 << 24; }),
        "times the file's size");
    row("outside", changed("net/x", [](ZipWriter& zip) { zip.packed = zip.unpacked = 1 << 20; }),
        "is outside it");
    row("in another's bytes", changed("net/x", [](ZipWriter& zip) { zip.offset = 0; }),
        "overlaps another");
    ZipWriter many;
    for (int i = 0; i < 300; ++i) {
      many.unpacked = 1 << 20;
      many.add("net/code/" + QByteArray::number(i));
    }
    row("many sources", many, "more than 256 MB of source");
    QTest::newRow("cut off") << good.content().chopped(1) << "damaged or cut off";
  }
  void harmful_archives_are_refused() {
    QFETCH(QByteArray, content);
    QFETCH(QString, named);
    const auto checked = check_archive_entries(raw_bytes(content), "net.pt");
    QCOMPARE(checked.has_value(), named.isEmpty());
    if (checked) return;
    const auto text = QString::fromStdString(to_string(checked.error()));
    QVERIFY2(text.contains(named) && text.contains("net.pt"), qPrintable(text));
  }

  void sizes_beyond_32_bits_are_read() {
    ZipWriter zip;
    zip.packed = zip.unpacked = 0xffffffff;
    // Another field first; then both sizes, 64 bits each.
    zip.extra =
        QByteArray("\x05\x00\x01\x00x", 5) + QByteArray(
                                                 "\x01\x00\x10\x00\x00\x00\x00\x00\x02\x00\x00\x00"
                                                 "\x00\x00\x00\x00\x01\x00\x00\x00",
                                                 20);
    zip.add("net/data/0");
    const auto listing = zip_listing(raw_bytes(zip.content()));
    QVERIFY(listing.has_value());
    QCOMPARE(listing->front().unpacked, std::uint64_t{2} << 32);
    QCOMPARE(listing->front().packed, std::uint64_t{1} << 32);
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

int run_zip_directory(int argc, char** argv) {
  TestZipDirectory test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_zip_directory.moc"
