#pragma once
#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/planer_study.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/page/settings.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/planer_page.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/selected_panel.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/target_slider.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/planer/train_further_dialog.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

namespace plumbline::test {

/// The word behind an option of the job's command line; empty where it is not there.
inline QString option_of(const JobFolder& job, const QString& option) {
  const auto& words = job.command();
  const auto place = std::ranges::find(words, option.toStdString());
  return place == words.end() || place + 1 == words.end() ? QString()
                                                          : QString::fromStdString(place[1]);
}

/// The page in the real window, driven as a user does, and from event streams as an engine writes
/// them.
class PlanerPageFixture : public QObject {
 protected:
  QTemporaryDir directory_;
  int studies_ = 0;
  std::unique_ptr<PlanerStudy> made_;
  std::unique_ptr<MainWindow> window_;
  PlanerPage* page_ = nullptr;

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  TargetSlider* slider() const { return page_->slider(); }
  PlanerReview* review() const { return page_->review(); }

  void make(PlanerStudy::Parts parts = {}) {
    window_.reset();
    const QString folder = directory_.filePath(QStringLiteral("s%1.plumb").arg(++studies_));
    made_ = std::make_unique<PlanerStudy>(PlanerStudy::make(folder.toStdString(), parts));
  }
  /// `running`: a job searches for 0.5, so that nothing else of the queue is started.
  void open(bool running = true, Access access = Access::read_write) {
    if (running) made_->start_search();
    window_ = std::make_unique<MainWindow>(nullptr);
    // Commands are queued, never started: something that ends at once.
    window_->jobs()->set_engine(QStringLiteral("/bin/true"));
    window_->resize(1600, 1000);
    const auto opened =
        window_->open_study(QString::fromStdString(made_->study.folder().string()), access);
    if (!opened) qFatal("%s", to_string(opened.error()).c_str());
    page_ = window_->page<PlanerPage>();
    window_->show_page(page_);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    settle();
  }
  void settle() { QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 5000); }
  QPoint handle() const { return {qRound(slider()->handle_x()), 18}; }
  std::vector<std::string> queued_targets() const {
    std::vector<std::string> targets;
    for (const JobFolder& job : window_->jobs()->jobs())
      if (job.state() == JobState::queued)
        targets.push_back(option_of(job, QStringLiteral("--target")).toStdString());
    return targets;
  }
  std::size_t found_count() const {
    return static_cast<std::size_t>(std::ranges::count(
        review()->curve()->entries, PlanerEntry::Role::found, &PlanerEntry::role));
  }
  QStringList labels() const {
    QStringList words;
    const auto* plot = page_->plot()->plot();
    for (int i = 0; i < plot->itemCount(); ++i)
      if (const auto* label = qobject_cast<PlotLabel*>(plot->item(i))) words << label->text();
    return words;
  }
  void close() {
    window_.reset();
    made_.reset();
  }
};

}  // namespace plumbline::test
