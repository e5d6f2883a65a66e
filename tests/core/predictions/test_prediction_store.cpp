#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "core/predictions/class_predictions.h"
#include "core/predictions/prediction_store.h"
#include "tests/core/predictions/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

VoterKey key_of(const std::string& model, const std::string& view = "identity") {
  return {"d", "test", {model, value(parse_view(view))}, "fp32", "raw", "cuda"};
}

ClassPredictions some_classes(std::int64_t first, int voters) {
  ClassPredictions predictions;
  predictions.first = first;
  predictions.count = 12;
  predictions.classes = 3;
  for (int v = 0; v < voters; ++v) predictions.voters.push_back({"m" + std::to_string(v), {}});
  allocate(predictions);
  return predictions;
}

QString manifest_of(const QTemporaryDir& directory) {
  return directory.filePath("s.plumb/predictions/rank-0.manifest.jsonl");
}

ManifestStore store_in(const QTemporaryDir& directory) {
  return value(ManifestStore::open(directory.filePath("s.plumb").toStdString(), "rank-0"));
}

void append(const QString& file, const QByteArray& text) {
  QFile out(file);
  if (!out.open(QIODevice::Append)) qFatal("cannot write");
  out.write(text);
}

}  // namespace

void TestPredictionStore::names_depend_on_the_voters_and_the_range_alone() {
  const std::vector<VoterKey> voters = {key_of("a"), key_of("b", "gamma=0.8")};
  const auto name = prediction_file_name(voters, 3 * shard_samples);
  // Part of the format: every machine gives the same file this name.
  QCOMPARE(name, std::string("e228b25502ff01c3c7e6b909-000003.safetensors"));
  std::set<std::string> names = {name};
  names.insert(prediction_file_name(voters, 0));
  names.insert(prediction_file_name({voters.data(), 1}, 3 * shard_samples));
  for (int field = 0; field < 7; ++field) {
    auto other = voters;
    VoterKey& key = other[1];
    (field == 0   ? key.dataset
     : field == 1 ? key.split
     : field == 2 ? key.voter.model
     : field == 3 ? key.precision
     : field == 4 ? key.decoder
                  : key.device_kind) += "x";
    if (field == 6) key = key_of("b", "gamma=0.7");
    names.insert(prediction_file_name(other, 3 * shard_samples));
  }
  QCOMPARE(names.size(), std::size_t{10});
}

void TestPredictionStore::a_manifest_names_what_was_written() {
  const QTemporaryDir directory;
  const std::vector<VoterKey> two = {key_of("a"), key_of("b", "flip_x")}, one = {key_of("a")};
  {
    auto store = store_in(directory);
    succeed(store.commit(two, draft_of(some_classes(0, 2))));
    succeed(store.commit(one, draft_of(some_classes(shard_samples, 1))));
    // The same again changes nothing.
    succeed(store.commit(one, draft_of(some_classes(shard_samples, 1))));
    QCOMPARE(store.entries().size(), std::size_t{2});
  }
  const auto entries = value(read_manifest(manifest_of(directory).toStdString()));
  QCOMPARE(entries.size(), std::size_t{2});
  QCOMPARE(entries[0].voters, two);
  QCOMPARE(entries[1].voters, one);
  QCOMPARE(entries[1].first, shard_samples);
  QCOMPARE(entries[1].count, std::int64_t{12});
  for (const ManifestEntry& entry : entries)
    value(open_checked_predictions(
        directory.filePath("s.plumb/predictions").toStdString() + "/" + entry.file, entry.first,
        entry.count));
}

void TestPredictionStore::a_manifest_that_was_cut_off_goes_on() {
  const QTemporaryDir directory;
  const std::vector<VoterKey> one = {key_of("a")};
  succeed(store_in(directory).commit(one, draft_of(some_classes(0, 1))));
  append(manifest_of(directory), R"({"v":1,"file":"abc)");
  QCOMPARE(value(read_manifest(manifest_of(directory).toStdString())).size(), std::size_t{1});
  auto store = store_in(directory);
  QCOMPARE(store.entries().size(), std::size_t{1});
  succeed(store.commit(one, draft_of(some_classes(shard_samples, 1))));
  QCOMPARE(value(read_manifest(manifest_of(directory).toStdString())).size(), std::size_t{2});
}

void TestPredictionStore::wrong_lines_are_named_data() {
  QTest::addColumn<QByteArray>("line");
  QTest::addColumn<QString>("named");
  const QByteArray voter =
      R"({"dataset":"d","split":"s","model":"m","view":"identity","precision":"p","decoder":"r","device_kind":"cpu"})";
  const auto line = [](const QByteArray& file, const QByteArray& count, const QByteArray& voters) {
    return R"({"v":1,"file":")" + file + R"(","first":0,"count":)" + count + R"(,"voters":[)" +
           voters + "]}\n";
  };
  QTest::newRow("no JSON") << QByteArray("hello\n") << "JSON";
  QTest::newRow("a file elsewhere") << line("../x.safetensors", "5", voter) << "'file'";
  QTest::newRow("a file below") << line("a/x.safetensors", "5", voter) << "'file'";
  QTest::newRow("no samples") << line("x", "0", voter) << "'count'";
  QTest::newRow("more than a file holds") << line("x", "2049", voter) << "'count'";
  QTest::newRow("no voter") << line("x", "5", "") << "'voters'";
  QTest::newRow("no view") << line("x", "5", QByteArray(voter).replace("identity", "magic"))
                           << "'voters.view'";
  QTest::newRow("no split") << line("x", "5", QByteArray(voter).replace("split", "part"))
                            << "'voters.split' is missing";
}

void TestPredictionStore::wrong_lines_are_named() {
  QFETCH(QByteArray, line);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const std::vector<VoterKey> one = {key_of("a")};
  succeed(store_in(directory).commit(one, draft_of(some_classes(0, 1))));
  append(manifest_of(directory), line);
  const auto entries = read_manifest(manifest_of(directory).toStdString());
  QVERIFY(!entries);
  const auto error = QString::fromStdString(to_string(entries.error()));
  QVERIFY2(error.contains(named), qPrintable(error));
  QVERIFY2(error.contains("manifest.jsonl:2"), qPrintable(error));
}

}  // namespace plumbline::test
