#include "app/workbench/screenshot.h"

#include <QApplication>
#include <QBuffer>
#include <QElapsedTimer>
#include <QImage>
#include <QTimer>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/types/number.h"
#include "widgets/page/settings.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

namespace plumbline {

namespace {

constexpr int patience_ms = 60000;
constexpr int smallest_side = 200, largest_side = 16384;

Result<QSize> parse_size(const std::string& text) {
  const auto cross = text.find('x');
  if (cross != std::string::npos) {
    const auto width = parse_integer(std::string_view(text).substr(0, cross));
    const auto height = parse_integer(std::string_view(text).substr(cross + 1));
    const auto fits = [](std::int64_t side) {
      return side >= smallest_side && side <= largest_side;
    };
    if (width && height && fits(*width) && fits(*height))
      return QSize(static_cast<int>(*width), static_cast<int>(*height));
  }
  return usage_error(fmt::format("'{}' is not a size", text), "--size",
                     fmt::format("width x height in pixels, each {} to {}: 1600x1000",
                                 smallest_side, largest_side));
}

/// Lets the program work until `done`, at most as long as patience lasts.
template <class Done>
bool wait_until(Done done) {
  QElapsedTimer timer;
  timer.start();
  while (!done()) {
    if (timer.elapsed() > patience_ms) return false;
    QApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 20);
  }
  return true;
}

}  // namespace

void add_options(CLI::App& command, ScreenshotRequest& request) {
  command.add_option("STUDY", request.study, "The study, a folder NAME.plumb")->required();
  command.add_option("--page", request.page, "The page: " + page_keys())->capture_default_str();
  command.add_option("-o,--output", request.file, "The PNG to write; - is standard output")
      ->required();
  command.add_option("--size", request.size, "Width x height in pixels")->capture_default_str();
  command.add_option("--theme", request.theme, "light or dark")
      ->check(CLI::IsMember({"light", "dark"}))
      ->capture_default_str();
  command.add_option("--run", request.run, "The run; the last one where none is named");
  command.add_option("--search", request.search,
                     "On the page planer: the search; the last one where none is named");
  command.add_option("--policy", request.policy,
                     "The decision policy, for example 'polygraph(thr_conf=0.7,thr_freq=3)'");
}

Result<void> take_screenshot(const ScreenshotRequest& request, char* program) {
  const auto size = parse_size(request.size);
  TRY(size);
  // The picture is the same with and without a display.
  ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
  int count = 1;
  char* words[] = {program, nullptr};
  const QApplication application(count, words);
  apply_theme(request.theme == "dark" ? Theme::dark : Theme::light);
  MainWindow window(nullptr);
  Page* page = window.page(QString::fromStdString(request.page));
  if (page == nullptr)
    return usage_error(fmt::format("there is no page '{}'", request.page), "--page", page_keys());

  std::optional<Error> failure;
  QObject::connect(&window, &MainWindow::run_failed, &window,
                   [&](const Error& error) { failure = error; });
  window.resize(*size);
  window.show_page(page);
  if (auto opened = window.open_study(QString::fromStdString(request.study)); !opened)
    return opened;
  const auto& runs = window.runs();
  if (!request.run.empty() && std::ranges::find(runs, request.run, &RunInfo::name) == runs.end())
    return bad_input(fmt::format("there is no run '{}'", request.run), request.study);
  if (!runs.empty())
    window.open_run(QString::fromStdString(request.run.empty() ? runs.back().name : request.run),
                    request.policy);
  // A page that is about jobs shows that run's.
  if (!request.run.empty()) TRY(page->go_to(Route{.run = QString::fromStdString(request.run)}));
  if (!request.search.empty()) {
    const Route search{.search = QString::fromStdString(request.search)};
    if (Page* shows = window.page_showing(search)) TRY(shows->go_to(search));
  }
  window.show();
  // What has arrived may lay the bars out anew, and then other pictures are visible.
  for (int round = 0; round < 3; ++round) {
    if (!wait_until([&] { return failure || window.settled(); }))
      return fail(ErrorKind::device, "the page was not complete after a minute", request.study);
    if (failure) return tl::unexpected(*failure);
    for (int i = 0; i < 5; ++i) QApplication::processEvents();
  }

  QImage picture(*size, QImage::Format_RGB32);
  window.render(&picture);
  QByteArray png;
  QBuffer buffer(&png);
  if (!buffer.open(QIODevice::WriteOnly) || !picture.save(&buffer, "PNG"))
    return fail(ErrorKind::device, "the picture cannot be made", request.file);
  return write_output(request.file,
                      std::string_view(png.constData(), static_cast<std::size_t>(png.size())));
}

}  // namespace plumbline
