#pragma once
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <filesystem>
#include <memory>

#include "tests/widgets/figure_walk.h"
#include "tests/widgets/synthetic_study.h"
#include "widgets/decision/run_review.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/page.h"
#include "widgets/page/settings.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

namespace plumbline {

inline constexpr int commands_patience = 30'000;

inline QString path_text(const std::filesystem::path& path) { return text_of(path.string()); }

/// What the command that a widget's figure names prints.
inline QJsonObject printed_by(const QStringList& words) {
  QProcess engine;
  engine.start(QString::fromUtf8(PLUMBLINE_ENGINE), words);
  if (!engine.waitForFinished(60'000)) qFatal("the engine does not end");
  if (engine.exitStatus() != QProcess::NormalExit || engine.exitCode() != 0)
    qFatal("%s: %s", qPrintable(words.join(u' ')), engine.readAllStandardError().constData());
  return QJsonDocument::fromJson(engine.readAllStandardOutput()).object();
}

inline QJsonObject printed_for(const char* figure, const FigureSource& source) {
  const auto command = figure_command(*find_figure(figure), source);
  if (!command) qFatal("%s has no command", figure);
  return printed_by(*command);
}

inline bool is_near(double a, double b) { return std::abs(a - b) < 1e-9; }

/// The window on a drawn study with a validation split, beside which commands are run.
class FigureCommandsFixture : public QObject {
  Q_OBJECT

 protected:
  QTemporaryDir directory_;
  std::filesystem::path folder_;
  std::unique_ptr<MainWindow> window_;

  void open(const std::filesystem::path& folder, const char* page) {
    window_ = std::make_unique<MainWindow>(nullptr);
    // No GPU is asked for: times are those of a CPU.
    window_->jobs()->set_engine(QStringLiteral("/bin/false"));
    window_->resize(1600, 1000);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QVERIFY(window_->open_study(path_text(folder)).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr && !window_->review()->busy(),
                             commands_patience);
    window_->show_page(window_->page(QString::fromLatin1(page)));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), commands_patience);
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = directory_.filePath(QStringLiteral("shapes.plumb")).toStdString();
    SyntheticStudy request;
    request.folder = folder_;
    request.samples = 400;
    request.validation_samples = 200;
    QVERIFY(make_study(request).has_value());
    add_times(folder_);
  }
  void cleanup() { window_.reset(); }
};

}  // namespace plumbline
