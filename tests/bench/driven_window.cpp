#include "tests/bench/driven_window.h"

#include <QElapsedTimer>
#include <QEvent>
#include <QTimer>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "widgets/gallery/verdict_bar.h"
#include "widgets/page/settings.h"

namespace plumbline {

namespace {

constexpr double display_frame_ms = 1000.0 / 60;
constexpr double patience_ms = 60'000;

}  // namespace

bool TimedApplication::notify(QObject* receiver, QEvent* event) {
  if (event->type() == QEvent::Paint && receiver == watched) ++painted;
  QElapsedTimer timer;
  timer.start();
  const int before = painted;
  ++depth_;
  const bool result = QApplication::notify(receiver, event);
  --depth_;
  if (depth_ == 0 && painted != before && paints != nullptr)
    paints->push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
  return result;
}

DrivenWindow::DrivenWindow(const QString& study)
    : window_(std::make_unique<MainWindow>(nullptr)),
      application_(*static_cast<TimedApplication*>(QCoreApplication::instance())) {
  if (const auto opened = window_->open_study(study); !opened)
    qFatal("%s", to_string(opened.error()).c_str());
  QObject::connect(window_.get(), &MainWindow::run_failed, window_.get(),
                   [](const Error& error) { qFatal("%s", to_string(error).c_str()); });
  application_.watched = gallery().viewport();
  window_->show();
}

DrivenWindow::~DrivenWindow() { application_.watched = nullptr; }

void DrivenWindow::wait_until_usable() {
  while (window_->review() == nullptr || rows().size() == 0 || !gallery().complete())
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
  // What has arrived last is still to be painted.
  for (int i = 0; i < 3; ++i) QCoreApplication::processEvents();
}

double DrivenWindow::frame_ms(const std::function<void()>& action) const {
  QElapsedTimer timer;
  timer.start();
  const int before = application_.painted;
  action();
  do {
    QCoreApplication::processEvents();
    if (static_cast<double>(timer.elapsed()) > patience_ms) qFatal("no frame within a minute");
  } while (application_.painted == before);
  return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void DrivenWindow::rest_of_frame(double spent_ms, std::vector<double>& frames) {
  const double rest = display_frame_ms - spent_ms;
  if (rest < 1) return;
  bool over = false;
  QTimer::singleShot(static_cast<int>(rest), Qt::PreciseTimer, window_.get(), [&] { over = true; });
  application_.paints = &frames;
  while (!over) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
  application_.paints = nullptr;
}

void DrivenWindow::show_all_verdicts() {
  auto* bar = window_->findChild<VerdictBar*>();
  if (bar == nullptr) qFatal("the window has no verdicts");
  VerdictBar::Chosen all;
  all.fill(true);
  bar->set_chosen(all);
  Q_EMIT bar->chosen_changed();
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = std::ceil(share * static_cast<double>(values.size())) - 1;
  return values[static_cast<std::size_t>(std::max(0.0, place))];
}

void print_figure(const QString& what, double value, double limit, const char* unit) {
  fmt::print("{}: {:.{}f} {} of {} {} ({:.2f})\n", what.toStdString(), value, value < 100 ? 1 : 0,
             unit, limit, unit, value / limit);
  std::fflush(stdout);
}

}  // namespace plumbline
