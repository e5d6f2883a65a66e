// bench_workbench FOLDER: the workbench on the study that bench_make_large_study has made there, in
// figures beside their limits. Every start and every part is a process of its own; the page cache
// is warm, since what a first start from a cold disk takes is the disk's.
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLineEdit>
#include <QMouseEvent>
#include <QProcess>
#include <QScrollBar>
#include <QSlider>
#include <QWheelEvent>

#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "core/data/thumbnail_pack.h"
#include "tests/bench/driven_window.h"
#include "tests/bench/large_study.h"
#include "widgets/decision/run_review.h"
#include "widgets/decision_page/confusion_view.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/picture/thumbnail_loader.h"
#include "widgets/style/theme.h"

using namespace plumbline;

namespace {

constexpr double start_limit_ms = 1000, frame_limit_ms = 16, filter_limit_ms = 200;
constexpr double memory_limit_mb = 600;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The most memory that this process ever had, mapped files that it has touched included.
double peak_memory_mb() {
  QFile status(QStringLiteral("/proc/self/status"));
  if (!status.open(QIODevice::ReadOnly)) return 0;
  for (const QByteArray& line : status.readAll().split('\n'))
    if (line.startsWith("VmHWM:")) return line.mid(6).simplified().split(' ')[0].toDouble() / 1024;
  return 0;
}

QString pack_of(const QString& study) { return study + QStringLiteral("/cache/thumbnails.pack"); }

/// Prints the milliseconds since `since`, another process's time.
void start_once(const QString& study, std::int64_t since) {
  DrivenWindow window(study);
  window.wait_until_usable();
  fmt::print("{}\n", static_cast<double>(now_ns() - since) / 1e6);
}

/// What of the study's cache is there when the workbench starts.
enum class Cache { none, votes, all };

void measure_start(const QString& study, Cache cache) {
  std::vector<double> times;
  for (int i = 0; i < 6; ++i) {
    QDir folder(study + QStringLiteral("/cache"));
    if (cache != Cache::all) folder.remove(QStringLiteral("thumbnails.pack"));
    if (cache == Cache::none)
      for (const QString& file : folder.entryList({QStringLiteral("votes-*.bin")}))
        folder.remove(file);
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(),
                  {QStringLiteral("start"), study, QString::number(now_ns())});
    if (!process.waitForFinished(60'000) || process.exitCode() != 0) qFatal("the start failed");
    // The first one warms what can be warm.
    if (i > 0) times.push_back(process.readAllStandardOutput().trimmed().toDouble());
  }
  const char* what = cache == Cache::none ? "start to usable, nothing cached (votes gathered)"
                     : cache == Cache::votes
                         ? "start to usable, as after a run (thumbnails decoded)"
                         : "start to usable, thumbnails from their pack";
  print_figure(QString::fromLatin1(what), percentile(times, 0.5), start_limit_ms, "ms");
}

void turn_wheel(GalleryView& gallery, int notches) {
  const QPointF middle = gallery.viewport()->rect().center();
  QWheelEvent event(middle, gallery.viewport()->mapToGlobal(middle), {}, {0, -120 * notches}, {},
                    {}, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(gallery.viewport(), &event);
}

void measure_scrolling(DrivenWindow& window) {
  GalleryView& gallery = window.gallery();
  QScrollBar& bar = *gallery.verticalScrollBar();
  std::vector<double> frames, all;
  const auto step = [&](const std::function<void()>& action) {
    const double spent = window.frame_ms(action);
    frames.push_back(spent);
    window.rest_of_frame(spent, frames);
  };
  const auto report = [&](const QString& what) {
    print_figure(QStringLiteral("frame, %1, 99th percentile of %2 (median %3 ms)")
                     .arg(what)
                     .arg(frames.size())
                     .arg(percentile(frames, 0.5), 0, 'f', 1),
                 percentile(frames, 0.99), frame_limit_ms, "ms");
    all.insert(all.end(), frames.begin(), frames.end());
    frames.clear();
  };
  for (int i = 0; i < 400; ++i) step([&] { turn_wheel(gallery, 1 + i / 100); });
  report(QStringLiteral("wheel"));
  bar.setSliderDown(true);
  for (int i = 0; i < 300; ++i) step([&] { bar.setSliderPosition(bar.value() + 200 + 40 * i); });
  bar.setSliderDown(false);
  report(QStringLiteral("scroll bar held"));
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i)
    step([&] {
      bar.setValue(static_cast<int>(random() % static_cast<unsigned>(bar.maximum() + 1)));
    });
  report(QStringLiteral("far jumps"));
  frames = std::move(all);
  report(QStringLiteral("all scrolling"));
}

void measure_filters(DrivenWindow& window) {
  const auto report = [&](const QString& what, const std::function<void()>& action,
                          const std::function<void()>& back) {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
      times.push_back(window.frame_ms(action));
      if (back) window.frame_ms(back);
    }
    print_figure(QStringLiteral("%1, median of 5").arg(what), percentile(times, 0.5),
                 filter_limit_ms, "ms");
  };
  const auto choose = [&](const char* name, int index) {
    return [&window, name, index] {
      auto& combo = window.find<QComboBox>(name);
      combo.setCurrentIndex(index);
      Q_EMIT combo.activated(index);
    };
  };
  for (const auto& [index, key] :
       {std::pair(0, "confidence"), {1, "disagreement"}, {2, "loss"}, {3, "score"}})
    report(QStringLiteral("all verdicts sorted by %1").arg(QString::fromLatin1(key)),
           choose("sort", index), choose("sort", (index + 1) % 4));
  report(QStringLiteral("true class chosen"), choose("true_class", 4), choose("true_class", 0));
  report(QStringLiteral("predicted class left"), choose("predicted_class", 0),
         choose("predicted_class", 4));

  auto& text = window.find<QLineEdit>("text");
  QElapsedTimer timer;
  timer.start();
  text.setText(QStringLiteral("ship/"));
  while (!window.window().settled()) QCoreApplication::processEvents();
  fmt::print("text filter, first time, reading {} names on another thread: {} ms\n",
             window.window().review()->votes().samples(), timer.elapsed());
  const auto type = [&](const char* words) {
    return [&text, words] { text.setText(QString::fromLatin1(words)); };
  };
  report(QStringLiteral("text that matches a tenth"), type("ship/"), type("0001"));
  report(QStringLiteral("text that matches everything"), type("picture"), type("0001"));
  report(QStringLiteral("text that matches nothing"), type("no such"), type("0001"));
  report(QStringLiteral("text removed"), type(""), type("0001"));
}

void session(const QString& study) {
  DrivenWindow window(study);
  window.wait_until_usable();
  window.gallery().set_current(0);
  print_figure(QStringLiteral("all verdicts shown"),
               window.frame_ms([&] { window.show_all_verdicts(); }), filter_limit_ms, "ms");
  measure_scrolling(window);
  measure_filters(window);
  print_figure(QStringLiteral("peak memory of all this"), peak_memory_mb(), memory_limit_mb, "MB");
}

/// Chooses every voter of the run.
RunReview& review_of_all_voters(DrivenWindow& window) {
  RunReview& review = *window.window().review();
  std::vector<std::size_t> voters(review.run().info.voters.size());
  std::iota(voters.begin(), voters.end(), std::size_t{0});
  window.frame_ms([&] { review.set_voters(voters); });
  return review;
}

/// A slider dragged over its whole length, there and back twice: milliseconds from a move of the
/// mouse to the frame that shows it, for each step that changed the policy.
void drag_slider(DrivenWindow& window, QSlider& slider, const QString& what) {
  const RunReview& review = *window.window().review();
  const auto mouse = [&](QEvent::Type type, int x) {
    const QPointF at(x, slider.height() / 2.0);
    QMouseEvent event(type, at, slider.mapToGlobal(at),
                      type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                      type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton, {});
    QCoreApplication::sendEvent(&slider, &event);
  };
  std::vector<double> frames, decisions, between;
  const int margin = 6;
  mouse(QEvent::MouseButtonPress,
        margin + (slider.width() - 2 * margin) * slider.value() / slider.maximum());
  for (int turn = 0; turn < 4; ++turn)
    for (int x = margin; x < slider.width() - margin; ++x) {
      const int to = turn % 2 == 0 ? x : slider.width() - x;
      const double before = review.policy().number(0);
      QElapsedTimer timer;
      timer.start();
      mouse(QEvent::MouseMove, to);
      if (review.policy().number(0) == before) continue;  // less than a step
      const double deciding = static_cast<double>(timer.nsecsElapsed()) / 1e6;
      const double spent = deciding + window.frame_ms([] {});
      decisions.push_back(deciding);
      frames.push_back(spent);
      window.rest_of_frame(spent, between);
    }
  mouse(QEvent::MouseButtonRelease, slider.width() - margin);
  print_figure(QStringLiteral("threshold dragged, %1 samples × %2 voters, %3, 99th percentile of "
                              "%4 steps (median %5 ms, of which %6 ms before the painting)")
                   .arg(review.votes().samples())
                   .arg(review.policy_voters().size())
                   .arg(what)
                   .arg(frames.size())
                   .arg(percentile(frames, 0.5), 0, 'f', 1)
                   .arg(percentile(decisions, 0.5), 0, 'f', 1),
               percentile(frames, 0.99), frame_limit_ms, "ms");
}

void drag(const QString& study) {
  DrivenWindow window(study);
  window.wait_until_usable();
  review_of_all_voters(window);
  window.frame_ms([&] { window.show_all_verdicts(); });
  window.wait_until_usable();
  window.gallery().set_current(0);
  drag_slider(window, window.find<QSlider>("thr_conf_slider"),
              QStringLiteral("verdicts, counts and gallery"));
}

/// The same on the Decision page, once its curves and intervals are there.
void drag_decision(const QString& study) {
  DrivenWindow window(study);
  window.wait_until_usable();
  review_of_all_voters(window);
  if (!window.window().go({.page = QStringLiteral("decision")}))
    qFatal("there is no Decision page");
  auto* page = window.window().page<DecisionPage>();
  window.watch(page->confusion()->viewport());
  QElapsedTimer timer;
  timer.start();
  while (!page->settled()) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
  fmt::print("Decision page, from the run to every curve and interval, on other threads: {} ms\n",
             timer.elapsed());
  drag_slider(window, *page->findChild<QSlider*>(QStringLiteral("thr_conf_slider")),
              QStringLiteral("all of the Decision page"));
}

/// Thumbnails per second as the gallery's own threads make them.
double thumbnail_rate(const OpenedRun& run, const std::vector<std::uint32_t>& samples, int side) {
  ThumbnailLoader loader;
  loader.set_source(run.folder, run.dataset.id, run.split);
  QElapsedTimer timer;
  timer.start();
  std::vector<ThumbnailRequest> requests;
  for (const std::uint32_t sample : samples) requests.push_back({ItemRef(sample)});
  loader.want(requests, side);
  while (loader.find(requests.front().item) == nullptr || !loader.complete())
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
  return static_cast<double>(samples.size()) * 1e9 / static_cast<double>(timer.nsecsElapsed());
}

void thumbnails(const QString& study) {
  constexpr int side = 96;
  const auto runs = Study::open(study.toStdString(), Access::read_only)->runs();
  const auto run = open_run(study.toStdString(), runs->back().name);
  if (!run) qFatal("%s", to_string(run.error()).c_str());
  std::vector<std::uint32_t> samples(3000);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::uint32_t>(i * run->samples() / samples.size());
  QFile::remove(pack_of(study));
  double decoded = 0;
  {
    // Whoever else holds the pack keeps the loader from writing to it: it decodes and no more.
    const ThumbnailPack held = ThumbnailPack::open(pack_of(study).toStdString());
    decoded = thumbnail_rate(*run, samples, side);
  }
  const double kept = thumbnail_rate(*run, samples, side);
  const double packed = thumbnail_rate(*run, samples, side);
  fmt::print(
      "thumbnails of {} pixels from JPEGs of 320 × 240: decoded {:.0f}/s, decoded and kept "
      "{:.0f}/s, from the pack {:.0f}/s ({:.2f} x)\n",
      side, decoded, kept, packed, packed / decoded);
  std::fflush(stdout);
}

bool part(const QString& name, const QStringList& words) {
  QProcess process;
  process.setProcessChannelMode(QProcess::ForwardedChannels);
  process.start(QCoreApplication::applicationFilePath(), QStringList(name) + words);
  return process.waitForFinished(600'000) && process.exitStatus() == QProcess::NormalExit &&
         process.exitCode() == 0;
}

int run_all(const QString& study) {
  LargeStudy dragged;
  dragged.folder = study.toStdString();
  dragged.folder.replace_filename("dragged.plumb");
  dragged.samples = 100'000;
  dragged.models = 8;
  dragged.pictures = 500;
  if (const auto made = make_large_study(dragged, [](const std::string&) {}); !made)
    qFatal("%s", to_string(made.error()).c_str());
  for (const Cache cache : {Cache::none, Cache::votes, Cache::all}) measure_start(study, cache);
  const QString second = QString::fromStdString(dragged.folder.string());
  const bool done =
      part(QStringLiteral("session"), {study}) && part(QStringLiteral("drag"), {second}) &&
      part(QStringLiteral("decision"), {second}) && part(QStringLiteral("thumbnails"), {study});
  return done ? 0 : 1;
}

/// What Qt says of the platform without a display concerns no figure.
void say_what_matters(QtMsgType type, const QMessageLogContext&, const QString& message) {
  if (type == QtCriticalMsg || type == QtFatalMsg)
    fmt::print(stderr, "bench_workbench: {}\n", message.toStdString());
}

}  // namespace

int main(int count, char** words) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  qInstallMessageHandler(say_what_matters);
  const std::int64_t begun = now_ns();
  const TimedApplication application(count, words);
  const QStringList given = QApplication::arguments().mid(1);
  apply_theme(Theme::light);
  if (given.size() == 1) return run_all(given[0]);
  if (given.size() < 2) {
    fmt::print(stderr, "usage: {} FOLDER\n", words[0]);
    return 2;
  }
  if (given[0] == QStringLiteral("start"))
    start_once(given[1], given.size() > 2 ? given[2].toLongLong() : begun);
  else if (given[0] == QStringLiteral("session"))
    session(given[1]);
  else if (given[0] == QStringLiteral("drag"))
    drag(given[1]);
  else if (given[0] == QStringLiteral("decision"))
    drag_decision(given[1]);
  else if (given[0] == QStringLiteral("thumbnails"))
    thumbnails(given[1]);
  else
    return 2;
  return 0;
}
