#include <QDialogButtonBox>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/jobs/work_locks.h"
#include "tests/widgets/managed_study_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/study/study_tree.h"
#include "widgets/window/banner.h"

using namespace plumbline;

/// Networks and searches in the study's tree: renamed and removed with what depends on them.
class TestManagedNetworks : public ManagedStudyFixture {
  Q_OBJECT

 private:
  /// A network "base" with a file, a search "s" from it, and "found", which that has found. Returns
  /// the file.
  std::filesystem::path add_search_and_networks() const {
    const std::filesystem::path weights =
        std::filesystem::path(folder_.toStdString()) / "networks/base.safetensors";
    Study writer = had(Study::open(folder_.toStdString(), Access::read_write));
    NetworkInfo network;
    network.name = "base";
    network.config = had(load_backbone_config("tiny"));
    network.architecture = baseline_architecture(network.config);
    network.file = "networks/base.safetensors";
    network.training = {{"steps", 300}};
    if (!writer.add_network(network)) qFatal("no network");
    std::filesystem::create_directories(weights.parent_path());
    std::ofstream(weights, std::ios::binary) << std::string(1'500'000, 'x');
    SearchInfo search;
    search.name = "s";
    search.base = "base";
    search.config = network.config;
    search.key = {"CPU test", 1, 64, 64, "fp32"};
    search.text = {"/texts/a.txt", "0123456789abcdef", "bytes", 0.9, 0.05};
    search.targets = {0.5};
    search.settings = {{"steps", 200}};
    if (!writer.add_search(search)) qFatal("no search");
    network.name = "found";
    network.origin = NetworkOrigin::found;
    network.file = "networks/found.safetensors";
    network.base = "base";
    network.search = "s";
    network.target = 0.5;
    if (!writer.add_network(network)) qFatal("no network");
    return weights;
  }

 private Q_SLOTS:
  void f2_renames_a_network_and_its_search_follows() {
    const std::filesystem::path weights = add_search_and_networks();
    window_->reload_study();
    QTRY_VERIFY_WITH_TIMEOUT(row("base", "Networks").isValid(), study_patience);
    choose(row("base", "Networks"));
    const auto rename_to = [&](const char* name) {
      QTest::keyClick(tree(), Qt::Key_F2);
      if (!QTest::qWaitFor([&] { return dialog_named("rename_dialog") != nullptr; })) return false;
      QDialog* ask = dialog_named("rename_dialog");
      if (ask->windowTitle() != QStringLiteral("Rename the network base")) return false;
      ask->findChild<QLineEdit*>(QStringLiteral("new_name"))->setText(QLatin1String(name));
      QTest::mouseClick(ask->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok),
                        Qt::LeftButton);
      return QTest::qWaitFor([&] { return dialog_named("rename_dialog") == nullptr; });
    };
    {
      // A job at work on the search that began from it keeps the name.
      const auto locks = had(lock_works(folder_.toStdString(), {"search s"}));
      QVERIFY(rename_to("first"));
      QTRY_VERIFY_WITH_TIMEOUT(
          window_->banner()->text().contains(QStringLiteral("a job is working on it: search s")),
          study_patience);
      QVERIFY(study().network("base").has_value());
    }
    // A failure stays in sight until it is dismissed.
    QTest::mouseClick(window_->banner()->findChild<QWidget*>(QStringLiteral("banner_close")),
                      Qt::LeftButton);
    window_->activateWindow();
    QTRY_VERIFY(window_->isActiveWindow());
    choose(row("base", "Networks"));
    QVERIFY(rename_to("first"));
    QTRY_VERIFY_WITH_TIMEOUT(row("first", "Networks").isValid(), study_patience);
    QVERIFY(!row("base", "Networks").isValid());
    QTRY_COMPARE(window_->banner()->text(),
                 QStringLiteral("Renamed the network base: it is now called first"));
    QCOMPARE(had(study().search("s")).base, std::string("first"));
    QCOMPARE(had(study().network("found")).base, std::string("first"));
    QVERIFY(!std::filesystem::exists(weights));
    QCOMPARE(std::filesystem::file_size(weights.parent_path() / "first.safetensors"),
             std::uintmax_t{1'500'000});
  }

  void a_network_goes_with_the_searches_from_it() {
    const std::filesystem::path weights = add_search_and_networks();
    window_->reload_study();
    auto* view = window_->findChild<StudyTree*>();
    QCOMPARE(view->tasks_of({StudyItemKind::network, QStringLiteral("base"), {}}),
             (std::vector{StudyTask::rename, StudyTask::remove, StudyTask::show_files,
                          StudyTask::show_usage}));
    QTRY_VERIFY_WITH_TIMEOUT(row("base", "Networks").isValid(), study_patience);
    choose(row("base", "Networks"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    auto* question = qobject_cast<QMessageBox*>(dialog_named("remove_question"));
    QCOMPARE(question->text(), QStringLiteral("Remove the network base?"));
    QCOMPARE(question->informativeText(),
             QStringLiteral("With it go: the search s; 1.5 MB.\nNetworks that came from it are "
                            "kept: found.\nThis cannot be undone."));
    QTest::mouseClick(question->findChild<QPushButton*>(QStringLiteral("remove_it")),
                      Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!row("base", "Networks").isValid(), study_patience);
    QVERIFY(!row("s", "Searches").isValid());
    QVERIFY(!study().network("base") && !study().search("s"));
    QVERIFY(had(study().network("found")).base.empty());
    QVERIFY(!std::filesystem::exists(weights));
    QTRY_COMPARE(window_->banner()->text(), QStringLiteral("Removed the network base"));
  }
};

int test_managed_networks(int argc, char** argv) {
  return run_with_window_manager<TestManagedNetworks>(argc, argv);
}

#include "test_managed_networks.moc"
