#pragma once
#include <QApplication>
#include <QDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QObject>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include <memory>
#include <string>
#include <utility>

#include "tests/widgets/synthetic_study.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/settings.h"
#include "widgets/window/main_window.h"

namespace plumbline {

/// A drawn study with the run r1 and the decision sure, opened anew in the real window for each
/// test.
class ManagedStudyFixture : public QObject {
  Q_OBJECT

 protected:
  static constexpr int study_patience = 20'000;

  template <class T>
  static T had(Result<T> result) {
    if (!result) qFatal("%s", to_string(result.error()).c_str());
    return std::move(*result);
  }

  std::unique_ptr<QTemporaryDir> directory_;
  QString folder_;
  std::unique_ptr<MainWindow> window_;

  template <class T>
  T* dialog() const {
    for (QWidget* widget : QApplication::topLevelWidgets())
      if (auto* found = qobject_cast<T*>(widget); found != nullptr && found->isVisible())
        return found;
    return nullptr;
  }
  QDialog* dialog_named(const char* name) const {
    for (QWidget* widget : QApplication::topLevelWidgets())
      if (widget->objectName() == QLatin1String(name) && widget->isVisible())
        return qobject_cast<QDialog*>(widget);
    return nullptr;
  }
  QMenu* menu_named(const char* name) const {
    for (QWidget* widget : QApplication::topLevelWidgets())
      if (widget->objectName() == QLatin1String(name) && widget->isVisible())
        return qobject_cast<QMenu*>(widget);
    return nullptr;
  }
  QTreeView* tree() const { return window_->findChild<QTreeView*>(QStringLiteral("study_tree")); }
  QModelIndex row(const QString& name, const QString& below) const {
    const auto found = tree()->model()->match(tree()->model()->index(0, 0), Qt::DisplayRole, name,
                                              -1, Qt::MatchExactly | Qt::MatchRecursive);
    for (const QModelIndex& index : found)
      if (index.parent().data().toString() == below) return index;
    return {};
  }
  Study study() const { return had(Study::open(folder_.toStdString(), Access::read_only)); }
  FailuresPage* failures() const { return window_->page<FailuresPage>(); }
  std::unique_ptr<MainWindow> open_window(Access access = Access::read_write) const {
    auto window = std::make_unique<MainWindow>(nullptr);
    window->jobs()->set_engine(QStringLiteral("/bin/false"));
    window->resize(1280, 800);
    QSignalSpy opened(window.get(), &MainWindow::run_opened);
    if (!window->open_study(folder_, access)) qFatal("the study cannot be opened");
    window->show();
    if (!QTest::qWaitForWindowExposed(window.get())) qFatal("no window");
    window->activateWindow();
    if (opened.isEmpty() && !opened.wait(study_patience)) qFatal("no run");
    return window;
  }
  void choose(const QModelIndex& index) {
    QVERIFY(index.isValid());
    tree()->setFocus();
    tree()->setCurrentIndex(index);
  }
  StoredDecision decision_of(const std::string& run) const {
    StoredDecision decision;
    decision.name = "sure";
    decision.run = run;
    const RunInfo info = had(study().run(run));
    decision.voters = {info.voters[0], info.voters[3]};
    decision.policy = had(bind(had(parse_policy("polygraph(thr_freq=2)", 2))));
    return decision;
  }

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    folder_ = directory_->filePath(QStringLiteral("shapes.plumb"));
    SyntheticStudy request;
    request.folder = folder_.toStdString();
    request.samples = 120;
    const auto made = make_study(request);
    if (!made) qFatal("%s", to_string(made.error()).c_str());
    Study writable = had(Study::open(request.folder, Access::read_write));
    QVERIFY(writable.save_decision(decision_of("r1")).has_value());
    window_ = open_window();
  }

  void cleanup() {
    window_.reset();
    directory_.reset();
  }
};

/// A bare X server has no window manager, which alone gives a window back its keys after a dialog.
template <class Tests>
int run_with_window_manager(int argc, char** argv) {
  if (QGuiApplication::platformName() == QStringLiteral("xcb")) {
    qInfo("%s: left out without a window manager", Tests::staticMetaObject.className());
    return 0;
  }
  Tests tests;
  return QTest::qExec(&tests, argc, argv);
}

}  // namespace plumbline
