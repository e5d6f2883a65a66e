#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

QJsonObject parsed_object(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

/// Two folders of small pictures and TorchScript networks that take them.
class Pictures {
 public:
  explicit Pictures(int each, bool red = false) {
    for (const char* name : {"images/a", "images/b"}) {
      QDir(folder_.path()).mkpath(name);
      for (int i = 0; i < each; ++i) write_picture(QString("%1/%2.png").arg(name).arg(i), i, red);
    }
    QProcess::execute(PLUMBLINE_HOSTILE_MODELS, {folder_.path(), path("victim")});
    must({"import", "dataset", study(), "--name", "d", "--format", "image-folder", "--images",
          path("images"), "--quiet"});
  }

  void write_picture(const QString& name, int seed, bool red = false) const {
    QImage image(8, 8, QImage::Format_RGB888);
    image.fill(red ? QColor(255, 0, 0) : QColor(10 + seed % 200, 100, 50));
    if (!image.save(path(name))) qFatal("cannot write %s", qPrintable(name));
  }
  void import_model(const QString& name) const {
    must({"import", "model", study(), "--name", name, "--file", path(name + ".pt")});
  }
  QStringList run(const QString& models, const QString& name) const {
    return {"run",  study(),    "--dataset", "d",      "--split",
            "test", "--models", models,      "--name", name};
  }
  QByteArray exported(const QString& name) const {
    const auto out = engine({"export", study(), "--run", name, "--what", "predictions", "-o", "-"});
    if (out.exit_code != 0) qFatal("%s", out.err.constData());
    return out.out;
  }
  QString path(const QString& name) const { return folder_.filePath(name); }
  QString study() const { return path("s.plumb"); }

 private:
  static void must(const QStringList& command) {
    const auto outcome = engine(command);
    if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
  }
  QTemporaryDir folder_;
};

/// The events of the study's newest job, as they stand now.
QByteArray last_events(const QString& study) {
  const auto jobs = QDir(study + "/jobs").entryList({"*-run-*"}, QDir::Dirs, QDir::Time);
  QFile file(study + "/jobs/" + jobs.value(0) + "/events.jsonl");
  return !jobs.isEmpty() && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Waits until the events of the running process hold some words.
bool wait_for_event(QProcess& process, const QString& study, const char* words) {
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < 120'000 && process.state() == QProcess::Running) {
    if (last_events(study).contains(words)) return true;
    process.waitForFinished(50);
  }
  return false;
}

/// What the last progress event of a phase says is done.
qint64 done_in(const QByteArray& events, const char* phase) {
  qint64 done = -1;
  for (const QByteArray& line : events.split('\n')) {
    const auto event = parsed_object(line);
    if (event["phase"].toString() == phase) done = event["done"].toInteger();
  }
  return done;
}

}  // namespace

void TestFailures::a_prediction_file_is_computed_anew_data() {
  QTest::addColumn<QString>("fault");
  QTest::addColumn<QByteArray>("named");
  QTest::newRow("lost") << "lost" << QByteArray("is lost");
  QTest::newRow("cut off") << "cut" << QByteArray("bytes instead of");
  QTest::newRow("changed") << "changed" << QByteArray("was changed");
}

void TestFailures::a_prediction_file_is_computed_anew() {
  QFETCH(QString, fault);
  QFETCH(QByteArray, named);
  const Pictures pictures(10);
  pictures.import_model("harmless");
  QCOMPARE(engine(pictures.run("harmless", "r")).exit_code, 0);
  const QByteArray expected = pictures.exported("r");
  const auto file = QDir(pictures.study() + "/predictions")
                        .entryInfoList({"*.safetensors"}, QDir::Files)
                        .value(0)
                        .filePath();
  const QByteArray bytes = read_file(file);
  if (fault == "lost") QVERIFY(QFile::remove(file));
  if (fault == "cut") write_file(file, bytes.left(bytes.size() / 2));
  if (fault == "changed") {
    QByteArray other = bytes;
    other[other.size() - 1] = static_cast<char>(~other.back());
    write_file(file, other);
  }
  const auto refused = engine(pictures.run("harmless", "r"));
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains(named) && refused.err.contains("--resume"),
           refused.err.constData());
  const auto resumed = engine(pictures.run("harmless", "r") + QStringList{"--resume"});
  QVERIFY2(resumed.exit_code == 0, resumed.err.constData());
  QVERIFY2(resumed.err.contains(named), resumed.err.constData());
  QCOMPARE(read_file(file), bytes);
  QCOMPARE(pictures.exported("r"), expected);
  QCOMPARE(engine(pictures.run("harmless", "r")).exit_code, 0);
}

void TestFailures::an_image_that_failed_is_tried_again() {
  const Pictures pictures(6);
  pictures.import_model("harmless");
  const QString lost = pictures.path("images/b/3.png"), changed = pictures.path("images/a/2.png");
  const QByteArray lost_bytes = read_file(lost), changed_bytes = read_file(changed);
  QVERIFY(QFile::remove(lost));
  pictures.write_picture("images/a/2.png", 150);
  const auto first = engine(pictures.run("harmless", "r") + QStringList{"--json"});
  QVERIFY2(first.exit_code == 0, first.err.constData());
  QCOMPARE(parsed_object(first.out)["unreadable"].toInt(), 2);
  // What has changed since the import is named, and not taken for what it was.
  QVERIFY2(first.err.contains("a/2.png: has changed since it was imported"), first.err.constData());
  QVERIFY(pictures.exported("r").contains("a/2.png,a,harmless,identity,,,"));
  // Still unreadable: nothing is lost and nothing gained.
  QCOMPARE(engine(pictures.run("harmless", "r") + QStringList{"--resume"}).exit_code, 0);
  write_file(lost, lost_bytes);
  const auto second = engine(pictures.run("harmless", "r") + QStringList{"--resume", "--json"});
  QVERIFY2(second.exit_code == 0, second.err.constData());
  QCOMPARE(parsed_object(second.out)["unreadable"].toInt(), 1);
  write_file(changed, changed_bytes);
  // A new run that shares the voter tries too, and then both have it.
  const auto other = engine(pictures.run("harmless", "new") + QStringList{"--json"});
  QVERIFY2(other.exit_code == 0, other.err.constData());
  QVERIFY(!parsed_object(other.out).contains("unreadable"));
  QCOMPARE(pictures.exported("r"), pictures.exported("new"));
  const Pictures whole(6);
  whole.import_model("harmless");
  QCOMPARE(engine(whole.run("harmless", "r")).exit_code, 0);
  QCOMPARE(pictures.exported("r"), whole.exported("r"));
}

void TestFailures::a_run_that_reads_nothing_fails() {
  const Pictures pictures(3);
  pictures.import_model("harmless");
  QVERIFY(QDir().rename(pictures.path("images"), pictures.path("moved")));
  const auto failed = engine(pictures.run("harmless", "r"));
  QCOMPARE(failed.exit_code, 3);
  QVERIFY2(failed.err.contains("none of the 6 images could be read"), failed.err.constData());
  const auto again = engine(pictures.run("harmless", "r") + QStringList{"--resume"});
  QCOMPARE(again.exit_code, 3);
  QCOMPARE(engine({"relink", pictures.study(), "--from", pictures.path("images"), "--to",
                   pictures.path("moved"), "--quiet"})
               .exit_code,
           0);
  const auto resumed = engine(pictures.run("harmless", "r") + QStringList{"--resume", "--json"});
  QVERIFY2(resumed.exit_code == 0, resumed.err.constData());
  QVERIFY(!parsed_object(resumed.out).contains("unreadable"));
}

void TestFailures::changed_records_are_refused() {
  QTemporaryDir folder;
  const auto study = folder.filePath("s.plumb");
  make_fashion_study(study, folder.filePath("data"), 30, 1);
  // The same size and time: only the content tells.
  const QString images = folder.filePath("data/images");
  const QDateTime time = QFileInfo(images).lastModified();
  QFile file(images);
  QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(1000) && file.putChar('\x77'));
  file.flush();
  QVERIFY(file.setFileTime(time, QFileDevice::FileModificationTime));
  file.close();
  for (const QStringList& command :
       {QStringList{"run", study, "--models", "resnet20-a", "--name", "r"},
        QStringList{"train", study, "--architecture", "lenet5", "--name", "t", "--epochs", "1"}}) {
    const auto outcome =
        engine(command + QStringList{"--dataset", "fashion", "--split", "test", "--quiet"});
    QCOMPARE(outcome.exit_code, 3);
    QVERIFY2(outcome.err.contains("data/images: has changed since it was imported"),
             outcome.err.constData());
  }
}

void TestFailures::one_voter_takes_no_other_with_it_data() {
  QTest::addColumn<QByteArray>("fault");
  QTest::newRow("changed") << QByteArray("changed");
  QTest::newRow("lost") << QByteArray("lost");
  QTest::newRow("throws") << QByteArray("throws");
}

void TestFailures::one_voter_takes_no_other_with_it() {
  QFETCH(QByteArray, fault);
  const Pictures pictures(5, /*red=*/true);
  pictures.import_model("harmless");
  pictures.import_model("throws_later");
  const QString bad = pictures.path("throws_later.pt");
  if (fault == "changed") {
    QVERIFY(QFile::remove(bad));
    QVERIFY(QFile::copy(pictures.path("slow.pt"), bad));
  }
  if (fault == "lost") QVERIFY(QFile::remove(bad));
  const auto outcome = engine(pictures.run("harmless,throws_later", "r"));
  QVERIFY2(outcome.exit_code == 3 || outcome.exit_code == 4, outcome.err.constData());
  QVERIFY2(outcome.err.contains("the voters of throws_later could not run"),
           outcome.err.constData());
  if (fault == "changed") QVERIFY(outcome.err.contains("changed since it was imported"));
  // The other one has voted on everything.
  const QByteArray rows = pictures.exported("r");
  QCOMPARE(rows.count(",harmless,identity,a,") + rows.count(",harmless,identity,b,"), 10);
  QCOMPARE(rows.count(",throws_later,identity,,,"), 10);
  const auto decided = engine({"decide", pictures.study(), "--run", "r", "--voters", "harmless",
                               "--policy", "mcp", "--json"});
  QCOMPARE(parsed_object(decided.out)["samples"].toInt(), 10);
}

void TestFailures::imported_predictions_need_no_run() {
  QTemporaryDir folder;
  const auto study = folder.filePath("s.plumb");
  make_fashion_study(study, folder.filePath("data"), 30, 0);
  const auto labels = read_file(folder.filePath("data/labels")).mid(8);
  for (const char* name : {"one", "two"}) {
    QByteArray head = "{'descr': '<f4', 'fortran_order': False, 'shape': (30, 10), }";
    QByteArray npy =
        QByteArray("\x93NUMPY\x01\x00\x76\x00", 10) + head.leftJustified(117, ' ') + '\n';
    for (const char label : labels)
      for (int c = 0; c < 10; ++c) {
        const float p = c == label ? 0.91F : 0.01F;
        npy.append(reinterpret_cast<const char*>(&p), sizeof p);
      }
    write_file(folder.filePath("p.npy"), npy);
    const auto imported =
        engine({"import", "predictions", study, "--name", name, "--dataset", "fashion", "--split",
                "test", "--file", folder.filePath("p.npy")});
    QVERIFY2(imported.exit_code == 0, imported.err.constData());
  }
  const auto alone = engine({"decide", study, "--run", "one", "--policy", "mcp", "--json"});
  QVERIFY2(alone.exit_code == 0, alone.err.constData());
  QCOMPARE(parsed_object(alone.out)["accuracy"].toDouble(), 1.0);
  const auto both =
      engine({"decide", study, "--voters", "one,two", "--policy", "unanimous", "--json"});
  QVERIFY2(both.exit_code == 0, both.err.constData());
  QCOMPARE(parsed_object(both.out)["kept_correct"].toInt(), 30);
  const auto exported =
      engine({"export", study, "--run", "two", "--what", "predictions", "-o", "-"});
  QCOMPARE(exported.exit_code, 0);
  QCOMPARE(exported.out.count('\n'), 31);
  const auto none = engine({"decide", study, "--run", "three", "--policy", "mcp"});
  QCOMPARE(none.exit_code, 3);
  QVERIFY(none.err.contains("no run 'three'"));
}

void TestFailures::a_kill_loses_less_than_ten_seconds() {
  // A slow network and small batches: whole files of 2,048 samples would take minutes.
  const Pictures cut(100), whole(100);
  const auto run = [](const Pictures& pictures) {
    return pictures.run("slow", "r") + QStringList{"--batch", "4", "--resume", "--quiet"};
  };
  for (const Pictures* pictures : {&cut, &whole}) pictures->import_model("slow");
  QElapsedTimer timer;
  timer.start();
  QCOMPARE(engine(run(whole)).exit_code, 0);
  const double per_sample = static_cast<double>(timer.elapsed()) / 1000 / 200;
  const auto process = start_engine(run(cut));
  QVERIFY(wait_for_event(*process, cut.study(), "\"phase\":\"computing test\",\"unit\""));
  // Killed late, where more than ten seconds' work is done, or nearly all of it.
  const auto enough = std::min<qint64>(180, static_cast<qint64>(12 / per_sample));
  while (process->state() == QProcess::Running &&
         done_in(last_events(cut.study()), "computing test") < enough)
    process->waitForFinished(50);
  process->kill();
  process->waitForFinished();
  const auto done = done_in(last_events(cut.study()), "computing test");
  const auto kept =
      engine({"export", cut.study(), "--run", "r", "--what", "predictions", "-o", "-"});
  const qint64 committed =
      kept.exit_code == 0 ? kept.out.count('\n') - 1 - kept.out.count(",slow,identity,,,") : 0;
  const double lost = static_cast<double>(done - committed) * per_sample;
  QVERIFY2(
      lost < 10,
      qPrintable(
          QString("%1 of %2 samples were kept, %3 s lost").arg(committed).arg(done).arg(lost)));
  const auto last = engine(run(cut));
  QVERIFY2(last.exit_code == 0, last.err.constData());
  QCOMPARE(cut.exported("r"), whole.exported("r"));
}

void TestFailures::a_model_that_loops_ends_with_the_first_signal() {
  for (const int signal : {SIGINT, SIGHUP}) {
    const Pictures pictures(4, /*red=*/true);
    pictures.import_model("loops_later");
    const auto process = start_engine(pictures.run("loops_later", "r"));
    QVERIFY(wait_for_event(*process, pictures.study(),
                           "\"done\":1,\"total\":1,\"phase\":\"warming up\""));
    // It has come to the images, and does not come back.
    QVERIFY(!process->waitForFinished(1500));
    ::kill(static_cast<pid_t>(process->processId()), signal);
    QVERIFY(process->waitForFinished(30'000));
    QCOMPARE(process->exitStatus(), QProcess::NormalExit);
    QCOMPARE(process->exitCode(), 130);
    QVERIFY(last_events(pictures.study()).contains("\"event\":\"failed\",\"code\":\"cancelled\""));
  }
}

void TestFailures::a_hang_up_is_a_clean_stop() {
  // The file that is begun is finished, so that there have to be several: they hold some seconds'
  // work.
  const Pictures pictures(600);
  pictures.import_model("slow");
  const auto process =
      start_engine(pictures.run("slow", "r") + QStringList{"--batch", "4", "--quiet"});
  QVERIFY(wait_for_event(*process, pictures.study(), "\"phase\":\"computing test\""));
  ::kill(static_cast<pid_t>(process->processId()), SIGHUP);
  QVERIFY(process->waitForFinished(60'000));
  QCOMPARE(process->exitStatus(), QProcess::NormalExit);
  QCOMPARE(process->exitCode(), 130);
  const QByteArray events = last_events(pictures.study());
  QVERIFY(events.contains("\"event\":\"failed\",\"code\":\"cancelled\""));
  // What is seen from the first second: models are counted while they are loaded.
  QVERIFY(events.contains("\"done\":0,\"total\":1,\"phase\":\"loading models\""));
  QVERIFY(events.contains("\"done\":1,\"total\":1,\"phase\":\"warming up\""));
  QVERIFY(!pictures.exported("r").isEmpty());  // the file that was begun is finished
}

/// Whenever it comes: either nothing was begun yet, or there is a run that goes on by its name.
void TestFailures::a_signal_at_the_start_leaves_a_run_to_resume() {
  const Pictures pictures(4);
  pictures.import_model("harmless");
  int begun = 0;
  for (const int delay_ms : {0, 30, 100, 200, 300, 450, 600, 800}) {
    const QString name = QString("r%1").arg(delay_ms);
    const auto process = start_engine(pictures.run("harmless", name));
    if (process->waitForFinished(delay_ms)) break;
    ::kill(static_cast<pid_t>(process->processId()), SIGINT);
    QVERIFY(process->waitForFinished(60'000));
    const auto resumed = engine({"run", pictures.study(), "--name", name, "--resume", "--quiet"});
    if (process->exitStatus() == QProcess::CrashExit) {
      QCOMPARE(resumed.exit_code, 3);
      QVERIFY2(resumed.err.contains("there is no run '" + name.toUtf8() + "' to go on with"),
               resumed.err.constData());
      continue;
    }
    QVERIFY2(process->exitCode() == 130 || process->exitCode() == 0,
             process->readAllStandardError().constData());
    QVERIFY2(resumed.exit_code == 0, resumed.err.constData());
    QVERIFY(!pictures.exported(name).isEmpty());
    begun += process->exitCode() == 130;
  }
  QVERIFY2(begun > 0, "every signal came too early or too late");
}

}  // namespace plumbline::test
