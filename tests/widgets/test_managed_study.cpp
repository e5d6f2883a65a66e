#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>

#include "core/jobs/job.h"
#include "core/jobs/work_locks.h"
#include "tests/widgets/managed_study_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/runs/runs_page.h"
#include "widgets/study/remarks.h"
#include "widgets/study/study_tree.h"
#include "widgets/text/text_of.h"
#include "widgets/window/banner.h"

using namespace plumbline;

namespace {

constexpr int two_seconds = 2'000;

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
class TestManagedStudy : public ManagedStudyFixture {
  Q_OBJECT

 private Q_SLOTS:
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

  void what_a_job_works_on_is_not_removed() {
    const auto locks = had(lock_works(folder_.toStdString(), {"run r1"}));
    choose(row("r1", "Runs"));
    QTest::keyClick(tree(), Qt::Key_Delete);
    QTRY_VERIFY_WITH_TIMEOUT(dialog_named("remove_question") != nullptr, study_patience);
    QTest::mouseClick(
        dialog_named("remove_question")->findChild<QPushButton*>(QStringLiteral("remove_it")),
        Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(
        window_->banner()->text().contains(QStringLiteral("a job is working on it: run r1")),
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

  void what_cannot_be_read_is_said_in_the_tree() {
    {
      Study writable = had(Study::open(folder_.toStdString(), Access::read_write));
      RunInfo lost = had(writable.run("r1"));
      lost.name = "lost";
      lost.voters[1].model = "gone";
      QVERIFY(writable.add_run(lost).has_value());
    }
    StudyTree shown;
    QVERIFY(shown.show_study(study()).has_value());
    const auto* items = shown.view()->model();
    const auto said = [&](const char* run, int role) {
      const auto found = items->match(items->index(0, 0), Qt::DisplayRole, QString(run), 1,
                                      Qt::MatchExactly | Qt::MatchRecursive);
      return found.isEmpty() ? QString() : found.front().data(role).toString();
    };
    QCOMPARE(said("r1", Qt::AccessibleTextRole), QStringLiteral("r1, 1,440"));
    QCOMPARE(said("lost", Qt::AccessibleTextRole), QStringLiteral("lost, unreadable"));
    QVERIFY(said("lost", Qt::ToolTipRole).contains(QStringLiteral("there is no model 'gone'")));
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

  void the_tree_keeps_its_place() {
    choose(row("fair", "Models"));
    tree()->collapse(row("Runs", ""));
    window_->reload_study();
    QCOMPARE(tree()->currentIndex().data().toString(), QStringLiteral("fair"));
    choose(row("fair", "Models"));
    QVERIFY(!tree()->isExpanded(row("Runs", "")));
    QVERIFY(tree()->isExpanded(row("Models", "")));
  }
};

int test_managed_study(int argc, char** argv) {
  return run_with_window_manager<TestManagedStudy>(argc, argv);
}

#include "test_managed_study.moc"
