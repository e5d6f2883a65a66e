#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>
#include <random>

#include "core/data/png_writer.h"
#include "tests/app/engine_process.h"
#include "tests/app/rank_tests.h"

namespace plumbline::test {

namespace {

constexpr int rank_samples = 700, end_ms = 120'000;

int free_port() {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    qFatal("no port");
  ::close(listening);
  return ntohs(address.sin_port);
}

QProcessEnvironment environment_of(int rank, int world, int port) {
  auto environment = QProcessEnvironment::systemEnvironment();
  for (const auto& [name, number] : {std::pair("RANK", rank), std::pair("WORLD_SIZE", world),
                                     std::pair("LOCAL_RANK", rank), std::pair("MASTER_PORT", port)})
    environment.insert(name, QString::number(number));
  environment.insert("MASTER_ADDR", "127.0.0.1");
  environment.insert("PLUMBLINE_RANKS_SILENCE", "3");
  environment.insert("PLUMBLINE_RANKS_MEET", "60");
  return environment;
}

/// Starts the engine as each of `world` ranks.
std::vector<std::unique_ptr<QProcess>> start_ranks(const QStringList& arguments, int world) {
  const int port = free_port();
  std::vector<std::unique_ptr<QProcess>> ranks;
  for (int rank = 0; rank < world; ++rank) {
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment_of(rank, world, port));
    process->start(PLUMBLINE_ENGINE, arguments);
    if (!process->waitForStarted()) qFatal("cannot start %s", PLUMBLINE_ENGINE);
    ranks.push_back(std::move(process));
  }
  return ranks;
}

Outcome ended(QProcess& process) {
  if (process.state() != QProcess::NotRunning && !process.waitForFinished(end_ms)) {
    process.kill();
    qFatal("a rank does not end");
  }
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          process.readAllStandardOutput(), process.readAllStandardError()};
}

QStringList run_of(const QString& study, const QStringList& further = {}) {
  return QStringList{"run",          study,
                     "--dataset",    "fashion",
                     "--split",      "test",
                     "--voters",     "resnet20-a:identity,resnet20-b:flip_x",
                     "--conditions", "noise=4;blur=0.5",
                     "--batch",      "32",
                     "--device",     "cpu",
                     "--name",       "r",
                     "--json"} +
         further;
}

QByteArray exported(const QString& study) {
  QByteArray all;
  for (const QStringList& condition :
       {QStringList(), {"--condition", "noise=4"}, {"--condition", "blur=0.5"}}) {
    const QString out = study + ".csv";
    const auto result = engine(
        QStringList{"export", study, "--run", "r", "--what", "predictions", "-o", out} + condition);
    if (result.exit_code != 0) qFatal("%s", result.err.constData());
    all += read_file(out);
  }
  return all;
}

QStringList manifests(const QString& study) {
  return QDir(study + "/predictions").entryList({"*.manifest.jsonl"}, QDir::Files);
}

/// Nothing is left over: no manifest, no snapshot, no file without a name.
/// Neither manifests nor snapshots are left.
bool is_merged(const QString& study) {
  return manifests(study).isEmpty() &&
         QDir(study + "/cache").entryList({"ranks-*"}, QDir::Files).isEmpty();
}

bool is_tidy(const QString& study) {
  return is_merged(study) && !engine({"usage", study, "--json"}).out.contains("unnamed");
}

/// Returns when rank 1 has written a file, or has ended already.
void wait_for_work(const QString& study, QProcess& rank) {
  while (manifests(study).filter("rank-1").isEmpty() && !rank.waitForFinished(5)) {
  }
}

void copy_folder(const QString& from, const QString& to) {
  if (QProcess::execute("cp", {"-r", from, to}) != 0) qFatal("cannot copy a folder");
}

QJsonObject json_of(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

}  // namespace

// --- several ranks

QString TestRanks::make_study(const QString& name) const {
  const QString study = path(name + ".plumb");
  copy_folder(path("empty.plumb"), study);
  return study;
}

void TestRanks::initTestCase() {
  make_fashion_study(path("empty.plumb"), path("data"), rank_samples, 2);
  const auto one = make_study("one");
  const auto done = engine(run_of(one));
  QVERIFY2(done.exit_code == 0, done.err.constData());
  const auto stages = json_of(done.out)["stage_seconds"].toObject();
  QVERIFY(stages["device"]["networks"].toDouble() > 0);
  QVERIFY(!stages.contains("rank"));
  expected_ = exported(one);
  QVERIFY(expected_.count('\n') > 3 * 2 * rank_samples);
}

void TestRanks::three_ranks_give_the_bytes_of_one() {
  const auto study = make_study("three");
  auto ranks = start_ranks(run_of(study), 3);
  const auto first = ended(*ranks[0]);
  QVERIFY2(first.exit_code == 0, first.err.constData());
  for (const int rank : {1, 2}) {
    const auto other = ended(*ranks[static_cast<std::size_t>(rank)]);
    QVERIFY2(other.exit_code == 0 && other.out.isEmpty() && other.err.isEmpty(),
             (other.out + other.err).constData());
  }
  QVERIFY(exported(study) == expected_);
  QVERIFY(is_tidy(study));
  const auto summary = json_of(first.out);
  QCOMPARE(summary["ranks"].toInt(), 3);
  // The time of all ranks, and where that of rank 0 went.
  const auto stages = summary["stage_seconds"].toObject();
  QCOMPARE(stages["rank"].toInt(-1), 0);
  QVERIFY(stages["device"]["networks"].toDouble() > 0);
  QVERIFY(stages["waiting_for_device"].toDouble() <= summary["computing_seconds"].toDouble());
  const auto alone = json_of(engine(run_of(path("one.plumb"), {"--resume"})).out);
  for (int v = 0; v < 2; ++v)
    QCOMPARE(summary["voters"][v]["accuracy"], alone["voters"][v]["accuracy"]);
  // A complete run is left as it is, by any number of them.
  for (auto& rank : start_ranks(run_of(study, {"--resume"}), 2))
    QCOMPARE(ended(*rank).exit_code, 0);
}

void TestRanks::ranks_say_who_decoded() {
  constexpr int images_of_a_class = 40;
  std::mt19937 random(5);
  for (const QString& name : {QString("files/a"), QString("files/b")}) {
    QDir(folder_.path()).mkpath(name);
    for (int i = 0; i < images_of_a_class; ++i) {
      Image image{8, 8, 3, {}, {}};
      for (int v = 0; v < 8 * 8 * 3; ++v)
        image.pixels.push_back(static_cast<std::uint8_t>(random()));
      const auto png = encode_png(image);
      if (!png) qFatal("no PNG");
      write_file(path(QString("%1/%2.png").arg(name).arg(i)),
                 {reinterpret_cast<const char*>(png->data()), static_cast<int>(png->size())});
    }
  }
  QProcess::execute(PLUMBLINE_HOSTILE_MODELS, {folder_.path(), path("victim")});
  const QString study = path("files.plumb");
  for (const QStringList& command :
       {QStringList{"import", "dataset", study, "--name", "d", "--format", "image-folder",
                    "--images", path("files"), "--quiet"},
        QStringList{"import", "model", study, "--name", "m", "--file", path("harmless.pt")}}) {
    const auto outcome = engine(command);
    QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  }
  auto ranks =
      start_ranks({"run", study, "--dataset", "d", "--split", "test", "--models", "m", "--views",
                   "identity", "--batch", "8", "--device", "cpu", "--name", "r", "--json"},
                  2);
  const auto first = ended(*ranks[0]), second = ended(*ranks[1]);
  QVERIFY2(first.exit_code == 0, first.err.constData());
  QVERIFY2(second.exit_code == 0 && second.err.isEmpty(), second.err.constData());
  QCOMPARE(first.err.count("images are decoded by libjpeg-turbo"), 1);
  QVERIFY2(first.err.contains(" on the host, because the run computes on the CPU\n"),
           first.err.constData());
  const auto decoding = json_of(first.out)["decoding"].toObject();
  QVERIFY2(decoding["decoder"].toString().startsWith("libjpeg-turbo"), first.out.constData());
  QCOMPARE(decoding["images_by_device"].toInt(), 0);
  QCOMPARE(decoding["images_by_host"].toInt(), 2 * images_of_a_class);
  QVERIFY(decoding["host_threads"].toInt() >= 2);
}

void TestRanks::a_killed_rank_is_named_and_the_run_goes_on() {
  const auto study = make_study("killed");
  auto ranks = start_ranks(run_of(study), 3);
  // In the middle of its work: it has written something, and has not done all.
  wait_for_work(study, *ranks[1]);
  ranks[1]->kill();
  const bool was_killed = ended(*ranks[1]).exit_code == -1;
  const auto first = ended(*ranks[0]);
  const auto third = ended(*ranks[2]);
  QVERIFY2(!was_killed || first.exit_code != 0, "rank 0 did not notice");
  if (first.exit_code != 0) {
    QCOMPARE(first.exit_code, 4);
    QVERIFY2(first.err.contains("rank 1") && first.err.contains("--resume"), first.err.constData());
    // Which has done its own share may have gone.
    QVERIFY2(third.exit_code == 0 || (third.exit_code == 4 && third.err.contains("rank 2")),
             third.err.constData());
  }
  const auto resumed = engine(run_of(study, {"--resume"}));
  QVERIFY2(resumed.exit_code == 0, resumed.err.constData());
  QVERIFY(exported(study) == expected_);
  // Killed between a file and its line, a rank leaves a file that only usage names.
  QVERIFY(is_merged(study));
}

void TestRanks::a_killed_rank_0_leaves_what_was_written() {
  const auto study = make_study("killed-0");
  auto ranks = start_ranks(run_of(study), 2);
  wait_for_work(study, *ranks[1]);
  ranks[0]->kill();
  static_cast<void>(ended(*ranks[0]));
  const auto other = ended(*ranks[1]);
  QVERIFY2(other.exit_code == 4 || other.exit_code == 0, other.err.constData());
  const auto merged = engine({"merge", study, "--json"});
  QVERIFY2(merged.exit_code == 0, merged.err.constData());
  QVERIFY(json_of(merged.out)["new_predictions"].toInt() > 0);
  QVERIFY(manifests(study).isEmpty());
  auto again = start_ranks(run_of(study, {"--resume"}), 3);
  for (auto& rank : again) {
    const auto done = ended(*rank);
    QVERIFY2(done.exit_code == 0, done.err.constData());
  }
  QVERIFY(exported(study) == expected_);
  // Killed between a file and its line, a rank leaves a file that only usage names.
  QVERIFY(is_merged(study));
}

void TestRanks::a_rank_that_is_interrupted_ends_all() {
  const auto study = make_study("interrupted");
  auto ranks = start_ranks(run_of(study), 2);
  wait_for_work(study, *ranks[1]);
  ranks[1]->terminate();  // SIGTERM
  const auto first = ended(*ranks[0]);
  const auto second = ended(*ranks[1]);
  QCOMPARE(second.exit_code, 130);
  QCOMPARE(first.exit_code, 130);
  QVERIFY2(first.err.contains("rank 1") && first.err.contains("--resume"), first.err.constData());
  const auto resumed = engine(run_of(study, {"--resume"}));
  QVERIFY2(resumed.exit_code == 0, resumed.err.constData());
  QVERIFY(exported(study) == expected_);
  QVERIFY(is_tidy(study));
}

void TestRanks::an_error_of_one_is_said_by_all() {
  const auto study = make_study("wrong");
  auto ranks = start_ranks({"run", study, "--dataset", "fashion", "--split", "nowhere", "--models",
                            "resnet20-a", "--name", "r", "--device", "cpu"},
                           2);
  for (auto& rank : ranks) {
    const auto refused = ended(*rank);
    QCOMPARE(refused.exit_code, 3);
    QVERIFY2(refused.err.contains("nowhere"), refused.err.constData());
  }
}

void TestRanks::what_one_process_does_is_refused_data() {
  QTest::addColumn<QStringList>("words");
  QTest::addColumn<QString>("variable");
  QTest::addColumn<QString>("value");
  QTest::addColumn<QByteArray>("named");
  const QStringList usage = {"usage", "s.plumb"}, run = {"run", "s.plumb", "--name", "r"};
  QTest::newRow("a command of one process") << usage << "RANK"
                                            << "1" << QByteArray("usage: ");
  QTest::newRow("no rank") << run << "RANK"
                           << "two" << QByteArray("RANK");
  QTest::newRow("a rank too many") << run << "RANK"
                                   << "2" << QByteArray("RANK");
  QTest::newRow("no port") << run << "MASTER_PORT"
                           << "x" << QByteArray("MASTER_PORT");
}

void TestRanks::what_one_process_does_is_refused() {
  QFETCH(QStringList, words);
  QFETCH(QString, variable);
  QFETCH(QString, value);
  QFETCH(QByteArray, named);
  auto environment = environment_of(1, 2, 1);
  environment.insert(variable, value);
  QProcess process;
  process.setProcessEnvironment(environment);
  process.start(PLUMBLINE_ENGINE, words);
  const auto refused = ended(process);
  QCOMPARE(refused.exit_code, 2);
  QVERIFY2(refused.err.contains(named), refused.err.constData());
}

// --- merging

void TestMerge::initTestCase() {
  make_fashion_study(path("home.plumb"), path("data"), 100, 2);
  copy_folder(path("home.plumb"), path("away.plumb"));
  const auto done = engine({"run", path("away.plumb"), "--dataset", "fashion", "--split", "test",
                            "--models", "resnet20-a,resnet20-b", "--name", "r", "--device", "cpu"});
  QVERIFY2(done.exit_code == 0, done.err.constData());
}

void TestMerge::a_copy_brings_its_run() {
  copy_folder(path("home.plumb"), path("merged.plumb"));
  const QStringList words = {"merge", path("merged.plumb"), path("away.plumb"), "--json"};
  const auto merged = engine(words);
  QVERIFY2(merged.exit_code == 0, merged.err.constData());
  const auto summary = json_of(merged.out);
  QCOMPARE(summary["new_predictions"].toInt(), 200);
  QCOMPARE(summary["new_runs"].toArray(), QJsonArray{"r"});
  QCOMPARE(summary["voters"].toArray().size(), 2);
  for (const char* study : {"away.plumb", "merged.plumb"}) {
    const auto out = engine({"export", path(study), "--run", "r", "--what", "predictions", "-o",
                             path(study) + QString(".csv")});
    QVERIFY2(out.exit_code == 0, out.err.constData());
  }
  QCOMPARE(read_file(path("merged.plumb.csv")), read_file(path("away.plumb.csv")));
  const auto again = json_of(engine(words).out);
  QCOMPARE(again["new_predictions"].toInt(), 0);
  QCOMPARE(again["known_predictions"].toInt(), 200);
  QCOMPARE(engine({"merge", path("merged.plumb"), path("merged.plumb")}).exit_code, 2);
  // A copy that is not there: what came before it is said, and nothing where there was nothing.
  const auto nowhere = engine({"merge", path("merged.plumb"), path("nowhere.plumb")});
  QVERIFY(nowhere.exit_code != 0 && nowhere.err.contains("nowhere.plumb"));
  QCOMPARE(nowhere.out, QByteArray());
  const auto half =
      engine({"merge", path("merged.plumb"), path("away.plumb"), path("nowhere.plumb"), "--json"});
  QVERIFY(half.exit_code != 0 && half.err.contains("nowhere.plumb"));
  QCOMPARE(json_of(half.out)["known_predictions"].toInt(), 200);
}

void TestMerge::another_model_is_refused() {
  const auto study = path("model.plumb");
  make_fashion_study(study, path("data"), 100, 1);
  const auto added = engine({"import", "model", study, "--name", "resnet20-b", "--file",
                             resources() + "/demo/resnets/resnet20-a.safetensors"});
  QVERIFY2(added.exit_code == 0, added.err.constData());
  const auto refused = engine({"merge", study, path("away.plumb")});
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains("'resnet20-b'"), refused.err.constData());
  QVERIFY(QDir(study + "/predictions").entryList(QDir::Files).isEmpty());
}

void TestMerge::other_samples_are_refused() {
  const auto study = path("samples.plumb");
  make_fashion_study(study, path("other-data"), 90, 2);
  const auto refused = engine({"merge", study, path("away.plumb")});
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains("'test'") && refused.err.contains("'fashion'"),
           refused.err.constData());
  QVERIFY(QDir(study + "/predictions").entryList(QDir::Files).isEmpty());
}

void TestMerge::a_hostile_manifest_changes_nothing_data() {
  QTest::addColumn<QByteArray>("was");
  QTest::addColumn<QByteArray>("is");
  QTest::addColumn<QByteArray>("named");
  QTest::newRow("a path") << QByteArray(R"("file":")") << QByteArray(R"("file":"../../)")
                          << QByteArray("'file'");
  QTest::newRow("a giant count") << QByteArray(R"("count":100)")
                                 << QByteArray(R"("count":1000000000000)") << QByteArray("'count'");
  QTest::newRow("a range that is none")
      << QByteArray(R"("first":0)") << QByteArray(R"("first":9000000000000000000)") << QByteArray();
  QTest::newRow("another study's voter")
      << QByteArray(R"("model":"resnet20-b")") << QByteArray(R"("model":"theirs")") << QByteArray();
  QTest::newRow("another split") << QByteArray(R"("split":"test")")
                                 << QByteArray(R"("split":"train")") << QByteArray("train");
  QTest::newRow("another precision")
      << QByteArray(R"("precision":"fp32")") << QByteArray(R"("precision":"imported")")
      << QByteArray("imported");
  QTest::newRow("a voter twice") << QByteArray("resnet20-b") << QByteArray("resnet20-a")
                                 << QByteArray();
  QTest::newRow("another model's hash") << QByteArray("]}\n")
                                        << QByteArray(R"(],"models":{"resnet20-a":"0"}})"
                                                      "\n")
                                        << QByteArray("a model 'resnet20-a' other than");
  QTest::newRow("a truncated file") << QByteArray() << QByteArray("truncate") << QByteArray();
  QTest::newRow("a link") << QByteArray() << QByteArray("link") << QByteArray("is a link");
}

void TestMerge::a_hostile_manifest_changes_nothing() {
  QFETCH(QByteArray, was);
  QFETCH(QByteArray, is);
  QFETCH(QByteArray, named);
  const QTemporaryDir folder;
  const auto study = folder.filePath("s.plumb");
  copy_folder(path("home.plumb"), study);
  const QString away = path("away.plumb/predictions/");
  const auto files = QDir(away).entryList({"*.safetensors"}, QDir::Files);
  QCOMPARE(files.size(), 1);
  const QString file = study + "/predictions/" + files[0];
  const QString manifest = study + "/predictions/r.rank-1.manifest.jsonl";
  QByteArray voters;
  for (const char* model : {"resnet20-a", "resnet20-b"})
    voters += QByteArray(voters.isEmpty() ? "" : ",") +
              R"({"dataset":"fashion","split":"test","model":")" + model +
              R"(","view":"identity","precision":"fp32","decoder":"raw","device_kind":"cpu"})";
  const QByteArray good = R"({"v":1,"file":")" + files[0].toUtf8() +
                          R"(","first":0,"count":100,"voters":[)" + voters + "]}\n";
  QVERIFY(QFile::copy(away + files[0], file));
  QByteArray bad = good;
  if (!was.isEmpty()) bad.replace(bad.lastIndexOf(was), was.size(), is);
  QCOMPARE(bad != good, !was.isEmpty());
  write_file(manifest, bad);
  if (is == "truncate") QVERIFY(QFile::resize(file, 1000));
  if (is == "link") {
    QVERIFY(QFile::remove(file));
    QVERIFY(QFile::link(away + files[0], file));
  }
  const auto refused = engine({"merge", study});
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains("r.rank-1.manifest.jsonl:1") && refused.err.contains(named),
           refused.err.constData());
  // Nothing was named: what is right is new afterwards.
  QVERIFY(QFile::remove(file));
  QVERIFY(QFile::copy(away + files[0], file));
  write_file(manifest, good);
  const auto merged = engine({"merge", study, "--json"});
  QVERIFY2(merged.exit_code == 0, merged.err.constData());
  QCOMPARE(json_of(merged.out)["new_predictions"].toInt(), 200);
}

}  // namespace plumbline::test
