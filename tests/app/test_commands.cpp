#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <csignal>

#include "core/jobs/job_folder.h"
#include "tests/app/engine_process.h"
#include "tests/app/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr int small = 300;

/// One study for all tests that only read it: 300 images, two members, run "r" of 2 × 2 voters.
class SmallStudy {
 public:
  static SmallStudy& instance() {
    static SmallStudy study;
    return study;
  }
  QString path() const { return directory_.filePath("s.plumb"); }
  QString file(const QString& name) const { return directory_.filePath(name); }
  Outcome made;

 private:
  SmallStudy() {
    make_fashion_study(path(), file("data"), small, 2);
    made = engine({"run", path(), "--dataset", "fashion", "--split", "test", "--models",
                   "resnet20-a,resnet20-b", "--views", "identity,gamma=0.8", "--name", "r",
                   "--json", "--quiet"});
  }
  QTemporaryDir directory_;
};

QJsonObject json(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

QStringList words(const QString& line) { return line.split(' ', Qt::SkipEmptyParts); }

/// Replaces STUDY by the study's path and DIR by the scratch folder.
QStringList filled(const QString& line) {
  auto list = words(line);
  list.replaceInStrings("STUDY", SmallStudy::instance().path());
  list.replaceInStrings("DIR", SmallStudy::instance().file(""));
  list.replaceInStrings("RES", resources());
  return list;
}

/// A picture of 28 × 28 grey pixels as a JPEG file.
QByteArray jpeg_bytes(int seed) {
  QImage image(28, 28, QImage::Format_Grayscale8);
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x) image.scanLine(y)[x] = static_cast<uchar>(x * seed + y * 5);
  QByteArray bytes;
  QBuffer buffer(&bytes);
  if (!image.save(&buffer, "PNG")) qFatal("no PNG");
  return bytes;
}

}  // namespace

void TestCommands::wrong_command_lines_exit_2_data() {
  QTest::addColumn<QString>("line");
  QTest::addColumn<QString>("named");
  QTest::newRow("nothing") << "" << "subcommand";
  QTest::newRow("unknown command") << "fly STUDY" << "there is no command 'fly'";
  QTest::newRow("unknown option") << "run STUDY --name q --wings 2" << "--wings";
  QTest::newRow("unknown format") << "import dataset STUDY --name d --format video --images DIR"
                                  << "video";
  QTest::newRow("unknown view")
      << "run STUDY --dataset fashion --split test --models resnet20-a --views swirl --name q"
      << "swirl";
  QTest::newRow("value out of range")
      << "run STUDY --dataset fashion --split test --models resnet20-a --views gamma=9 --name q"
      << "0.2 to 5";
  QTest::newRow("view twice") << "run STUDY --dataset fashion --split test --models resnet20-a "
                                 "--views gamma,gamma=0.8 --name q"
                              << "twice";
  QTest::newRow("voters and models")
      << "run STUDY --dataset fashion --split test --models resnet20-a --voters resnet20-a --name q"
      << "--voters";
  QTest::newRow("no split") << "run STUDY --dataset fashion --models resnet20-a --name q"
                            << "--split";
  QTest::newRow("unknown precision")
      << "run STUDY --dataset fashion --split test --models resnet20-a --precision fp7 --name q"
      << "fp7";
  QTest::newRow("unknown device")
      << "run STUDY --dataset fashion --split test --models resnet20-a --device tpu --name q"
      << "tpu";
  QTest::newRow("batch of zero")
      << "run STUDY --dataset fashion --split test --models resnet20-a --batch 0 --name q"
      << "--batch";
  QTest::newRow("name with a slash")
      << "run STUDY --dataset fashion --split test --models resnet20-a --name a/b" << "--name";
  QTest::newRow("unknown policy") << "decide STUDY --run r --policy oracle" << "oracle";
  QTest::newRow("unknown parameter") << "decide STUDY --run r --policy mcp(q=1)" << "'q'";
  QTest::newRow("parameter out of range")
      << "decide STUDY --run r --policy polygraph(thr_freq=5)" << "thr_freq";
  QTest::newRow("split not covered")
      << "decide STUDY --run r --policy mcp --split train" << "splits of the run: test";
  QTest::newRow("policies as JSON")
      << "decide --policy list --json" << "--json: has no effect beside --policy list";
  QTest::newRow("views as JSON") << "run --views list --json"
                                 << "--json: has no effect beside --views list";
  QTest::newRow("fusions as JSON") << "fuse --fusion list --json"
                                   << "--json: has no effect beside --fusion list";
  QTest::newRow("classes that are not printed")
      << "fuse STUDY --run r --per-class" << "--per-class: rows of classes are in the JSON alone";
  QTest::newRow("unknown export") << "export STUDY --run r --what dreams -o DIR/x.csv" << "dreams";
}

void TestCommands::wrong_command_lines_exit_2() {
  QFETCH(QString, line);
  QFETCH(QString, named);
  const auto outcome = engine(filled(line));
  QVERIFY2(outcome.exit_code == 2, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestCommands::bad_input_exits_3_and_adds_nothing_data() {
  QTest::addColumn<QString>("line");
  QTest::addColumn<QString>("named");
  const auto& small_study = SmallStudy::instance();
  QDir().mkpath(small_study.file("empty"));
  QDir().mkpath(small_study.file("broken/cat"));
  write_file(small_study.file("broken/cat/1.jpg"), "not a picture");
  write_file(small_study.file("model.pth"), QByteArray("\x80\x02}q\x00."));
  write_file(small_study.file("short"), read_file(small_study.file("data/images")).left(100'000));
  write_file(small_study.file("cifar.bin"), QByteArray(3073 + 5, 1));
  write_file(small_study.file("card.json"), R"({"schema": 1, "name": "x"})");
  QTest::newRow("no study") << "decide DIR/none.plumb --run r --policy mcp" << "none.plumb";
  QTest::newRow("no run") << "decide STUDY --run nope --policy mcp" << "runs: r";
  QTest::newRow("no data set")
      << "run STUDY --dataset nope --split test --models resnet20-a --name q"
      << "data sets: fashion";
  QTest::newRow("no model") << "run STUDY --dataset fashion --split test --models nope --name q"
                            << "models: resnet20-a, resnet20-b";
  QTest::newRow("no such split")
      << "run STUDY --dataset fashion --split train --models resnet20-a --name q" << "splits: test";
  QTest::newRow("no folder")
      << "import dataset DIR/new.plumb --name d --format image-folder --images DIR/nowhere"
      << "nowhere";
  QTest::newRow("folder without images")
      << "import dataset DIR/new.plumb --name d --format image-folder --images DIR/empty"
      << "empty";
  QTest::newRow("only broken images")
      << "import dataset DIR/new.plumb --name d --format image-folder --images DIR/broken"
      << "broken";
  QTest::newRow("IDX cut off")
      << "import dataset DIR/new.plumb --name d --format idx --images DIR/short" << "short";
  QTest::newRow("labels for images")
      << "import dataset DIR/new.plumb --name d --format idx --images DIR/data/labels" << "labels";
  QTest::newRow("a folder for an IDX file")
      << "import dataset DIR/new.plumb --name d --format idx --images DIR/data"
      << "is a folder; --images is an IDX file of images";
  QTest::newRow("a file for an image folder")
      << "import dataset DIR/new.plumb --name d --format image-folder --images DIR/data/images"
      << "is a file; --images is a folder with one sub-folder per class";
  QTest::newRow("CIFAR-10 of a wrong length")
      << "import dataset DIR/new.plumb --name d --format cifar10 --images DIR/cifar.bin"
      << "cifar.bin";
  QTest::newRow("pickle") << "import model DIR/new.plumb --name m --file DIR/model.pth" << "pickle";
  QTest::newRow("no card") << "import model DIR/new.plumb --name m --file "
                              "RES/demo/resnets/resnet20-a.safetensors --card DIR/no.json"
                           << "no.json";
  QTest::newRow("incomplete card") << "import model DIR/new.plumb --name m --file "
                                      "RES/demo/resnets/resnet20-a.safetensors --card DIR/card.json"
                                   << "is missing";
  QTest::newRow("card of another network")
      << "import model DIR/new.plumb --name m --file RES/demo/resnets/resnet20-a.safetensors "
         "--card RES/demo/resnets/resnet32-d.card.json"
      << "is missing";
}

void TestCommands::bad_input_exits_3_and_adds_nothing() {
  QFETCH(QString, line);
  QFETCH(QString, named);
  const auto outcome = engine(filled(line));
  QVERIFY2(outcome.exit_code == 3, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
  QVERIFY(!QDir(SmallStudy::instance().file("new.plumb")).exists());
}

void TestCommands::lists_are_printed() {
  const auto policies = engine({"decide", "--policy", "list"});
  QCOMPARE(policies.exit_code, 0);
  for (const char* name :
       {"mcp", "mean", "gmean", "max", "majority", "unanimous", "polygraph", "thr_freq"})
    QVERIFY(policies.out.contains(name));
  // How many vote is said where something depends on it, and nowhere else.
  QVERIFY(
      policies.out.contains("  thr_freq   least number of such votes for one class; 1 to 4, "
                            "default 3, of four voters\n"));
  QVERIFY(policies.out.contains(
      "  thr_conf   least confidence of a vote that counts; 0 to 1, default 0.7\n"));
  QVERIFY(policies.out.count("of four voters") < policies.out.count('\n') / 4);
  QVERIFY(!policies.out.contains("for four voters"));
  const auto views = engine({"run", "--views", "list"});
  QCOMPARE(views.exit_code, 0);
  for (const char* name : {"identity", "flip_x", "gamma"}) QVERIFY(views.out.contains(name));
  const auto doctor = engine({"doctor", "--json"});
  QCOMPARE(json(doctor.out)["devices"].toArray()[0].toObject()["device"].toString(),
           QString("cpu"));
  QVERIFY(json(doctor.out)["kernels"].toObject()["view_synthesis"].toArray().contains("cpu"));
}

void TestCommands::classes_are_named_at_the_import() {
  QTemporaryDir folder;
  const auto study = folder.filePath("s.plumb"), names = folder.filePath("names.txt");
  const QStringList import{"import",
                           "dataset",
                           study,
                           "--name",
                           "f",
                           "--format",
                           "idx",
                           "--images",
                           resources() + "/demo/fashion-mnist/t10k-images-idx3-ubyte.gz",
                           "--labels",
                           resources() + "/demo/fashion-mnist/t10k-labels-idx1-ubyte.gz",
                           "--quiet",
                           "--classes",
                           names};
  const auto refused = [&](const QByteArray& text, const char* why) {
    write_file(names, text);
    const auto outcome = engine(import);
    return outcome.exit_code == 3 && outcome.err.contains(why) && !QFile::exists(study);
  };
  QVERIFY(refused("a\nb\n", "2 classes are named, the data set has 10"));
  QVERIFY(refused("a\nb\na\n", "'a' is named twice"));
  QVERIFY(refused("\n", "names no class"));
  write_file(names, read_file(resources() + "/demo/fashion-mnist/classes.txt"));
  const auto done = engine(import);
  QVERIFY2(done.exit_code == 0, done.err.constData());
  // A model whose card has the same names fits; what is exported has them.
  QCOMPARE(engine({"import", "model", study, "--name", "m", "--file",
                   resources() + "/demo/members/lenet5-hist.safetensors"})
               .exit_code,
           0);
  QCOMPARE(engine({"run", study, "--dataset", "f", "--split", "test", "--voters", "m:hist",
                   "--name", "r", "--quiet"})
               .exit_code,
           0);
  const auto table = folder.filePath("p.csv");
  QCOMPARE(engine({"export", study, "--run", "r", "--what", "predictions", "-o", table}).exit_code,
           0);
  QVERIFY(read_file(table).split('\n')[1].startsWith("0,Ankle boot,m,hist,Ankle boot,"));
}

void TestCommands::a_run_from_import_to_export() {
  const auto& study = SmallStudy::instance();
  QVERIFY2(study.made.exit_code == 0, study.made.err.constData());
  const auto summary = json(study.made.out);
  QCOMPARE(summary["run"].toString(), QString("r"));
  QCOMPARE(summary["samples"].toInt(), small);
  const auto voters = summary["voters"].toArray();
  QCOMPARE(voters.size(), 4);
  QCOMPARE(voters[1].toObject()["model"].toString(), QString("resnet20-a"));
  QCOMPARE(voters[1].toObject()["view"].toString(), QString("gamma=0.8"));
  QVERIFY(voters[0].toObject()["latency_ms"].toDouble() > 0);

  const auto out = study.file("p.csv");
  QCOMPARE(
      engine({"export", study.path(), "--run", "r", "--what", "predictions", "-o", out}).exit_code,
      0);
  const auto lines = read_file(out).split('\n');
  QCOMPARE(lines.size(), small * 4 + 2);
  // What the file says must give the accuracies that the run reported.
  int right[4] = {};
  for (int i = 0; i < small * 4; ++i) {
    const auto fields = lines[i + 1].split(',');
    right[i % 4] += fields[1] == fields[4];
  }
  for (int v = 0; v < 4; ++v) {
    QCOMPARE(voters[v].toObject()["accuracy"].toDouble(), right[v] / double{small});
    // A member of another view is less often right, but far from guessing.
    QVERIFY2(right[v] > small * 0.7, qPrintable(QString("voter %1: %2").arg(v).arg(right[v])));
  }
  const auto decided =
      engine({"decide", study.path(), "--run", "r", "--policy", "mcp(t=0)", "--json"});
  QCOMPARE(json(decided.out)["kept_correct"].toInt(), right[0]);
  QCOMPARE(json(decided.out)["undetected_mispredictions"].toInt(), small - right[0]);
  QVERIFY(json(decided.out)["brier"].toDouble() > 0);
  // One voter is asked, the baseline itself.
  QCOMPARE(json(decided.out)["latency_ratio"].toDouble(), 1.0);
  const QStringList majority = {"decide", study.path(), "--run", "r", "--policy", "majority"};
  QVERIFY(json(engine(majority + QStringList{"--json"}).out)["latency_ratio"].toDouble() > 1);
}

/// Two voters on four samples, with figures by hand.
void TestCommands::outputs_are_evaluated_without_a_study() {
  QTemporaryDir folder;
  const auto npy = [&](const QString& name, const char* type, const char* shape,
                       const QByteArray& values) {
    QByteArray head =
        QByteArray("{'descr': '") + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    head = head.leftJustified(117, ' ') + '\n';
    write_file(folder.filePath(name), QByteArray("\x93NUMPY\x01\x00\x76\x00", 10) + head + values);
    return folder.filePath(name);
  };
  const auto bytes = [](const auto& values) {
    return QByteArray(reinterpret_cast<const char*>(values), sizeof values);
  };
  const double first[] = {0.9, 0.1, 0.6, 0.4, 0.3, 0.7, 0.5, 0.5};
  const double second[] = {0.7, 0.3, 0.2, 0.8, 0.1, 0.9, 0.75, 0.25};
  const std::int64_t truth[] = {0, 0, 1, 1};
  const QString files = npy("a.npy", "<f8", "(4, 2)", bytes(first)) + ',' +
                        npy("b.npy", "<f8", "(4, 2)", bytes(second));
  const QString labels = npy("labels.npy", "<i8", "(4,)", bytes(truth));
  const auto evaluated = engine({"evaluate", "classification", "--probabilities", files, "--labels",
                                 labels, "--policy", "mean(t=0)", "--json"});
  QVERIFY2(evaluated.exit_code == 0, evaluated.err.constData());
  const auto figures = json(evaluated.out);
  QCOMPARE(figures["samples"].toInt(), 4);
  QCOMPARE(figures["kept_correct"].toInt(), 2);
  QCOMPARE(figures["undetected_mispredictions"].toInt(), 2);
  double likelihood = 0, squares = 0;
  for (int i = 0; i < 4; ++i) {
    const double p = (first[2 * i + truth[i]] + second[2 * i + truth[i]]) / 2;
    likelihood -= std::log(p) / 4;
    squares += 2 * (1 - p) * (1 - p) / 4;
  }
  QVERIFY(std::abs(figures["nll"].toDouble() - likelihood) < 1e-9);
  QVERIFY(std::abs(figures["brier"].toDouble() - squares) < 1e-9);
  QVERIFY(figures["latency_ratio"].isNull());
  QVERIFY(figures["null_reasons"].toObject()["latency_ratio"].toString().contains("time"));
}

void TestCommands::decisions_are_said_in_full() {
  const auto& study = SmallStudy::instance();
  const QStringList decide = {"decide", study.path(), "--run", "r", "--policy", "majority"};
  // Keys and their order are a contract with scripts.
  const auto made = engine(decide + QStringList{"--json"});
  QStringList keys;
  const QRegularExpression key(QStringLiteral("\"(\\w+)\":"));
  for (auto found = key.globalMatch(QString::fromUtf8(made.out)); found.hasNext();)
    keys << found.next().captured(1);
  QCOMPARE(keys.join(' '),
           QString("samples accuracy kept_correct undetected_mispredictions caught_mispredictions "
                   "needlessly_rejected coverage selective_risk generalized_risk aurc e_aurc augrc "
                   "auroc fpr95 coverage_at_risk_5 risk_at_coverage_80 ece nll brier "
                   "expected_latency_ms latency_ratio joules_per_1000 joules_ratio policy "
                   "not_judged ties_broken null_reasons ece nll brier joules_per_1000 "
                   "joules_ratio"));
  const auto values = json(made.out);
  QCOMPARE(values["policy"].toString(), QString("majority"));
  QVERIFY(values["ece"].isNull() && values["nll"].isNull());
  QVERIFY(values["null_reasons"].toObject()["nll"].toString().contains("distribution of its own"));
  const QByteArray all = "2 of the run's 4 voters: resnet20-a:identity, resnet20-b:identity";
  QVERIFY2(made.err.contains(all), made.err.constData());
  const auto text = engine(decide).out;
  QVERIFY2(text.contains(all), text.constData());
  QVERIFY2(text.contains("  2 voters asked: "), text.constData());
  // The same voters by name, and all of them.
  const auto named =
      engine(decide + QStringList{"--json", "--voters", "resnet20-a:identity,resnet20-b:identity"});
  QCOMPARE(named.out, made.out);
  QVERIFY(named.err.isEmpty());
  const auto four = engine(decide + QStringList{"--voters",
                                                "resnet20-a,resnet20-a:gamma=0.8,resnet20-b,"
                                                "resnet20-b:gamma=0.8"});
  QVERIFY2(four.out.contains("  decided by 4 of the run's 4 voters: "), four.out.constData());
  QCOMPARE(engine(decide + QStringList{"--voters", "all"}).out, four.out);
  // The first voter's distribution is that of a policy on its votes alone.
  const auto mcp =
      json(engine({"decide", study.path(), "--run", "r", "--policy", "mcp", "--json"}).out);
  QVERIFY(mcp["ece"].toDouble() > 0 && mcp["nll"].toDouble() > 0);
}

void TestCommands::jobs_say_what_they_work_on() {
  const auto jobs = jobs_of(SmallStudy::instance().path().toStdString());
  const auto find = [&](const JobSubject& subject) {
    return std::ranges::find(jobs, subject, &JobFolder::subject) != jobs.end();
  };
  const View darker = value(parse_view("gamma=0.8"));
  QVERIFY(find(
      RunWork{"r", "fashion", {"test"}, cross({"resnet20-a", "resnet20-b"}, {View(), darker})}));
  const auto imported = std::ranges::find(jobs, "import", &JobFolder::kind);
  QVERIFY(imported != jobs.end());
  const auto* dataset = imported->subject().as<ImportWork>();
  QVERIFY(dataset != nullptr && dataset->what == ImportWork::What::dataset);
  QCOMPARE(dataset->name, std::string("fashion"));
}

void TestCommands::a_further_model_computes_only_itself() {
  const auto& study = SmallStudy::instance();
  const auto predictions = QDir(study.path() + "/predictions");
  const auto before = predictions.entryList(QDir::Files).size();
  const QStringList run = {"run",     study.path(), "--dataset", "fashion",
                           "--split", "test",       "--quiet"};
  // All voters are there already: nothing is computed.
  QCOMPARE(
      engine(run + QStringList{"--voters", "resnet20-b:gamma=0.8,resnet20-a", "--name", "again"})
          .exit_code,
      0);
  QCOMPARE(predictions.entryList(QDir::Files).size(), before);
  QCOMPARE(engine(run + QStringList{"--voters", "resnet20-a,resnet20-b:flip_x", "--name", "more"})
               .exit_code,
           0);
  QVERIFY(predictions.entryList(QDir::Files).size() > before);
}

void TestCommands::names_that_exist_are_protected() {
  const auto& study = SmallStudy::instance();
  const QStringList run = {"run",     study.path(), "--dataset", "fashion",
                           "--split", "test",       "--quiet"};
  const QStringList same = {
      "--models", "resnet20-a,resnet20-b", "--views", "identity,gamma=0.8", "--name", "r"};
  QCOMPARE(engine(run + same).exit_code, 0);
  QCOMPARE(engine(run + same + QStringList{"--resume"}).exit_code, 0);
  const auto other = engine(run + QStringList{"--models", "resnet20-a", "--name", "r"});
  QCOMPARE(other.exit_code, 2);
  QVERIFY(other.err.contains("exists with"));
  const auto model = engine({"import", "model", study.path(), "--name", "resnet20-a", "--file",
                             resources() + "/demo/resnets/resnet20-b.safetensors"});
  QCOMPARE(model.exit_code, 3);
}

void TestCommands::broken_image_is_a_warning() {
  QTemporaryDir directory;
  for (const char* name : {"Bag", "Coat"}) {
    QDir().mkpath(directory.filePath(QString("images/") + name));
    for (int i = 0; i < 6; ++i)
      write_file(directory.filePath(QString("images/%1/%2.png").arg(name).arg(i)),
                 jpeg_bytes(i + 1));
  }
  write_file(directory.filePath("images/Bag/cut.png"), jpeg_bytes(3).left(60));
  const auto study = directory.filePath("s.plumb");
  const auto imported = engine({"import", "dataset", study, "--name", "d", "--format",
                                "image-folder", "--images", directory.filePath("images")});
  QCOMPARE(imported.exit_code, 0);
  QVERIFY(imported.err.contains("cut.png"));
  QVERIFY(imported.out.contains("d: 12 samples of 2 classes in 'test'; 1 warning\n"));
}

/// What has no labels says so, instead of having no class.
void TestCommands::images_without_labels_are_said() {
  const QTemporaryDir directory;
  const auto imported =
      engine({"import", "dataset", directory.filePath("s.plumb"), "--name", "d", "--format", "idx",
              "--images", SmallStudy::instance().file("data/images"), "--quiet"});
  QVERIFY2(imported.exit_code == 0, imported.err.constData());
  QVERIFY2(imported.out.contains("d: 300 samples without labels in 'test'\n"),
           imported.out.constData());
  QVERIFY(imported.out.contains("--labels names the IDX file of their labels"));
}

void TestCommands::image_that_breaks_later_is_a_warning() {
  QTemporaryDir directory;
  for (const char* name : {"Bag", "Coat"}) {
    QDir().mkpath(directory.filePath(QString("images/") + name));
    for (int i = 0; i < 5; ++i)
      write_file(directory.filePath(QString("images/%1/%2.png").arg(name).arg(i)),
                 jpeg_bytes(i + 1));
  }
  const auto study = directory.filePath("s.plumb");
  QCOMPARE(engine({"import", "dataset", study, "--name", "d", "--format", "image-folder",
                   "--images", directory.filePath("images")})
               .exit_code,
           0);
  QCOMPARE(engine({"import", "model", study, "--name", "a", "--file",
                   resources() + "/demo/resnets/resnet20-a.safetensors"})
               .exit_code,
           0);
  QVERIFY(QFile::remove(directory.filePath("images/Coat/2.png")));
  const auto run = engine({"run", study, "--dataset", "d", "--split", "test", "--models", "a",
                           "--name", "r", "--json"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
  QVERIFY(run.err.contains("Coat/2.png"));
  QCOMPARE(json(run.out)["unreadable"].toInt(), 1);
  const auto decided =
      json(engine({"decide", study, "--run", "r", "--policy", "mcp(t=0)", "--json"}).out);
  QCOMPARE(decided["samples"].toInt(), 9);
  QCOMPARE(decided["not_judged"].toInt(), 1);
  // Classes are matched by name: the folders' two among the model's ten.
  QVERIFY(engine({"export", study, "--run", "r", "--what", "predictions", "-o",
                  directory.filePath("p.csv")})
              .exit_code == 0);
  QVERIFY(read_file(directory.filePath("p.csv")).contains("Coat/2.png,Coat,a,identity,,,"));
}

void TestCommands::imported_predictions_vote() {
  // Predictions of an oracle: its accuracy must be 1 and the other voter's unchanged.
  QTemporaryDir directory;
  const auto study = directory.filePath("s.plumb");
  make_fashion_study(study, directory.filePath("data"), small, 1);
  const auto labels = read_file(directory.filePath("data/labels")).mid(8);
  QByteArray head = "{'descr': '<f4', 'fortran_order': False, 'shape': (300, 10), }";
  head = head.leftJustified(117, ' ') + '\n';
  QByteArray npy("\x93NUMPY\x01\x00\x76\x00", 10);
  npy += head;
  for (const char label : labels)
    for (int c = 0; c < 10; ++c) {
      const float p = c == label ? 0.91F : 0.01F;
      npy.append(reinterpret_cast<const char*>(&p), sizeof p);
    }
  write_file(directory.filePath("oracle.npy"), npy);
  const auto imported =
      engine({"import", "predictions", study, "--name", "oracle", "--dataset", "fashion", "--split",
              "test", "--file", directory.filePath("oracle.npy")});
  QVERIFY2(imported.exit_code == 0, imported.err.constData());
  QVERIFY(imported.out.contains("probabilities"));
  const auto run = engine({"run", study, "--dataset", "fashion", "--split", "test", "--voters",
                           "resnet20-a,oracle", "--name", "r", "--json", "--quiet"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
  const auto voters = json(run.out)["voters"].toArray();
  QCOMPARE(voters[1].toObject()["accuracy"].toDouble(), 1.0);
  QVERIFY(voters[0].toObject()["accuracy"].toDouble() < 1);
}

void TestCommands::cancel_keeps_what_is_finished() {
  QTemporaryDir directory;
  const auto study = directory.filePath("s.plumb");
  make_fashion_study(study, directory.filePath("data"), 6000, 1);
  auto process = start_engine({"run", study, "--dataset", "fashion", "--split", "test", "--models",
                               "resnet20-a", "--name", "r", "--events"});
  QByteArray seen;
  while (!seen.contains("\"phase\":\"computing test\"") && process->waitForReadyRead(60'000))
    seen += process->readAllStandardOutput();
  process->terminate();
  QVERIFY(process->waitForFinished(120'000));
  QCOMPARE(process->exitCode(), 130);
  seen += process->readAllStandardOutput();
  QVERIFY(seen.contains("\"event\":\"failed\",\"code\":\"cancelled\""));
  // The file that was being computed has been finished, and resuming goes on behind it.
  QVERIFY(!QDir(study + "/predictions").entryList({"*.safetensors"}).isEmpty());
  QCOMPARE(engine({"run", study, "--name", "r", "--resume", "--quiet"}).exit_code, 0);
  QVERIFY(QDir(study + "/predictions").entryList({"*.safetensors"}).size() >= 3);
}

}  // namespace plumbline::test
