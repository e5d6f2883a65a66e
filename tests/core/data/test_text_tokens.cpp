#include <lzma.h>
#include <QtTest>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "core/data/hash.h"
#include "core/data/text_tokens.h"
#include "core/data/utf8.h"
#include "core/data/xz_reader.h"
#include "test_files.h"

using namespace plumbline;
namespace fs = std::filesystem;

namespace {

Bytes xz(const Bytes& bytes, std::uint32_t preset = 6) {
  Bytes packed(lzma_stream_buffer_bound(bytes.size()));
  std::size_t size = 0;
  const lzma_ret done = lzma_easy_buffer_encode(preset, LZMA_CHECK_CRC64, nullptr, bytes.data(),
                                                bytes.size(), packed.data(), &size, packed.size());
  packed.resize(done == LZMA_OK ? size : 0);
  return packed;
}

std::vector<std::int64_t> all_tokens(const TokenText& text) {
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(text.size()));
  text.copy(0, text.size(), tokens.data());
  return tokens;
}

fs::path data_folder() {
  const char* named = std::getenv("PLUMBLINE_DATA");
  return named != nullptr ? fs::path(named) : fs::path(PLUMBLINE_SOURCE_DIR) / "../shared/data";
}

/// Words by the standard library's own notion of them, lines by getline.
std::vector<std::string> reference_words(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    for (std::string word; parts >> word;) words.push_back(word);
    words.emplace_back("<eos>");
  }
  return words;
}

}  // namespace

class TestTextTokens : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bytes_are_tokens_data() {
    QTest::addColumn<QString>("packing");
    for (const char* packing : {"plain", "gzip", "xz", "xz twice"})
      QTest::addRow("%s", packing) << packing;
  }
  void bytes_are_tokens() {
    QFETCH(QString, packing);
    TestFolder folder;
    const Bytes bytes = random_values(3'000'017, 5);
    const std::size_t half = bytes.size() / 2;
    Bytes stored = bytes;
    if (packing == "gzip") stored = gzip(bytes);
    if (packing == "xz") stored = xz(bytes);
    if (packing == "xz twice") {
      stored = xz({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(half)});
      const Bytes rest = xz({bytes.begin() + static_cast<std::ptrdiff_t>(half), bytes.end()});
      stored.insert(stored.end(), rest.begin(), rest.end());
    }
    const auto path = write_file(folder / "text", stored);  // the name says nothing
    const auto text = read_tokens(path, "bytes");
    QVERIFY2(text, problem(text).c_str());
    QCOMPARE(text->vocabulary(), 256);
    QVERIFY(text->words().empty());
    QCOMPARE(text->hash(), hash_bytes(as_bytes(stored)));
    const auto tokens = all_tokens(*text);
    QVERIFY(std::equal(tokens.begin(), tokens.end(), bytes.begin(), bytes.end()));
    std::int64_t piece[3] = {};
    text->copy(static_cast<std::int64_t>(half), 3, piece);
    for (std::size_t i = 0; i < 3; ++i)
      QCOMPARE(piece[i], static_cast<std::int64_t>(bytes[half + i]));
    text->copy(text->size(), 0, piece);  // the empty range at the end is in the stream
  }

  void words_as_wikitext_has_them() {
    TestFolder folder;
    const auto text = read_tokens(write_file(folder / "t", " b a\tb \n\n \r\nc é a b"), "words");
    QVERIFY2(text, problem(text).c_str());
    // <eos> four times, b three times, a twice; equal counts in the order of their bytes.
    QCOMPARE(text->words(), (std::vector<std::string>{"<eos>", "b", "a", "c", "é"}));
    QCOMPARE(text->vocabulary(), 5);
    QCOMPARE(all_tokens(*text), (std::vector<std::int64_t>{1, 2, 1, 0, 0, 0, 3, 4, 2, 1, 0}));
  }

  void words_equal_the_reference() {
    std::mt19937 generator(11);
    for (int round = 0; round < 200; ++round) {
      std::string content;
      const std::size_t length = 1 + generator() % 400;
      for (std::size_t i = 0; i < length; ++i) content += "ab c\n\t\v"[generator() % 7];
      TestFolder folder;
      const auto text = read_tokens(write_file(folder / "t", content), "words");
      const auto expected = reference_words(content);
      QVERIFY2(text, problem(text).c_str());
      QCOMPARE(text->size(), static_cast<std::int64_t>(expected.size()));
      const auto tokens = all_tokens(*text);
      std::map<std::string, int> counts;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(text->words().at(static_cast<std::size_t>(tokens[i])), expected[i]);
        ++counts[expected[i]];
      }
      QCOMPARE(text->words().size(), counts.size());
      for (std::size_t i = 1; i < text->words().size(); ++i) {
        const auto &before = text->words()[i - 1], &word = text->words()[i];
        QVERIFY(counts[before] > counts[word] || (counts[before] == counts[word] && before < word));
      }
    }
  }

  void a_given_vocabulary() {
    TestFolder folder;
    const auto path = write_file(folder / "t", "new old\n");
    TokenOptions options;
    options.words = {"<eos>", "old", "<unk>"};
    const auto text = read_tokens(path, "words", options);
    QVERIFY2(text, problem(text).c_str());
    QCOMPARE(all_tokens(*text), (std::vector<std::int64_t>{2, 1, 0}));
    options.words.pop_back();
    const auto without = read_tokens(path, "words", options);
    QVERIFY(contains(problem(without), "the word 'new' is not among the vocabulary's 2"));
  }

  void uint16_tokens() {
    TestFolder folder;
    const auto path = write_file(folder / "t.bin", Bytes{0x01, 0x00, 0xFF, 0xC3, 0x00, 0x01});
    const auto text = read_tokens(path, "uint16");
    QVERIFY2(text, problem(text).c_str());
    QCOMPARE(all_tokens(*text), (std::vector<std::int64_t>{1, 0xC3FF, 256}));
    QCOMPARE(text->vocabulary(), 0xC3FF + 1);
    TokenOptions options;
    options.vocabulary = 50'257;
    QCOMPARE(read_tokens(path, "uint16", options)->vocabulary(), 50'257);
    options.vocabulary = 0xC3FF;
    QVERIFY(contains(problem(read_tokens(path, "uint16", options)),
                     "token 50175 (number 1) is outside a vocabulary of 50175"));
    options.vocabulary = 65'536;
    const auto full = write_file(folder / "full.bin", Bytes{0xFF, 0xFF});
    QCOMPARE(read_tokens(full, "uint16", options)->vocabulary(), 65'536);
    QCOMPARE(read_tokens(full, "uint16")->vocabulary(), 65'536);
  }

  void bad_input_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("message");
    const auto add = [](const char* name, const Bytes& content, const char* kind,
                        const char* message) {
      QTest::addRow("%s", name) << QByteArray(reinterpret_cast<const char*>(content.data()),
                                              static_cast<qsizetype>(content.size()))
                                << kind << message;
    };
    const Bytes text = random_values(100'000, 2);
    const auto without_end = [](Bytes bytes, std::size_t count) {
      bytes.resize(bytes.size() - count);
      return bytes;
    };
    const auto with = [](Bytes bytes, std::string_view more) {
      bytes.insert(bytes.end(), more.begin(), more.end());
      return bytes;
    };
    Bytes flipped = xz(text);
    flipped[flipped.size() / 2] ^= 4;
    add("no such kind", text, "characters", "there are bytes, words, uint16");
    add("empty", {}, "bytes", "has no text");
    add("empty within xz", xz({}), "words", "has no text");
    add("gzip cut off", without_end(gzip(text), 9), "bytes", "the gzip data are cut off");
    add("xz cut off", without_end(xz(text), 1), "bytes", "the xz data are cut off");
    add("xz cut off early", without_end(xz(text), 60'000), "bytes", "the xz data are cut off");
    add("xz damaged", flipped, "bytes", "the xz data are damaged before byte");
    add("after xz", with(xz(text), "more"), "bytes", "the xz data");
    add("dictionary of 1.5 GiB", {}, "bytes", "MiB to be unpacked; at most 256 are given");
    add("not UTF-8", with({}, "good \xC3\xA9 \xFF"), "words", "is not UTF-8 at byte 8 (\\xff)");
    add("half a character", with({}, "good \xC3"), "words", "is not UTF-8 at byte 5");
    add("odd", {1, 2, 3}, "uint16", "has 3 bytes, an odd number");
  }
  void bad_input() {
    QFETCH(QByteArray, content);
    QFETCH(QString, kind);
    QFETCH(QString, message);
    if (QTest::currentDataTag() == QByteArray("dictionary of 1.5 GiB")) content = huge_dictionary();
    TestFolder folder;
    const auto path =
        write_file(folder / "text",
                   std::string_view(content.data(), static_cast<std::size_t>(content.size())));
    const auto text = read_tokens(path, kind.toStdString());
    QVERIFY(!text);
    QVERIFY2(contains(problem(text), message.toStdString()), problem(text).c_str());
  }

  void a_file_that_is_not_there() {
    const auto text = read_tokens("/nonexistent/text", "bytes");
    QVERIFY(contains(problem(text), "/nonexistent/text"));
  }

  void bounds_data() {
    QTest::addColumn<QString>("packing");
    for (const char* packing : {"plain", "gzip", "xz"}) QTest::addRow("%s", packing) << packing;
  }
  void bounds() {
    QFETCH(QString, packing);
    TestFolder folder;
    const Bytes bytes(5'000'000, 'a');
    const auto path = write_file(folder / "t", packing == "gzip" ? gzip(bytes)
                                               : packing == "xz" ? xz(bytes)
                                                                 : bytes);
    TokenOptions options;
    options.max_bytes = bytes.size();
    const auto whole = read_tokens(path, "bytes", options);
    QVERIFY2(whole, problem(whole).c_str());
    --options.max_bytes;
    QVERIFY2(contains(problem(read_tokens(path, "bytes", options)), "4999999"),
             problem(read_tokens(path, "bytes", options)).c_str());
  }

  void a_bomb_is_no_text() {
    TestFolder folder;
    const auto path = write_file(folder / "t", xz(Bytes(200'000'000, 0), 1));
    QVERIFY(fs::file_size(path) < 67'000);
    QVERIFY(contains(problem(read_tokens(path, "bytes")), "more than 1000 times its size"));
  }

  void damage_never_harms() {
    TestFolder folder;
    std::mt19937 generator(3);
    const Bytes packed = xz(bytes_of("Of what is read, nothing is believed.\n"));
    for (int round = 0; round < 500; ++round) {
      const auto path = write_file(folder / "t", mutated(packed, generator));
      for (const auto kind : token_kinds()) {
        const auto text = read_tokens(path, kind);
        if (text) QVERIFY(text->size() > 0);
      }
    }
  }

  void prefix_of_utf8() {
    QCOMPARE(utf8_prefix("ab\xE2\x82\xAC"), std::size_t{5});
    QCOMPARE(utf8_prefix("ab\xE2\x82"), std::size_t{2});
    QCOMPARE(utf8_prefix("ab\xED\xA0\x80"), std::size_t{2});
    QCOMPARE(utf8_prefix(""), std::size_t{0});
  }

  void the_demos_text() {
    const auto file = fs::path(PLUMBLINE_SOURCE_DIR) / "resources/demo/text/kjv.txt.xz";
    const auto text = read_tokens(file, "bytes");
    QVERIFY2(text, problem(text).c_str());
    QCOMPARE(text->size(), 1'070'570);
    QVERIFY(read_tokens(file, "words"));
  }

  // Figures as published: the sizes of the files, and WikiText-2's tokens.
  void published_figures_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<qint64>("tokens");
    QTest::addColumn<qint64>("vocabulary");
    QTest::addRow("tinyshakespeare")
        << "tinyshakespeare.txt" << "bytes" << qint64{1'115'394} << qint64{256};
    QTest::addRow("wikitext2-valid")
        << "wikitext2-valid.txt.gz" << "words" << qint64{217'646} << qint64{13'777};
    QTest::addRow("wikitext2-test")
        << "wikitext2-test.txt.gz" << "words" << qint64{245'569} << qint64{14'143};
    QTest::addRow("imdb8") << "imdb8.xz" << "bytes" << qint64{100'000'000} << qint64{256};
  }
  void published_figures() {
    QFETCH(QString, file);
    QFETCH(QString, kind);
    const auto path = data_folder() / "text" / file.toStdString();
    if (!fs::exists(path)) QSKIP("the real texts are not here: set PLUMBLINE_DATA");
    const auto text = read_tokens(path, kind.toStdString());
    QVERIFY2(text, problem(text).c_str());
    QTEST(qint64{text->size()}, "tokens");
    QTEST(qint64{text->vocabulary()}, "vocabulary");
  }

 private:
  /// A small stream whose block claims a dictionary of 1.5 GiB, with its checksum mended.
  static QByteArray huge_dictionary() {
    lzma_options_lzma lzma;
    lzma_lzma_preset(&lzma, 0);
    lzma.dict_size = 4096;
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &lzma}, {LZMA_VLI_UNKNOWN, nullptr}};
    const std::string text = "short";
    std::uint8_t out[512];
    std::size_t size = 0;
    const lzma_ret done = lzma_stream_buffer_encode(
        const_cast<lzma_filter*>(filters), LZMA_CHECK_CRC32, nullptr,
        reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), out, &size, sizeof out);
    if (done != LZMA_OK) return {};
    // Block header: size, flags, LZMA2's id 0x21, size of its properties 1, the dictionary's size;
    // then padding and CRC32. The stream's header has 12 bytes.
    const std::size_t header = 12, header_size = (out[header] + 1u) * 4;
    for (std::size_t i = header + 2; i + 2 < header + header_size; ++i) {
      if (out[i] == 0x21 && out[i + 1] == 1) {
        out[i + 2] = 37;  // 1.5 GiB
        break;
      }
    }
    const std::uint32_t crc = lzma_crc32(out + header, header_size - 4, 0);
    for (int i = 0; i < 4; ++i)
      out[header + header_size - 4 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
    return {reinterpret_cast<const char*>(out), static_cast<qsizetype>(size)};
  }
};

int run_text_tokens(int argc, char** argv) {
  TestTextTokens test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_text_tokens.moc"
