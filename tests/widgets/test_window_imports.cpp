#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QLineEdit>
#include <QMimeData>
#include <QTableView>
#include <QToolButton>

#include <string>
#include <vector>

#include "core/jobs/job.h"
#include "tests/widgets/managed_study_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/style/colours.h"
#include "widgets/window/banner.h"

using namespace plumbline;

/// What is imported in the driven window: dialogs, dropped files, and an import that failed.
class TestWindowImports : public ManagedStudyFixture {
  Q_OBJECT

 private Q_SLOTS:
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

  void a_dialog_begins_with_the_keys_in_its_first_field() {
    const auto asks = [&](const char* command) {
      auto* action = window_->findChild<QAction*>(QString::fromLatin1(command));
      if (action == nullptr) qFatal("no command %s", command);
      action->trigger();
    };
    asks("import-dataset");
    QTRY_VERIFY(dialog<ImportDatasetDialog>() != nullptr);
    auto* form = dialog<ImportDatasetDialog>();
    QVERIFY(form->focusWidget() != nullptr);
    QCOMPARE(form->focusWidget()->objectName(), QStringLiteral("import_name"));
    form->reject();
    QTRY_VERIFY(dialog<ImportDatasetDialog>() == nullptr);
    asks("import-model");
    QTRY_VERIFY(dialog<ImportModelDialog>() != nullptr);
    QVERIFY(dialog<ImportModelDialog>()->focusWidget() != nullptr);
    dialog<ImportModelDialog>()->reject();
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

int test_window_imports(int argc, char** argv) {
  return run_with_window_manager<TestWindowImports>(argc, argv);
}

#include "test_window_imports.moc"
