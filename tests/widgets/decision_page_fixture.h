#pragma once
#include <QLabel>
#include <QObject>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/study/decide_run.h"
#include "tests/widgets/synthetic_study.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/page/settings.h"
#include "widgets/style/colours.h"
#include "widgets/window/main_window.h"

namespace plumbline {

/// The Decision page in the real window, on a drawn study with a validation split; opened anew for
/// each test.
class DecisionPageFixture : public QObject {
  Q_OBJECT

 protected:
  static constexpr std::int64_t shown_samples = 900, held_samples = 500;

  QTemporaryDir directory_, other_directory_;
  std::filesystem::path folder_, alone_;
  std::unique_ptr<MainWindow> window_;
  DecisionPage* page_ = nullptr;

  RunReview& review() const { return *window_->review(); }
  DecisionAnalysis& analysis() const { return *page_->analysis(); }

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }

  static std::filesystem::path make(const QTemporaryDir& directory, std::int64_t validation) {
    SyntheticStudy request;
    request.folder = directory.filePath("shapes.plumb").toStdString();
    request.samples = shown_samples;
    request.validation_samples = validation;
    if (validation > 0) request.conditions = {"noise=4", "noise=8", "blur=1"};
    if (const auto made = make_study(request); !made) qFatal("%s", to_string(made.error()).c_str());
    return request.folder;
  }

  void open(const std::filesystem::path& folder) {
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1600, 1000);
    page_ = window_->page<DecisionPage>();
    QSignalSpy opened(window_.get(), &MainWindow::run_opened);
    QVERIFY(window_->open_study(QString::fromStdString(folder.string())).has_value());
    QVERIFY(window_->go({.page = QStringLiteral("decision")}).has_value());
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    if (opened.isEmpty()) QVERIFY(opened.wait(20000));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
  }

  /// What core/ says of a policy on the identity voters, without any widget.
  Decisions decide_alone(const std::string& policy, const std::string& split = "test",
                         std::vector<std::size_t> voters = {0, 3, 6, 9}) const {
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const RunVotes votes = *load_votes(study, run, split);
    return *decide_run(study, run, split, votes, voters,
                       *bind(*parse_policy(policy, voters.size())));
  }

  QString cell(const char* metric, FigureModel::Column column) const {
    const int row = page_->figures()->row_of(metric);
    return page_->figures()->index(row, column).data().toString();
  }
  bool is_faded(const char* metric, FigureModel::Column column) const {
    const int row = page_->figures()->row_of(metric);
    return page_->figures()->index(row, column).data(Qt::ForegroundRole).value<QColor>() ==
           colours().disabled_text;
  }

  static void click(QWidget* widget, QPointF at) {
    QTest::mouseClick(widget, Qt::LeftButton, {}, at.toPoint());
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = make(directory_, held_samples);
    alone_ = make(other_directory_, 0);
  }
  void init() { open(folder_); }
  void cleanup() { window_.reset(); }
};

}  // namespace plumbline
