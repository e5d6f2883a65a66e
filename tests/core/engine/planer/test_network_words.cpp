#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include <ATen/ATen.h>

#include "core/engine/planer/evaluate_networks.h"
#include "core/engine/planer/export_network.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/search_network.h"
#include "core/engine/planer/train_network.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/core/engine/planer/word_text.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const std::vector<std::string> six_words{"stone", "river", "light", "<unk>", "wind", "été"};

/// A study with the network "base" of words, and two texts: of the second the commonest words are
/// the first one's rarest, and one is not among them.
class WordStudy {
 public:
  WordStudy() {
    write_text(file("config.json"),
               R"({"layers": 1, "d_model": 16, "heads": 2, "d_head": 8, "d_inner": 16, "experts": 2,
                   "vocabulary": 12, "train": {"length": 8, "memory": 8}})");
    write_text(file("one.txt"), one = drawn_text(six_words, {60, 30, 15, 8, 4, 2}, 3000, 1));
    auto more = six_words;
    more.emplace_back("unheard");
    write_text(file("other.txt"), other = drawn_text(more, {2, 4, 8, 9, 30, 60, 6}, 3000, 2));
    PlanerTrainRequest request = training("base");
    request.config = file("config.json");
    request.text = {file("one.txt"), "words", {}};
    value(train_network(request));
  }
  fs::path file(const std::string& name) const {
    return folder_.filePath(name.c_str()).toStdString();
  }
  fs::path study() const { return file("s.plumb"); }
  fs::path words(const std::string& name) const { return study() / "networks" / (name + ".words"); }
  Study open() const { return value(Study::open(study(), Access::read_write)); }

  PlanerTrainRequest training(const std::string& name) const {
    PlanerTrainRequest request;
    request.study = study();
    request.name = name;
    request.course.steps = 60;
    request.course.batch = 4;
    request.course.learning_rate = 0.02;
    request.course.device = "cpu";
    request.job = silent_job(study());
    return request;
  }
  PlanerEvaluateRequest evaluation(const std::vector<std::string>& names,
                                   const PlanerTextRequest& text) const {
    PlanerEvaluateRequest request;
    request.study = study();
    request.names = names;
    request.text = text;
    request.shape.device = "cpu";
    request.job = silent_job(study());
    return request;
  }
  PlanerSearchRequest search(const std::string& from) const {
    PlanerSearchRequest request;
    request.study = study();
    request.name = "q";
    request.from = from;
    request.targets = {1.5};
    request.course = training("").course;
    request.course.steps = 20;
    request.shape.device = "cpu";
    request.job = silent_job(study());
    return request;
  }
  ordered_json settings_of_search() const { return value(open().search("q")).settings; }
  PlanerTextRequest other_text() const { return {file("other.txt"), "words", {}}; }
  double loss(const std::string& name, const PlanerTextRequest& text) const {
    return value(evaluate_networks(evaluation({name}, text)))["validation_loss"].get<double>();
  }
  /// The loss of a network by numbers that are counted here.
  double loss_by(const std::string& name, const std::vector<std::string>& numbering) const {
    const Study opened = open();
    const auto model =
        value(load_network(opened, value(opened.network(name)), at::kCPU, at::kFloat));
    return validation_loss(*model, numbered(other, numbering));
  }
  /// The network as a study has it that was made before words were kept.
  void forget_words(const std::string& name) const {
    Study opened = open();
    NetworkInfo network = value(opened.network(name));
    const auto model = value(load_network(opened, network, at::kCPU, at::kFloat));
    network.name = "former";
    value(save_network(opened, network, *model, {}));
  }

  std::string one, other;

 private:
  QTemporaryDir folder_;
};

std::unique_ptr<WordStudy> made;

/// What numbering the second text anew gives.
std::vector<std::string> anew() { return words_by_count(made->other); }

}  // namespace

void TestNetworkWords::initTestCase() { made = std::make_unique<WordStudy>(); }

void TestNetworkWords::another_text_is_numbered_by_the_networks_words() {
  const auto words = lines_of(made->words("base"));
  QCOMPARE(words, words_by_count(made->one));
  QVERIFY(words != anew());
  const double expected = made->loss_by("base", words);
  QCOMPARE(made->loss("base", made->other_text()), expected);
  QVERIFY2(std::abs(expected - made->loss_by("base", anew())) > 0.1,
           qPrintable(QString::number(expected)));
  // The same words given once more are fine.
  PlanerTextRequest text = made->other_text();
  text.words = made->words("base");
  QCOMPARE(made->loss("base", text), expected);
}

void TestNetworkWords::an_export_has_the_words_beside_it() {
  for (const char* format : {"torchscript", "safetensors"}) {
    PlanerExportRequest request{made->study(), "base", format,
                                made->file(std::string(format) + ".out")};
    const auto summary = value(export_network(request));
    const fs::path beside = made->file(std::string(format) + ".words");
    QCOMPARE(summary["words"].get<std::string>(), beside.string());
    QCOMPARE(lines_of(beside), words_by_count(made->one));
  }
}

void TestNetworkWords::what_begins_with_a_network_has_its_words() {
  PlanerTrainRequest request = made->training("more");
  request.from = "base";
  request.text = made->other_text();
  const auto summary = value(train_network(request));
  QCOMPARE(lines_of(made->words("more")), lines_of(made->words("base")));
  QCOMPARE(summary["validation_loss"].get<double>(),
           made->loss_by("more", lines_of(made->words("base"))));
  QVERIFY(!QFile::exists(QString::fromStdString(made->words("nobody").string())));
}

void TestNetworkWords::found_networks_have_its_words() {
  PlanerSearchRequest request = made->search("base");
  request.text = made->other_text();
  const auto summary = value(search_network(request));
  QCOMPARE(lines_of(made->words("q-1.5")), lines_of(made->words("base")));
  const double loss = summary["networks"][0]["validation_loss"].get<double>();
  QVERIFY(std::abs(made->loss("q-1.5", made->other_text()) - loss) < 1e-6);
  QVERIFY(made->settings_of_search().contains("words"));
  // Complete, it is left as it is.
  request.resume = true;
  request.job = silent_job(made->study());
  QCOMPARE(value(search_network(request))["networks"][0]["validation_loss"].get<double>(), loss);
}

void TestNetworkWords::networks_of_unlike_words_are_evaluated_together() {
  PlanerTrainRequest request = made->training("foreign");
  request.config = made->file("config.json");
  request.text = made->other_text();
  value(train_network(request));
  QCOMPARE(lines_of(made->words("foreign")), anew());
  const auto both =
      value(evaluate_networks(made->evaluation({"base", "foreign"}, made->other_text())));
  QCOMPARE(both[0]["validation_loss"].get<double>(),
           made->loss_by("base", lines_of(made->words("base"))));
  QCOMPARE(both[1]["validation_loss"].get<double>(), made->loss_by("foreign", anew()));
}

void TestNetworkWords::a_study_without_words_reads_its_own_text_only() {
  WordStudy study;
  study.forget_words("base");
  const PlanerTextRequest own{study.file("one.txt"), "words", {}};
  QVERIFY(!fs::exists(study.words("former")));
  QCOMPARE(study.loss("former", own), study.loss("base", own));
  QCOMPARE(study.loss("former", {}), study.loss("base", {}));
  const auto refused = evaluate_networks(study.evaluation({"former"}, study.other_text()));
  QVERIFY(!refused);
  const QString message = QString::fromStdString(to_string(refused.error()));
  for (const char* part : {"other.txt", "'former'", "--words FILE"})
    QVERIFY2(message.contains(part), qPrintable(message));
  PlanerTrainRequest request = study.training("later");
  request.from = "former";
  request.text = study.other_text();
  QVERIFY(!train_network(request));
  // A search that was begun before goes on with the same settings; what it finds keeps the words.
  value(search_network(study.search("former")));
  QVERIFY(!study.settings_of_search().contains("words"));
  QCOMPARE(lines_of(study.words("q-1.5")), lines_of(study.words("base")));
  // Given once, they are kept: what is its own text from now on is another.
  auto padded = lines_of(study.words("base"));
  while (padded.size() < 12) padded.push_back("unused-" + std::to_string(padded.size()));
  std::string list;
  for (const auto& word : padded) list += word + "\n";
  write_text(study.file("list"), list);
  PlanerTextRequest text = study.other_text();
  text.words = study.file("list");
  const double expected = study.loss("base", study.other_text());
  QCOMPARE(study.loss("former", text), expected);
  QCOMPARE(lines_of(study.words("former")), padded);
  QCOMPARE(study.loss("former", study.other_text()), expected);
  QCOMPARE(study.loss("former", {}), expected);
}

void TestNetworkWords::wrong_words_are_named_data() {
  QTest::addColumn<QByteArray>("given");
  QTest::addColumn<QByteArray>("kept");
  QTest::addColumn<QString>("tokens");
  QTest::addColumn<QString>("named");
  const QByteArray own = "stone\nriver\n<eos>\nlight\n<unk>\nwind\nété\n";
  const auto row = [&](const char* name, const QByteArray& given, const QByteArray& kept,
                       const char* tokens, const char* named) {
    QTest::newRow(name) << given << kept << tokens << named;
  };
  row("another number", "a\nb\n", own, "words", "has 2 words, but the network 'base' has 7");
  row("another order", "stone\nriver\nlight\n<eos>\n<unk>\nwind\nété\n", own, "words",
      "line 3 is 'light', but for the network 'base' it is '<eos>'");
  row("twice", "a\na\n", own, "words", "line 2 repeats the word 'a' of line 1");
  row("changed", "", "stone\nriver\nlight\n<eos>\n<unk>\nwind\nété\n", "words",
      "not those that it was saved with");
  row("damaged", "", "stone\n\n", "words", "line 2 is empty");
  row("missing", "", "", "words", "the words of the network 'base' are missing");
  row("tokens that are no words", "", own, "bytes", "the network 'base' reads words");
  row("words without words", own, own, "bytes", "--words");
}

void TestNetworkWords::wrong_words_are_named() {
  QFETCH(QByteArray, given);
  QFETCH(QByteArray, kept);
  QFETCH(QString, tokens);
  QFETCH(QString, named);
  const auto before = lines_of(made->words("base"));
  fs::remove(made->words("base"));
  if (!kept.isEmpty()) write_text(made->words("base"), kept.toStdString());
  PlanerTextRequest text{made->file("other.txt"), tokens.toStdString(), {}};
  if (!given.isEmpty()) write_text(text.words = made->file("given"), given.toStdString());
  const auto evaluated = evaluate_networks(made->evaluation({"base"}, text));
  PlanerTrainRequest request = made->training("bad");
  request.from = "base";
  request.text = text;
  const auto trained = train_network(request);
  std::string list;
  for (const auto& word : before) list += word + "\n";
  write_text(made->words("base"), list);
  for (const auto& result : {evaluated, trained}) {
    QVERIFY(!result);
    const QString message = QString::fromStdString(to_string(result.error()));
    QVERIFY2(message.contains(named), qPrintable(message));
  }
  QVERIFY(!fs::exists(made->words("bad")));
}

void TestNetworkWords::the_loss_has_the_unit_of_its_text() {
  WordStudy study;
  PlanerTrainRequest request = study.training("letters");
  write_text(study.file("wide.json"),
             R"({"layers": 1, "d_model": 16, "heads": 2, "d_head": 8, "d_inner": 16, "experts": 2,
                 "vocabulary": 256, "train": {"length": 8, "memory": 8}})");
  request.config = study.file("wide.json");
  request.text = {study.file("one.txt"), "bytes", {}};
  QVERIFY(value(train_network(request)).contains("bits_per_byte"));
  const auto by_words = value(evaluate_networks(study.evaluation({"base"}, study.other_text())));
  QVERIFY(by_words.contains("perplexity") && !by_words.contains("bits_per_byte"));
  QCOMPARE(by_words["perplexity"].get<double>(),
           std::exp(by_words["validation_loss"].get<double>()));
  // A network that was judged by bytes, on a text of numbers; then on its own again.
  std::string numbers(12'000, '\0');
  for (std::size_t i = 0; i < numbers.size(); i += 2) numbers[i] = static_cast<char>(i % 11);
  write_text(study.file("numbers"), numbers);
  for (const char* part : {"validation", "test"}) {
    auto request_on = study.evaluation({"letters"}, {study.file("numbers"), "uint16", {}});
    request_on.part = part;
    const auto on_numbers = value(evaluate_networks(request_on));
    QVERIFY(on_numbers.contains("perplexity") && !on_numbers.contains("bits_per_byte"));
    QVERIFY(!on_numbers.contains("bits_per_byte_error"));
    const auto on_bytes = value(
        evaluate_networks(study.evaluation({"letters"}, {study.file("one.txt"), "bytes", {}})));
    QVERIFY(on_bytes.contains("bits_per_byte") && !on_bytes.contains("perplexity"));
  }
}

}  // namespace plumbline::test
