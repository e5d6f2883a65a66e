#include <QAbstractButton>
#include <QComboBox>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <QUndoStack>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/jobs/job.h"
#include "core/jobs/work_locks.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/bars/search_combo.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/cell_painter.h"
#include "widgets/gallery/dataset_browser.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_list.h"
#include "widgets/page/settings.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/style/colours.h"
#include "widgets/text/text_of.h"
#include "widgets/window/banner.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

constexpr int study_patience = 20'000;
constexpr int two_seconds = 2'000;

template <class T>
T had(Result<T> result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
  return std::move(*result);
}

/// Takes what would be handed to the desktop's file manager.
class OpenedUrls : public QObject {
  Q_OBJECT
 public:
  OpenedUrls() { QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "take"); }
  ~OpenedUrls() override { QDesktopServices::unsetUrlHandler(QStringLiteral("file")); }
  QList<QUrl> urls;

 public Q_SLOTS:
  void take(const QUrl& url) { urls << url; }
};

}  // namespace

/// What a user does to a study's own things in the driven window: by menu, by key, and from a
/// second window.
class TestManagedStudy : public QObject {
  Q_OBJECT

 private:
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

  void f2_renames_a_run_wherever_it_is_named() {
    choose(row("r1", "Runs"));
    QTest::keyClick(tree(), Qt::Key_F2);
    QTRY_VERIFY(dialog_named("rename_dialog") != nullptr);
    QDialog* ask = dialog_named("rename_dialog");
    auto* name = ask->findChild<QLineEdit*>(QStringLiteral("new_name"));
    auto* ok = ask->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    QCOMPARE(name->text(), QStringLiteral("r1"));
    QVERIFY(!ok->isEnabled());  // it is its name already
    name->setText(QStringLiteral("a/b"));
    QVERIFY(!ok->isEnabled());
    QVERIFY(!ask->findChild<QLabel*>(QStringLiteral("rename_obstacle"))->text().isEmpty());
    name->setText(QStringLiteral("first"));
    QTest::mouseClick(ok, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(row("first", "Runs").isValid(), study_patience);
    QVERIFY(!row("r1", "Runs").isValid());
    QVERIFY(!study().run("r1"));
    QCOMPARE(had(study().decision("sure")).run, std::string("first"));
    // What is under review goes by the new name.
    QTRY_VERIFY_WITH_TIMEOUT(
        window_->review() != nullptr && window_->review()->run().info.name == "first",
        study_patience);
    QVERIFY(window_->banner()->text().contains(QStringLiteral("first")));
  }

  void a_name_that_is_taken_is_said_in_full() {
    choose(row("good", "Models"));
    QTest::keyClick(tree(), Qt::Key_F2);
    QTRY_VERIFY(dialog_named("rename_dialog") != nullptr);
    QDialog* ask = dialog_named("rename_dialog");
    ask->findChild<QLineEdit*>(QStringLiteral("new_name"))->setText(QStringLiteral("fair"));
    QTest::mouseClick(ask->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok),
                      Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!window_->banner()->text().isEmpty(), study_patience);
    QVERIFY(window_->banner()->tone() == Banner::Tone::failed);
    QVERIFY(window_->banner()->text().contains(QStringLiteral("there is a model 'fair' already")));
    QVERIFY(row("good", "Models").isValid());
    // It stays until it is dismissed.
    QTest::mouseClick(window_->findChild<QToolButton*>(QStringLiteral("banner_close")),
                      Qt::LeftButton);
    QVERIFY(window_->banner()->isHidden());
  }

  void delete_names_what_goes_and_removes_it() {
    choose(row("strong", "Models"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    auto* question = qobject_cast<QMessageBox*>(dialog_named("remove_question"));
    QVERIFY(question->text().contains(QStringLiteral("the model strong")));
    for (const char* goes : {"the run r1", "the decision sure", "360 predictions"})
      QVERIFY2(question->informativeText().contains(QLatin1String(goes)),
               qPrintable(question->informativeText()));
    // No: everything stays.
    QTest::keyClick(question, Qt::Key_Escape);
    QTRY_VERIFY(dialog_named("remove_question") == nullptr);
    QVERIFY(study().run("r1").has_value());
    window_->activateWindow();
    QTRY_VERIFY(window_->isActiveWindow());
    choose(row("strong", "Models"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    auto* yes =
        dialog_named("remove_question")->findChild<QPushButton*>(QStringLiteral("remove_it"));
    QTest::mouseClick(yes, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!row("strong", "Models").isValid(), study_patience);
    QVERIFY(!study().run("r1") && !study().model("strong"));
    // The run was under review: it is left, and the gallery says what is next.
    QTRY_VERIFY(window_->review() == nullptr);
    QVERIFY(failures()->gallery()->notice().contains(QStringLiteral("Run models on a data set")));
    QCOMPARE(window_->banner()->text(), QStringLiteral("Removed the model strong"));
  }

  void a_decision_is_renamed_and_removed() {
    choose(row("sure", "Decisions"));
    QTest::keyClick(tree(), Qt::Key_F2);
    QTRY_VERIFY(dialog_named("rename_dialog") != nullptr);
    QDialog* ask = dialog_named("rename_dialog");
    ask->findChild<QLineEdit*>(QStringLiteral("new_name"))->setText(QStringLiteral("surer"));
    QTest::mouseClick(ask->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok),
                      Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(row("surer", "Decisions").isValid(), study_patience);
    QCOMPARE(to_string(had(study().decision("surer")).policy.policy),
             to_string(decision_of("r1").policy.policy));
    window_->activateWindow();
    QTRY_VERIFY(window_->isActiveWindow());
    choose(row("surer", "Decisions"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    QTest::mouseClick(
        dialog_named("remove_question")->findChild<QPushButton*>(QStringLiteral("remove_it")),
        Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(had(study().decisions()).empty(), study_patience);
    QVERIFY(window_->review() != nullptr);
  }

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
          window_->banner()->text().contains(QStringLiteral("a job is at work on it: search s")),
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

  void what_a_job_works_on_is_not_removed() {
    const auto locks = had(lock_works(folder_.toStdString(), {"run r1"}));
    choose(row("r1", "Runs"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    QTest::mouseClick(
        dialog_named("remove_question")->findChild<QPushButton*>(QStringLiteral("remove_it")),
        Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(
        window_->banner()->text().contains(QStringLiteral("a job is at work on it: run r1")),
        study_patience);
    QVERIFY(study().run("r1").has_value());
    QVERIFY(window_->review() != nullptr);
  }

  void menus_offer_what_can_be_done() {
    const auto words = [&](const QModelIndex& index) {
      choose(index);
      Q_EMIT tree()->customContextMenuRequested(tree()->visualRect(index).center());
      QMenu* menu = menu_named("tree_menu");
      QStringList found;
      if (menu == nullptr) return found;
      for (const QAction* action : menu->actions())
        if (!action->isSeparator()) found << action->text();
      menu->close();
      return found;
    };
    QCOMPARE(words(row("shapes", "Data sets")),
             (QStringList{"Browse images", "Rename…", "Remove…", "Show files", "Used by…"}));
    QCOMPARE(words(row("test", "shapes")), QStringList{"Browse images"});
    QCOMPARE(words(row("fair", "Models")),
             (QStringList{"Rename…", "Remove…", "Show files", "Show card", "Used by…"}));
    QCOMPARE(words(row("r1", "Runs")),
             (QStringList{"Open", "Rename…", "Remove…", "Show files", "Used by…"}));
    QCOMPARE(words(row("sure", "Decisions")), (QStringList{"Open", "Rename…", "Remove…"}));
  }

  void card_use_and_files_are_shown() {
    auto* view = window_->findChild<StudyTree*>();
    Q_EMIT view->task_wanted(StudyTask::show_card, {StudyItemKind::model, "fair", {}});
    QTRY_VERIFY(dialog_named("card_dialog") != nullptr);
    QVERIFY(dialog_named("card_dialog")
                ->findChild<QPlainTextEdit*>()
                ->toPlainText()
                .contains(QStringLiteral("\"colour_order\":\"RGB\"")));
    dialog_named("card_dialog")->close();
    Q_EMIT view->task_wanted(StudyTask::show_usage, {StudyItemKind::model, "fair", {}});
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("usage_box") != nullptr, study_patience);
    QVERIFY(qobject_cast<QMessageBox*>(dialog_named("usage_box"))
                ->informativeText()
                .contains(QStringLiteral("the run r1")));
    dialog_named("usage_box")->close();
    OpenedUrls opened;
    Q_EMIT view->task_wanted(StudyTask::show_files, {StudyItemKind::dataset, "shapes", {}});
    QCOMPARE(opened.urls, QList<QUrl>{QUrl::fromLocalFile(directory_->path())});
    // A model's file that is not there is named.
    Q_EMIT view->task_wanted(StudyTask::show_files, {StudyItemKind::model, "fair", {}});
    QVERIFY(window_->banner()->text().contains(QStringLiteral("/models/fair.pt does not exist")));
    QCOMPARE(opened.urls.size(), 1);
  }

  void a_data_set_is_browsed_without_a_run() {
    auto* view = window_->findChild<StudyTree*>();
    Q_EMIT view->task_wanted(StudyTask::browse, {StudyItemKind::split, "shapes", "test"});
    auto* browser = dialog<DatasetBrowser>();
    QVERIFY(browser != nullptr);
    QTRY_COMPARE_WITH_TIMEOUT(browser->content().size(), std::size_t{120}, study_patience);
    QTRY_VERIFY_WITH_TIMEOUT(browser->gallery()->complete(), study_patience);
    auto* combo = browser->findChild<QComboBox*>(QStringLiteral("browsed_class"));
    QCOMPARE(combo->count(), 11);
    combo->setCurrentIndex(combo->findText(QStringLiteral("frog")));
    Q_EMIT combo->activated(combo->currentIndex());
    const auto labels = had(study().labels(had(study().dataset("shapes")).id, "test"));
    const auto frogs = std::ranges::count(labels, ClassIndex{6});
    QCOMPARE(static_cast<std::ptrdiff_t>(browser->content().size()), frogs);
    QCOMPARE(browser->findChild<QLabel*>(QStringLiteral("browsed_count"))->text(),
             QStringLiteral("%1 of 120").arg(frogs));
    for (std::size_t i = 0; i < browser->content().size(); ++i)
      QCOMPARE(browser->content().cell(i).predicted, QStringLiteral("frog"));
    combo->setCurrentIndex(0);
    Q_EMIT combo->activated(0);
    QTest::keyClicks(browser->findChild<QLineEdit*>(QStringLiteral("browsed_text")), "11");
    QCOMPARE(browser->content().size(), std::size_t{11});  // 11 and 110 to 119
    browser->close();
  }

  void a_read_only_study_offers_no_writing() {
    const auto reader = open_window(Access::read_only);
    auto* view = reader->findChild<StudyTree*>();
    for (const StudyTask task : view->tasks_of({StudyItemKind::run, "r1", {}}))
      QVERIFY(task != StudyTask::rename && task != StudyTask::remove);
    const QString reason = QStringLiteral("The study can only be read.");
    for (const char* name :
         {"import-dataset", "import-model", "import-predictions", "train", "import-language-model",
          "train-language-model", "pause-job", "cancel-job", "clear-jobs"}) {
      const auto* action = reader->findChild<QAction*>(QLatin1String(name));
      QVERIFY2(action != nullptr && !action->isEnabled(), name);
      QCOMPARE(action->toolTip(), reason);
    }
    // A report goes to a file that its user names.
    QVERIFY(reader->findChild<QAction*>(QStringLiteral("export-report"))->isEnabled());
    QCOMPARE(reader->page<RunsPage>()->obstacle(), reason);
    QVERIFY(!reader->remarks()->writable());
    auto* page = reader->page<FailuresPage>();
    QTRY_VERIFY_WITH_TIMEOUT(reader->settled(), study_patience);
    for (const char* name : {"add_model", "train_members", "save_decision", "train_network_button",
                             "import_network_button"}) {
      const auto* button = reader->findChild<QPushButton*>(QLatin1String(name));
      QVERIFY2(button != nullptr && !button->isEnabled(), name);
      QCOMPARE(button->toolTip(), reason);
    }
    QTest::keyClick(page->gallery(), Qt::Key_T);
    QVERIFY(page->gallery()->hasFocus() || !reader->isActiveWindow());
    for (auto* field : page->inspector()->findChildren<QLineEdit*>(QStringLiteral("add_tag"))) {
      QVERIFY(!field->isEnabled());
      QCOMPARE(field->toolTip(), reason);
    }
    QVERIFY(reader->banner()->text().contains(QStringLiteral("can only be read")));
    // A link to a command that is not offered says why.
    reader->banner()->dismiss();
    Q_EMIT reader->page<RunsPage>()->link_followed(CommandName{QStringLiteral("train")});
    QCOMPARE(reader->banner()->text(), reason);
    Q_EMIT page->gallery()->notice_link(QStringLiteral("do:all-verdicts"));
    QTRY_VERIFY_WITH_TIMEOUT(reader->settled() && page->gallery()->complete(), study_patience);
    page->gallery()->set_current(0);
    Q_EMIT page->gallery()->customContextMenuRequested(QPoint(20, 20));
    QMenu* menu = menu_named("gallery_menu");
    QVERIFY(menu != nullptr);
    int withheld = 0;
    for (const QAction* action : menu->actions())
      if (!action->isEnabled() && !action->isSeparator()) {
        QCOMPARE(action->toolTip(), reason);
        ++withheld;
      }
    QCOMPARE(withheld, 3);  // a tag, a note, clearing both
    menu->close();
    const auto refused = reader->jobs()->submit("run", {}, RunWork{"r", "shapes", {"test"}, {}});
    QVERIFY(!refused && refused.error().message.find("reading only") != std::string::npos);
  }

  void two_windows_see_each_other_within_two_seconds() {
    const auto other = open_window();
    const ItemRef item(7);
    QElapsedTimer timer;
    timer.start();
    window_->remarks()->tag({item}, QStringLiteral("odd"), true);
    window_->remarks()->note(item, QStringLiteral("ask"));
    QTRY_VERIFY_WITH_TIMEOUT(other->remarks()->tags_of(item) == QStringList{"odd"} &&
                                 other->remarks()->note_of(item) == QStringLiteral("ask"),
                             two_seconds);
    // What the command line does, and another window's run and import.
    {
      Study writer = had(Study::open(folder_.toStdString(), Access::read_write));
      QVERIFY(writer.rename_entry(StudyEntry::model, "weak", "weakest").has_value());
      RunInfo further = had(writer.run("r1"));
      further.name = "r2";
      further.voters = {further.voters[0]};
      QVERIFY(writer.add_run(further).has_value());
    }
    for (MainWindow* window : {window_.get(), other.get()}) {
      const auto has = [window](const char* name) {
        const auto* items = window->findChild<QTreeView*>(QStringLiteral("study_tree"))->model();
        return !items
                    ->match(items->index(0, 0), Qt::DisplayRole, QLatin1String(name), 1,
                            Qt::MatchExactly | Qt::MatchRecursive)
                    .isEmpty();
      };
      QTRY_VERIFY_WITH_TIMEOUT(has("weakest") && has("r2") && !has("weak"), two_seconds);
    }
    // A run that is removed elsewhere is left.
    const auto removed = had(Study::open(folder_.toStdString(), Access::read_write))
                             .remove_entry(StudyEntry::run, "r1");
    QVERIFY(removed.has_value());
    QTRY_VERIFY_WITH_TIMEOUT(other->review() == nullptr || other->review()->run().info.name != "r1",
                             two_seconds);
  }

  void a_failed_import_is_said_and_asked_for_again() {
    // As an engine leaves it.
    const QStringList words{"import",   "dataset",      folder_,    "--name",           "more",
                            "--format", "image-folder", "--images", directory_->path(), "--split",
                            "held",     "--divide",     "spare=0.3"};
    std::vector<std::string> command;
    for (const QString& word : words) command.push_back(word.toStdString());
    const auto id = had(describe_job(
        folder_.toStdString(),
        {"import", command,
         ImportWork{ImportWork::What::dataset, "more", directory_->path().toStdString()}}));
    {
      auto job = had(Job::begin({folder_.toStdString(), "import", command, false, true, id}));
      window_->jobs()->refresh();
      job.failed({ErrorKind::bad_input, "the folder has no sub-folder with images", "",
                  "each class is one sub-folder; nothing was added"});
    }
    QTRY_VERIFY_WITH_TIMEOUT(window_->banner()->tone() == Banner::Tone::failed, study_patience);
    const QString said = window_->banner()->text();
    QVERIFY2(said.contains(QStringLiteral("Import data set more")) &&
                 said.contains(QStringLiteral("the folder has no sub-folder with images")) &&
                 said.contains(QStringLiteral("nothing was added")),
             qPrintable(said));
    // In the list it is red.
    const auto* jobs = window_->findChild<QTableView*>(QStringLiteral("jobs_table"))->model();
    QCOMPARE(jobs->index(0, 6).data().toString(), QStringLiteral("failed"));
    QCOMPARE(jobs->index(0, 6).data(Qt::ForegroundRole).value<QColor>(), colours().failure);
    QToolButton* again = nullptr;
    for (auto* button : window_->banner()->findChildren<QToolButton*>())
      if (button->text() == QStringLiteral("Again…")) again = button;
    QVERIFY(again != nullptr);
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_VERIFY(dialog<ImportDatasetDialog>() != nullptr);
    auto* form = dialog<ImportDatasetDialog>();
    QCOMPARE(form->command(), words);
    form->reject();
    QTRY_VERIFY(dialog<ImportDatasetDialog>() == nullptr);
    // The list of jobs offers the same.
    auto* in_list = window_->findChild<QToolButton*>(QStringLiteral("job_again"));
    QVERIFY(in_list != nullptr);
    QTest::mouseClick(in_list, Qt::LeftButton);
    QTRY_VERIFY(dialog<ImportDatasetDialog>() != nullptr);
    QCOMPARE(dialog<ImportDatasetDialog>()->command(), words);
    dialog<ImportDatasetDialog>()->reject();
  }

  void what_is_cancelled_is_said_once() {
    const RunWork work{"r9", "shapes", {"test"}, {}};
    const auto id = had(describe_job(folder_.toStdString(), {"run", {"run"}, work}));
    {
      auto job = had(Job::begin({folder_.toStdString(), "run", {"run"}, false, true, id}));
      window_->jobs()->refresh();
      job.failed(cancelled_error("go on with --resume"));
    }
    QTRY_VERIFY_WITH_TIMEOUT(window_->banner()->text().contains(QStringLiteral("cancelled")),
                             study_patience);
    for (const QString& said : {window_->banner()->text(), window_->jobs()->log_text(id),
                                window_->findChild<QTableView*>(QStringLiteral("jobs_table"))
                                    ->model()
                                    ->index(0, 1)
                                    .data()
                                    .toString()}) {
      QVERIFY2(said.count(QStringLiteral("cancelled")) <= 1, qPrintable(said));
      QVERIFY2(!said.contains(QStringLiteral("--resume")), qPrintable(said));
      QVERIFY2(said.contains(QStringLiteral("what was finished is kept")), qPrintable(said));
    }
  }

  void names_come_from_what_they_name() {
    QDir(directory_->path()).mkpath(QStringLiteral("pets/cats"));
    ImportDatasetDialog form(folder_, {}, nullptr);
    auto* images = form.findChild<QLineEdit*>(QStringLiteral("import_images"));
    auto* name = form.findChild<QLineEdit*>(QStringLiteral("import_name"));
    for (const QChar letter : directory_->filePath("pets/cats")) images->insert(QString(letter));
    QCOMPARE(name->text(), QStringLiteral("cats"));
    images->setText(directory_->filePath("pets/"));
    QCOMPARE(name->text(), QStringLiteral("pets"));
    name->setText(QStringLiteral("mine"));
    images->setText(directory_->filePath("pets/cats"));
    QCOMPARE(name->text(), QStringLiteral("mine"));
  }

  void thumbnails_show_tags_and_notes() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    GalleryView* gallery = failures()->gallery();
    Q_EMIT gallery->notice_link(QStringLiteral("do:all-verdicts"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && gallery->complete(), study_patience);
    gallery->set_current(0);  // in view
    const ItemRef item = failures()->content().item(0);
    const auto marked = [&] {
      const QImage picture = gallery->viewport()->grab().toImage();
      const QRect frame = gallery->grid().frame_of(gallery->cell_rect(0));
      int accent = 0;
      for (int y = frame.top(); y < frame.top() + 16; ++y)
        for (int x = frame.right() - 31; x <= frame.right(); ++x)
          accent += picture.pixelColor(x, y) == colours().accent;
      return accent;
    };
    QCOMPARE(marked(), 0);
    window_->remarks()->tag({item}, QStringLiteral("odd"), true);
    QTRY_VERIFY2(marked() > 100, qPrintable(QString::number(marked())));
    const int tag = marked();
    window_->remarks()->note(item, QStringLiteral("look"));
    QVERIFY(marked() > tag + 100);
    // Delete takes them off, and it can be undone.
    gallery->set_current(0);
    gallery->setFocus();
    QTest::keyClick(gallery, Qt::Key_Delete);
    QVERIFY(window_->remarks()->tags_of(item).isEmpty());
    QVERIFY(window_->remarks()->note_of(item).isEmpty());
    QCOMPARE(marked(), 0);
    window_->undo_stack()->undo();
    QCOMPARE(window_->remarks()->tags_of(item), QStringList{"odd"});
    QCOMPARE(window_->remarks()->note_of(item), QStringLiteral("look"));
  }

  void filters_are_cleared_by_a_button_that_is_always_there() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    auto* clear = window_->findChild<QToolButton*>(QStringLiteral("clear_filters"));
    QVERIFY(clear->isVisible() && !clear->isEnabled());
    const auto all = failures()->content().size();
    auto* truth = window_->findChild<QComboBox*>(QStringLiteral("true_class"));
    truth->setCurrentIndex(3);
    Q_EMIT truth->activated(3);
    QVERIFY(clear->isEnabled());
    QVERIFY(failures()->content().size() < all);
    QTest::mouseClick(clear, Qt::LeftButton);
    QCOMPARE(failures()->content().size(), all);
    QCOMPARE(truth->currentIndex(), 0);
    QVERIFY(clear->isVisible() && !clear->isEnabled());
  }

  void a_thousand_classes_are_searched_and_counted() {
    SearchCombo combo;
    for (int i = 0; i < 1000; ++i) combo.addItem(QStringLiteral("class %1").arg(i));
    combo.set_counts([] {
      std::vector<std::int64_t> counts(1000);
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::int64_t>(7 * i);
      return counts;
    });
    combo.show();
    QSignalSpy activated(&combo, &QComboBox::activated);
    combo.showPopup();
    auto* text = combo.findChild<QLineEdit*>(QStringLiteral("search_text"));
    auto* list = combo.findChild<QListView*>(QStringLiteral("search_list"));
    QVERIFY(text->isVisible());
    QTest::keyClicks(text, "ss 77");
    QCOMPARE(list->model()->rowCount(), 11);  // 77 and 770 to 779
    QTest::keyClick(text, Qt::Key_Down);
    QTest::keyClick(text, Qt::Key_Return);
    QCOMPARE(combo.currentText(), QStringLiteral("class 770"));
    QCOMPARE(activated.size(), 1);
    QVERIFY(!text->isVisible());
    combo.showPopup();
    QTest::keyClicks(text, "no such class");
    QCOMPARE(list->model()->rowCount(), 0);
    QVERIFY(combo.findChild<QLabel*>(QStringLiteral("search_nothing"))->isVisible());
    QTest::keyClick(text, Qt::Key_Escape);
    QCOMPARE(combo.currentText(), QStringLiteral("class 770"));
    // The counts of a run's classes are those of the chosen verdicts.
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), study_patience);
    const auto counts = failures()->content().truth_counts();
    QCOMPARE(counts.size(), std::size_t{11});
    QCOMPARE(counts[0], static_cast<std::int64_t>(failures()->content().size()));
    std::int64_t birds = 0;
    for (std::size_t i = 0; i < failures()->content().size(); ++i)
      birds += window_->review()->votes().labels[failures()->content().item(i).sample()] == 2;
    QCOMPARE(counts[3], birds);
  }

  void the_tree_keeps_its_place() {
    choose(row("fair", "Models"));
    tree()->collapse(row("Runs", ""));
    window_->reload_study();
    QCOMPARE(tree()->currentIndex().data().toString(), QStringLiteral("fair"));
    choose(row("fair", "Models"));
    QVERIFY(!tree()->isExpanded(row("Runs", "")));
    QVERIFY(tree()->isExpanded(row("Models", "")));
  }

  void several_dropped_files_are_asked_for_or_named() {
    const auto write = [&](const char* name, const QByteArray& bytes) {
      QFile file(directory_->filePath(QLatin1String(name)));
      QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    };
    write("digits", QByteArray("\0\0\x08\x03rest", 8));
    write("classes", QByteArray("\0\0\x08\x01rest", 8));
    write("notes.txt", "no data set at all");
    write("net.pt", "PK");
    QMimeData urls;
    urls.setUrls({QUrl::fromLocalFile(directory_->filePath("classes")),
                  QUrl::fromLocalFile(directory_->filePath("digits")),
                  QUrl::fromLocalFile(directory_->filePath("notes.txt")),
                  QUrl::fromLocalFile(directory_->filePath("net.pt"))});
    QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &urls, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QVERIFY(window_->banner()->isVisible());  // where it may be dropped
    QVERIFY(window_->banner()->text().contains(QStringLiteral("Drop 4 files")));
    QDragLeaveEvent leave;
    QApplication::sendEvent(window_.get(), &leave);
    QVERIFY(window_->banner()->isHidden());
    QDragEnterEvent again(QPoint(200, 200), Qt::CopyAction, &urls, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &again);
    QDropEvent drop(QPointF(200, 200), Qt::CopyAction, &urls, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &drop);
    QTRY_VERIFY2(dialog<ImportDatasetDialog>() != nullptr, qPrintable(window_->banner()->text()));
    QVERIFY(window_->banner()->text().contains(QStringLiteral("notes.txt")));
    auto* images = dialog<ImportDatasetDialog>();
    QVERIFY(images->windowTitle().contains(QStringLiteral("(1 of 2)")));
    QCOMPARE(images->findChild<QLineEdit*>(QStringLiteral("import_images"))->text(),
             directory_->filePath("digits"));
    QCOMPARE(images->findChild<QLineEdit*>(QStringLiteral("import_labels"))->text(),
             directory_->filePath("classes"));
    images->reject();
    QTRY_VERIFY(dialog<ImportModelDialog>() != nullptr);
    QCOMPARE(
        dialog<ImportModelDialog>()->findChild<QLineEdit*>(QStringLiteral("import_file"))->text(),
        directory_->filePath("net.pt"));
    dialog<ImportModelDialog>()->reject();
    QTRY_VERIFY(dialog<ImportModelDialog>() == nullptr);
  }
};

int test_managed_study(int argc, char** argv) {
  // A bare X server has no window manager, which alone gives a window back its keys after a dialog.
  if (QGuiApplication::platformName() == QStringLiteral("xcb")) {
    qInfo("test_managed_study: left out without a window manager");
    return 0;
  }
  TestManagedStudy test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_managed_study.moc"
