#include <QtTest>
#include <sstream>

#include "core/data/text_tokens.h"
#include "core/data/word_list.h"
#include "test_files.h"

using namespace plumbline;
namespace fs = std::filesystem;

class TestWordList : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void words_by_line_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addRow("lines") << QByteArray("the\n<eos>\n\xC3\xA9t\xC3\xA9\n");
    QTest::addRow("no end of the last") << QByteArray("the\n<eos>\n\xC3\xA9t\xC3\xA9");
    QTest::addRow("carriage returns") << QByteArray("the\r\n<eos>\r\n\xC3\xA9t\xC3\xA9\r\n");
  }
  void words_by_line() {
    QFETCH(QByteArray, content);
    TestFolder folder;
    const auto words = read_word_list(write_file(folder / "w", content.toStdString()));
    QVERIFY2(words, problem(words).c_str());
    QCOMPARE(*words, (std::vector<std::string>{"the", "<eos>", "été"}));
  }

  void bad_input_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const QByteArray& content, const char* message) {
      QTest::newRow(name) << content << message;
    };
    row("empty", "", "has no words");
    row("only a line's end", "\n", "has no words");
    row("an empty line", "a\n\nb\n", "line 2 is empty");
    row("an empty line at the end", "a\nb\n\n", "line 3 is empty");
    row("a line's end alone", "a\n\r\nb\n", "line 2 is empty");
    row("twice", "a\nb\nc\nb\n", "line 4 repeats the word 'b' of line 2");
    row("twice by a carriage return", "a\r\na\n", "line 2 repeats the word 'a' of line 1");
    row("with counts", "the 1234\nof 99\n", "line 1 contains white space: 'the 1234'");
    row("with numbers", "the\nof\t1\n", "line 2 contains white space: 'of\\x091'");
    row("a space in front", "a\n b\n", "line 2 contains white space");
    row("not UTF-8", "a\nb\ncaf\xE9\n", "line 3 is not UTF-8 at byte 3 (\\xe9)");
    row("half a character", "a\n\xC3", "line 2 is not UTF-8 at byte 0");
    row("a surrogate", "\xED\xA0\x80\n", "line 1 is not UTF-8 at byte 0");
    row("a byte order mark", "\xEF\xBB\xBFthe\n", "begins with a byte order mark");
    row("a long word", "a\n" + QByteArray(65'537, 'x') + "\n",
        "line 2 has 65537 bytes; a word has at most 65536");
  }
  void bad_input() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    TestFolder folder;
    const auto path = write_file(folder / "w", content.toStdString());
    const auto words = read_word_list(path);
    QVERIFY(!words);
    QVERIFY2(contains(problem(words), path.string() + ": " + message.toStdString()),
             problem(words).c_str());
  }

  void bounds() {
    // As many words as there may be, and one more; a file that is too large is not even read.
    std::string text;
    for (std::size_t i = 0; i < max_words; ++i) text += "\n";
    QVERIFY(contains(problem(parse_word_list(text, "w")), "line 1 is empty"));
    text += "\n";
    QVERIFY(contains(problem(parse_word_list(text, "w")),
                     "has 16777217 lines; a vocabulary has at most 16777216 words"));
    const std::string longest(max_word_bytes, 'x');
    QCOMPARE(parse_word_list(longest, "w")->front().size(), max_word_bytes);
    TestFolder folder;
    const auto path = write_file(folder / "w", std::string_view("a\n"));
    fs::resize_file(path, max_word_list_bytes + 1);
    QVERIFY2(contains(problem(read_word_list(path)), "1073741825"),
             problem(read_word_list(path)).c_str());
    QVERIFY(!read_word_list(folder.path()));
    QVERIFY(contains(problem(read_word_list(folder / "none")), "No such file"));
  }

  /// A file of the words of a text gives them the same numbers as the text.
  void texts_words_are_read_back() {
    std::mt19937 generator(5);
    for (int round = 0; round < 100; ++round) {
      std::string content(1 + generator() % 300, ' ');
      for (char& character : content) character = "ab\n \r\t\0é"[generator() % 7];
      TestFolder folder;
      const auto path = write_file(folder / "t", content);
      const auto text = read_tokens(path, "words");
      QVERIFY2(text, problem(text).c_str());
      const auto list = word_list_text(text->words());
      const auto words = read_word_list(write_file(folder / "w", list));
      QVERIFY2(words, problem(words).c_str());
      QCOMPARE(*words, text->words());
      QCOMPARE(word_list_hash(*words), word_list_hash(text->words()));
      TokenOptions options;
      options.words = *words;
      const auto again = read_tokens(path, "words", options);
      QVERIFY2(again, problem(again).c_str());
      std::vector<std::int64_t> tokens(static_cast<std::size_t>(text->size())), others = tokens;
      text->copy(0, text->size(), tokens.data());
      again->copy(0, text->size(), others.data());
      QCOMPARE(others, tokens);
    }
  }

  void the_hash_tells_orders_apart() {
    const std::vector<std::string> one{"a", "b"}, other{"b", "a"}, joined{"ab"};
    QVERIFY(word_list_hash(one) != word_list_hash(other));
    QVERIFY(word_list_hash(one) != word_list_hash(joined));
  }

  void a_text_with_too_long_a_word() {
    TestFolder folder;
    const std::string longest(max_word_bytes, 'x');
    QVERIFY(read_tokens(write_file(folder / "t", longest), "words"));
    const auto longer = write_file(folder / "longer", longest + "x y");
    QVERIFY(contains(problem(read_tokens(longer, "words")), "has a word of 65537 bytes"));
    // Where words are given, it is one that they lack.
    TokenOptions options;
    options.words = {"<eos>", "<unk>", "y"};
    QVERIFY(read_tokens(longer, "words", options));
  }

  void damage_never_harms() {
    std::mt19937 generator(4);
    const Bytes list = bytes_of("the\n<eos>\n\xC3\xA9t\xC3\xA9\nof\n");
    TestFolder folder;
    for (int round = 0; round < 500; ++round) {
      const auto words = read_word_list(write_file(folder / "w", mutated(list, generator)));
      if (words) QVERIFY(!words->empty());
    }
  }
};

int run_word_list(int argc, char** argv) {
  TestWordList test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_word_list.moc"
