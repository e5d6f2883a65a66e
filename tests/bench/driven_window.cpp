#include "tests/bench/driven_window.h"

#include <QCoreApplication>
#include <QEvent>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "widgets/gallery/verdict_bar.h"
#include "widgets/window/settings.h"

namespace plumbline {

namespace {

constexpr double display_frame_ms = 1000.0 / 60;
constexpr double patience_ms = 60'000;

}  // namespace

DrivenWindow::DrivenWindow(const QString& study) : window_(std::make_unique<MainWindow>(nullptr)) {
  if (const auto opened = window_->open_study(study); !opened)
    qFatal("%s", to_string(opened.error()).c_str());
  connect(window_.get(), &MainWindow::run_failed, this,
          [](const Error& error) { qFatal("%s", to_string(error).c_str()); });
  gallery().viewport()->installEventFilter(this);
  window_->show();
}

DrivenWindow::~DrivenWindow() { gallery().viewport()->removeEventFilter(this); }

bool DrivenWindow::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Paint) ++painted_;
  return QObject::eventFilter(watched, event);
}

void DrivenWindow::wait_until_usable() {
  while (window_->review() == nullptr || rows().size() == 0 || !gallery().complete())
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
  // What has arrived last is still to be painted.
  for (int i = 0; i < 3; ++i) QCoreApplication::processEvents();
}

double DrivenWindow::frame_ms(const std::function<void()>& action) {
  QElapsedTimer timer;
  timer.start();
  const int before = painted_;
  action();
  do {
    QCoreApplication::processEvents();
    if (static_cast<double>(timer.elapsed()) > patience_ms) qFatal("no frame within a minute");
  } while (painted_ == before);
  return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void DrivenWindow::rest_of_frame(double spent_ms, std::vector<double>& frames) {
  QElapsedTimer timer;
  timer.start();
  while (static_cast<double>(timer.elapsed()) + spent_ms < display_frame_ms) {
    QElapsedTimer one;
    one.start();
    const int before = painted_;
    QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
    if (painted_ != before) frames.push_back(static_cast<double>(one.nsecsElapsed()) / 1e6);
  }
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
