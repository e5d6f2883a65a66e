#include <signal.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <random>

#include "tests/app/engine_process.h"
#include "tests/app/planer_study.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

enum class Signal { terminate, kill };

/// Waits until the job is in the phase (or past it, where it retrains) and some time longer, then
/// ends it. Whether it still ran.
bool interrupt(const QStringList& arguments, const QString& study, const QString& phase,
               int longer_ms, Signal signal) {
  auto process = start_engine(arguments);
  const auto is_reached = [&] {
    const auto now = last_phase(study, process->processId());
    return now.startsWith(phase) || now.startsWith("retraining");
  };
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < 120'000 && !is_reached())
    if (process->waitForFinished(10)) return false;
  if (process->waitForFinished(longer_ms)) return false;
  if (signal == Signal::kill) {
    process->kill();
    process->waitForFinished();
    return true;
  }
  ::kill(static_cast<pid_t>(process->processId()), SIGTERM);
  if (!process->waitForFinished(60'000)) qFatal("the engine does not stop");
  if (process->exitStatus() != QProcess::NormalExit) qFatal("the engine crashed");
  // A job that was about to end may have ended.
  if (process->exitCode() == 0) return false;
  if (process->exitCode() != 130) qFatal("%s", process->readAllStandardError().constData());
  return true;
}

void copy_study(const QString& from, const QString& to) {
  std::filesystem::copy(from.toStdString(), to.toStdString(),
                        std::filesystem::copy_options::recursive);
}

QJsonObject without_times(QJsonObject summary) {
  for (const char* key : {"seconds", "tokens_per_second"}) summary.remove(key);
  return summary;
}

/// What a search reported of its last step.
QJsonObject last_point(const QString& study) {
  QJsonObject last;
  for (const auto& event : job_events(study, "planer-search"))
    if (event["event"].toString() == "point" && event["step"].toInt() >= last["step"].toInt())
      last = event;
  last.remove("t");
  return last;
}

}  // namespace

void TestPlanerResume::a_training_is_killed_and_goes_on() {
  const QTemporaryDir folder;
  make_planer_inputs(folder.path());
  const auto arguments = [&](const QString& study) {
    return planer("train " + study + " --config DIR/small.json --text DIR/text.txt --name n " +
                      "--steps 600 --batch 4 --seed 7 --resume --json --quiet",
                  folder.path());
  };
  const auto whole = folder.filePath("whole.plumb"), cut = folder.filePath("cut.plumb");
  const auto uninterrupted = engine(arguments(whole));
  QVERIFY2(uninterrupted.exit_code == 0, uninterrupted.err.constData());
  std::mt19937 random(22);
  int killed = 0, terminated = 0;
  // Killed at the very beginning, when there is nothing to go on with.
  for (int i = 0; i < 2; ++i) {
    auto process = start_engine(arguments(cut));
    if (process->waitForFinished(static_cast<int>(random() % 400))) continue;
    process->kill();
    process->waitForFinished();
    ++killed;
  }
  for (int i = 0; i < 6; ++i) {
    const auto signal = i % 2 == 0 ? Signal::terminate : Signal::kill;
    if (!interrupt(arguments(cut), cut, "training", static_cast<int>(random() % 250), signal))
      break;
    if (signal == Signal::kill) {
      ++killed;
      continue;
    }
    ++terminated;
    QVERIFY(QFile::exists(cut + "/checkpoints/network n.safetensors"));
    QVERIFY(!QFile::exists(cut + "/networks/n.safetensors"));
  }
  QVERIFY2(killed >= 3 && terminated >= 1,
           qPrintable(QString("%1 killed, %2 terminated").arg(killed).arg(terminated)));
  const auto last = engine(arguments(cut));
  QVERIFY2(last.exit_code == 0, last.err.constData());
  QVERIFY(network_weights(cut, "n") == network_weights(whole, "n"));
  QCOMPARE(without_times(json_of(last.out)), without_times(json_of(uninterrupted.out)));
  QVERIFY(!QFile::exists(cut + "/checkpoints/network n.safetensors"));
}

/// --resume alone takes them from the job that began it; another word than then is named.
void TestPlanerResume::what_was_begun_goes_on_with_its_words() {
  const QTemporaryDir folder;
  make_planer_inputs(folder.path());
  const auto whole = folder.filePath("whole.plumb"), cut = folder.filePath("cut.plumb");
  const auto words = [&](const QString& line) { return planer(line, folder.path()); };
  const QString options =
      " --config DIR/small.json --text DIR/text.txt --name n --steps 2000 --batch 4 --seed 7 "
      "--json --quiet";
  // Nothing was begun: alone it says what it needs.
  const auto nothing = engine(words("train " + cut + " --resume --name n"));
  QCOMPARE(nothing.exit_code, 2);
  QVERIFY2(nothing.err.contains("--text, --config or --from, --steps are needed"),
           nothing.err.constData());
  QVERIFY(interrupt(words("train " + cut + options), cut, "training", 100, Signal::terminate));
  const auto other = engine(words("train " + cut + " --resume --name n --steps 2001 --quiet"));
  QCOMPARE(other.exit_code, 2);
  QVERIFY2(other.err.contains("--steps: 'n' was begun with 2000, not 2001"), other.err.constData());
  const auto uninterrupted = engine(words("train " + whole + options));
  QVERIFY2(uninterrupted.exit_code == 0, uninterrupted.err.constData());
  // Without a name it is the only one that is not complete; some words may be said again.
  const auto rest = engine(words("train " + cut + " --resume --batch 4 --json --quiet"));
  QVERIFY2(rest.exit_code == 0, rest.err.constData());
  QVERIFY(network_weights(cut, "n") == network_weights(whole, "n"));
  QCOMPARE(without_times(json_of(rest.out)), without_times(json_of(uninterrupted.out)));
  // What is complete stays as it is; now there is none that goes on.
  const auto again = engine(words("train " + cut + " --resume --name n --json --quiet"));
  QVERIFY2(again.exit_code == 0, again.err.constData());
  QCOMPARE(json_of(again.out)["validation_loss"], json_of(rest.out)["validation_loss"]);
  const auto none = engine(words("train " + cut + " --resume --quiet"));
  QCOMPARE(none.exit_code, 2);
  QVERIFY2(none.err.contains("--name, --text, --config or --from, --steps are needed"),
           none.err.constData());
  // The words of one that was removed are no words of a new one.
  std::filesystem::remove((cut + "/networks/n.safetensors").toStdString());
  const auto incomplete = engine(words("train " + cut + " --resume --name n --steps 5 --quiet"));
  QCOMPARE(incomplete.exit_code, 2);
  QVERIFY2(incomplete.err.contains("--text, --config or --from are needed"),
           incomplete.err.constData());
}

/// --resume alone: neither the network that it began from nor its teacher has its name of then.
void TestPlanerResume::a_training_follows_renamed_networks() {
  const QTemporaryDir folder;
  make_planer_inputs(folder.path());
  const auto study = folder.filePath("s.plumb");
  const auto words = [&](const QString& line) { return planer(line, folder.path()); };
  const auto rename = [&](const char* from, const char* to) {
    const auto renamed = engine({"rename", study, "--network", from, "--to", to});
    QVERIFY2(renamed.exit_code == 0, renamed.err.constData());
  };
  for (const QString& name : {QString("base --seed 1"), QString("old --seed 2")}) {
    const auto trained = engine(words("train " + study + " --config DIR/small.json --text " +
                                      "DIR/text.txt --steps 20 --batch 4 --quiet --name " + name));
    QVERIFY2(trained.exit_code == 0, trained.err.constData());
  }
  QVERIFY(interrupt(words("train " + study + " --from base --teacher old --distill 0.5 --name n " +
                          "--steps 2000 --batch 4 --seed 7 --quiet"),
                    study, "training", 100, Signal::terminate));
  QVERIFY(QFile::exists(study + "/checkpoints/network n.safetensors"));
  rename("base", "first");
  rename("old", "master");
  const auto rest = engine(words("train " + study + " --resume --json --quiet"));
  QVERIFY2(rest.exit_code == 0, rest.err.constData());
  QCOMPARE(json_of(rest.out)["name"].toString(), QString("n"));
  QCOMPARE(json_of(rest.out)["base"].toString(), QString("first"));
  // What is complete is known again, too.
  rename("first", "second");
  rename("master", "wise");
  const auto again = engine(words("train " + study + " --resume --name n --json"));
  QVERIFY2(again.exit_code == 0, again.err.constData());
  QCOMPARE(json_of(again.out)["validation_loss"], json_of(rest.out)["validation_loss"]);
  QVERIFY2(again.err.contains("--from second") && again.err.contains("--teacher wise"),
           again.err.constData());
}

void TestPlanerResume::a_search_is_killed_and_goes_on() {
  const QTemporaryDir folder;
  make_planer_inputs(folder.path());
  const auto start = folder.filePath("start.plumb"), whole = folder.filePath("whole.plumb"),
             cut = folder.filePath("cut.plumb"), again = folder.filePath("again.plumb");
  const auto run = [&](const QString& line) { return engine(planer(line, folder.path())); };
  const auto trained =
      run("train DIR/start.plumb --config DIR/small.json --text DIR/text.txt "
          "--name base --steps 200 --batch 4 --quiet");
  QVERIFY2(trained.exit_code == 0, trained.err.constData());
  // Latencies are measured once: what is learned with them is then the same.
  const auto profiled = run("profile DIR/start.plumb --name base --quiet");
  QVERIFY2(profiled.exit_code == 0, profiled.err.constData());
  copy_study(start, whole);
  copy_study(start, cut);
  const auto arguments = [&](const QString& study) {
    return planer("search " + study + " --from base --name q --target 0.9 --steps 600 " +
                      "--warm-up 300 --search-steps 300 --batch 4 --seed 5 --resume --json --quiet",
                  folder.path());
  };
  const auto uninterrupted = engine(arguments(whole));
  QVERIFY2(uninterrupted.exit_code == 0, uninterrupted.err.constData());
  std::mt19937 random(23);
  const auto interrupted = [&](const QString& phase, Signal signal) {
    return interrupt(arguments(cut), cut, phase, static_cast<int>(random() % 250), signal);
  };
  int count = 0;
  for (const char* phase : {"warm-up", "loss increments", "search", "measuring"})
    for (const auto signal : {Signal::terminate, Signal::kill, Signal::terminate})
      if (!QFile::exists(cut + "/networks/q-0.9.safetensors"))
        count += interrupted(phase, signal) ? 1 : 0;
  QVERIFY2(count >= 8, qPrintable(QString("interrupted %1 times").arg(count)));
  // It runs until retraining, where it is stopped.
  QVERIFY(interrupted("retraining", Signal::terminate));
  QVERIFY(read_file(cut + "/searches/q/warm.safetensors") ==
          read_file(whole + "/searches/q/warm.safetensors"));
  QCOMPARE(last_point(cut)["step"].toInt(), 300);
  QCOMPARE(last_point(cut), last_point(whole));
  // The one has retrained a network, on which its losses are calibrated.
  const auto front = [&](const QString& study) {
    QJsonArray points;
    const auto printed = run("front " + study + " --name q --json");
    for (const auto& value : json_of(printed.out)["points"].toArray()) {
      const QJsonObject point = value.toObject();
      points.append(
          QJsonArray{point["architecture"], point["latency_ms"], point["predicted_loss"]});
    }
    return points;
  };
  QVERIFY(front(whole).size() > 3);
  QCOMPARE(front(cut), front(whole));

  // How far the limit is tightened was measured, so that two searches may find different networks:
  // retraining is compared from the same found one.
  copy_study(cut, again);
  QVERIFY(QFile::remove(again + "/searches/q/q-0.9.safetensors"));
  const auto at_once = engine(arguments(again));
  QVERIFY2(at_once.exit_code == 0, at_once.err.constData());
  for (const auto signal : {Signal::kill, Signal::terminate, Signal::kill})
    interrupted("retraining", signal);
  const auto last = engine(arguments(cut));
  QVERIFY2(last.exit_code == 0, last.err.constData());
  QVERIFY(network_weights(cut, "q-0.9") == network_weights(again, "q-0.9"));
  const auto network = [](const Outcome& outcome) {
    return json_of(outcome.out)["networks"].toArray().first().toObject();
  };
  for (const char* key : {"validation_loss", "validation_error", "architecture", "parameters"})
    QCOMPARE(network(last)[key], network(at_once)[key]);
  if (network(last)["architecture"] == network(uninterrupted)["architecture"])
    QVERIFY(network_weights(cut, "q-0.9") == network_weights(whole, "q-0.9"));
}

}  // namespace plumbline::test
