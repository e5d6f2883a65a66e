// render_planer_page FOLDER: pictures of the PLANER page on a synthetic study, to be looked at.
#include <QApplication>
#include <QElapsedTimer>
#include <QImage>
#include <QTemporaryDir>

#include <cstdio>
#include <functional>

#include "tests/support/planer_study.h"
#include "widgets/page/settings.h"
#include "widgets/planer/planer_page.h"
#include "widgets/planer/target_slider.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

void settle(const MainWindow& window) {
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < 400 || (!window.settled() && timer.elapsed() < 5000))
    QApplication::processEvents(QEventLoop::AllEvents, 20);
}

void picture(const QString& study, const QString& file, QSize size, Theme theme,
             const std::function<void(MainWindow&)>& act = {}) {
  apply_theme(theme);
  MainWindow window(nullptr);
  window.resize(size);
  if (const auto opened = window.open_study(study); !opened)
    qFatal("%s", to_string(opened.error()).c_str());
  window.show_page(window.page<PlanerPage>());
  window.show();
  settle(window);
  if (act) {
    act(window);
    settle(window);
  }
  QImage image(size, QImage::Format_RGB32);
  window.render(&image);
  image.save(file);
  std::printf("%s\n", qPrintable(file));
}

}  // namespace

int main(int argc, char** argv) {
  const QApplication application(argc, argv);
  if (argc != 2) return 2;
  const QString out = QString::fromLocal8Bit(argv[1]);
  const QTemporaryDir folder;
  const QString study = folder.filePath(QStringLiteral("vision-2026.plumb"));
  auto made = test::PlanerStudy::make(study.toStdString());
  made.start_search();
  made.queue({0.4, 0.3});
  for (const Theme theme : {Theme::light, Theme::dark})
    for (const QSize size : {QSize(1280, 800), QSize(1600, 1000), QSize(1920, 1200)})
      picture(study,
              QStringLiteral("%1/planer-%2x%3-%4.png")
                  .arg(out)
                  .arg(size.width())
                  .arg(size.height())
                  .arg(theme == Theme::dark ? QStringLiteral("dark") : QStringLiteral("light")),
              size, theme);
  picture(study, out + QStringLiteral("/planer-compare.png"), {1600, 1000}, Theme::light,
          [](MainWindow& window) {
            PlanerReview* review = window.page<PlanerPage>()->review();
            const auto& strips = review->strips();
            review->select({strips[1].key(), strips[3].key()});
            review->show_other("s2", true);
            window.page<PlanerPage>()->plot();
            review->set_target(0.42);
          });
  const QString empty = folder.filePath(QStringLiteral("empty.plumb"));
  test::PlanerStudy::make(empty.toStdString(), {false, false, false});
  picture(empty, out + QStringLiteral("/planer-no-network.png"), {1280, 800}, Theme::light);
  const QString unmeasured = folder.filePath(QStringLiteral("unmeasured.plumb"));
  test::PlanerStudy::make(unmeasured.toStdString(), {true, false, false});
  picture(unmeasured, out + QStringLiteral("/planer-not-measured.png"), {1280, 800}, Theme::light);
  const QString fresh = folder.filePath(QStringLiteral("fresh.plumb"));
  test::PlanerStudy::make(fresh.toStdString(), {true, true, false});
  picture(fresh, out + QStringLiteral("/planer-no-search.png"), {1280, 800}, Theme::light);
  return 0;
}
