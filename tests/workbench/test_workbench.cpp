#include <signal.h>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QTreeView>
#include <QUndoStack>
#include <QUrl>

#include <algorithm>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "core/review/export_run.h"
#include "tests/app/engine_process.h"
#include "tests/support/study_fixture.h"
#include "widgets/decision/review_command.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/class_probabilities.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/settings.h"
#include "widgets/picture/image_panel.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/runs/accuracy_plot.h"
#include "widgets/runs/live_voter_model.h"
#include "widgets/runs/run_progress.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/train_dialog.h"
#include "widgets/runs/training_plot.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/runs/voter_choice_view.h"
#include "widgets/study/import_dialogs.h"
#include "widgets/study/remarks.h"
#include "widgets/window/main_window.h"

using namespace plumbline;
using plumbline::test::value;

namespace {

constexpr int samples = 4500;  // three prediction files
constexpr int patience = 120'000;

}  // namespace

/// From an empty study to tagged failures, with an engine that is killed on the way. The tests
/// stand in the order of a user's day and build on each other.
class TestWorkbench : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  QString study_;
  std::unique_ptr<MainWindow> window_;

  template <class T>
  T* find(const char* name) const {
    auto* found = window_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  QString in(const char* name) const { return directory_.filePath(QString::fromLatin1(name)); }
  JobCenter* jobs() const { return window_->jobs(); }
  const JobFolder& newest() const { return jobs()->jobs().back(); }
  bool all_over() const {
    return std::ranges::all_of(jobs()->jobs(),
                               [](const JobFolder& job) { return is_over(job.state()); });
  }
  template <class T>
  T* dialog() const {
    for (QWidget* widget : QApplication::topLevelWidgets())
      if (auto* found = qobject_cast<T*>(widget); found != nullptr && found->isVisible())
        return found;
    return nullptr;
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    // A dialog that has closed may leave no window active where there is no window manager.
    window_->activateWindow();
    static_cast<void>(QTest::qWaitForWindowActive(window_.get()));
    QTest::keyClick(window_.get(), key, modifiers);
  }
  /// Waits for the import dialog, fills lines in, imports.
  template <class Dialog>
  void import_with(const std::vector<std::pair<const char*, QString>>& lines) {
    QTRY_VERIFY(dialog<Dialog>() != nullptr);
    auto* form = dialog<Dialog>();
    for (const auto& [name, text] : lines)
      form->template findChild<QLineEdit*>(QString::fromLatin1(name))->setText(text);
    auto* ok = form->template findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    QVERIFY2(ok->isEnabled(), qPrintable(form->obstacle()));
    QTest::mouseClick(ok, Qt::LeftButton);
    QTRY_VERIFY(dialog<Dialog>() == nullptr);
  }
  void open_window() {
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->jobs()->set_engine(QStringLiteral(PLUMBLINE_ENGINE));
    window_->resize(1400, 900);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    window_->activateWindow();
  }
  /// Ticks voters and queues the run.
  std::string start_run(const std::vector<Voter>& voters, const char* name) {
    window_->show_page(window_->page<RunsPage>());
    window_->page<RunsPage>()->choice()->choose(voters);
    auto* line = find<QLineEdit>("run_name");
    line->clear();
    QTest::keyClicks(line, QString::fromLatin1(name));
    const auto before = jobs()->jobs().size();
    QTest::mouseClick(find<QPushButton>("run_start"), Qt::LeftButton);
    if (jobs()->jobs().size() != before + 1)
      qFatal("not queued: %s", qPrintable(window_->page<RunsPage>()->obstacle()));
    return newest().id();
  }
  const JobFolder& job(const std::string& id) const { return *jobs()->job(id); }
  qint64 engine_of(const std::string& id) const {
    std::ifstream file(job(id).folder() / "job.json");
    return nlohmann::json::parse(file).value("pid", 0);
  }
  static Voter voter(const char* text) { return parse_voters(text)->front(); }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(directory_.isValid());
    // Writes the images that are imported below.
    test::make_fashion_study(in("scratch.plumb"), in("data"), samples, 0);
    open_window();
  }

  void an_empty_window_says_what_to_do() {
    for (const char* page : {"runs", "failures", "compare"}) {
      window_->show_page(window_->page(QString::fromLatin1(page)));
      bool said = false;
      for (const QLabel* label : window_->page(QString::fromLatin1(page))->findChildren<QLabel*>())
        said |= label->isVisible() && label->text().contains(QStringLiteral("Open a study"));
      QVERIFY2(said, page);
    }
    QVERIFY(!find<QPushButton>("run_start")->isEnabled());
  }

  void a_new_study_is_made() {
    study_ = in("mine.plumb");
    QTimer::singleShot(300, this, [this] {
      auto* ask = dialog<QFileDialog>();
      QVERIFY(ask != nullptr);
      ask->setDirectory(directory_.path());
      auto* name = ask->findChild<QLineEdit*>();
      name->setText(study_);
      QTest::keyClick(name, Qt::Key_Return);
    });
    press(Qt::Key_N, Qt::ControlModifier);
    QVERIFY(QFile::exists(study_ + QStringLiteral("/study.sqlite")));
    // It leads to what it needs first.
    bool offered = false;
    for (const QLabel* label : window_->page<RunsPage>()->findChildren<QLabel*>())
      offered |= label->isVisible() && label->text().contains(QStringLiteral("import-dataset"));
    QVERIFY(offered);
  }

  void a_dropped_file_is_imported() {
    QMimeData urls;
    urls.setUrls({QUrl::fromLocalFile(in("data/images"))});
    QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &urls, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(200, 200), Qt::CopyAction, &urls, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &drop);
    QTRY_VERIFY(dialog<ImportDatasetDialog>() != nullptr);
    auto* form = dialog<ImportDatasetDialog>();
    QCOMPARE(form->findChild<QLineEdit*>(QStringLiteral("import_images"))->text(),
             in("data/images"));
    QVERIFY(form->obstacle().contains(QStringLiteral("labels")));
    import_with<ImportDatasetDialog>(
        {{"import_name", QStringLiteral("fashion")}, {"import_labels", in("data/labels")}});
    QTRY_VERIFY_WITH_TIMEOUT(!jobs()->jobs().empty() && all_over(), patience);
    QCOMPARE(newest().state(), JobState::finished);
    QCOMPARE(find<QComboBox>("run_split")->currentData().toString(), QStringLiteral("test"));
  }

  void two_models_queue_and_a_bad_one_is_explained() {
    const QString members = test::resources() + QStringLiteral("/demo/resnets/");
    for (const char* name : {"resnet20-a", "resnet20-b"}) {
      press(Qt::Key_M, Qt::ControlModifier);
      QTRY_VERIFY(dialog<ImportModelDialog>() != nullptr);
      auto* form = dialog<ImportModelDialog>();
      form->findChild<QLineEdit*>(QStringLiteral("import_file"))
          ->setText(members + QString::fromLatin1(name) + QStringLiteral(".safetensors"));
      auto* card = form->findChild<QPlainTextEdit*>(QStringLiteral("import_card"));
      QVERIFY(card->toPlainText().contains(QStringLiteral("\"architecture\"")));
      const QString right = card->toPlainText();
      card->setPlainText(QStringLiteral("{"));
      QVERIFY(form->obstacle().contains(QStringLiteral("card")));
      card->setPlainText(right);
      import_with<ImportModelDialog>({{"import_name", QString::fromLatin1(name)}});
    }
    QTRY_VERIFY_WITH_TIMEOUT(all_over(), patience);
    QCOMPARE(window_->page<RunsPage>()->choice()->catalogue().models.size(), std::size_t{2});
    // A card that does not fit: the engine says in what.
    press(Qt::Key_M, Qt::ControlModifier);
    QTRY_VERIFY(dialog<ImportModelDialog>() != nullptr);
    auto* form = dialog<ImportModelDialog>();
    form->findChild<QLineEdit*>(QStringLiteral("import_file"))
        ->setText(members + QStringLiteral("resnet20-c.safetensors"));
    auto* card = form->findChild<QPlainTextEdit*>(QStringLiteral("import_card"));
    card->setPlainText(
        card->toPlainText().replace(QStringLiteral("resnet20"), QStringLiteral("resnet56")));
    import_with<ImportModelDialog>({{"import_name", QStringLiteral("c")}});
    QTRY_VERIFY_WITH_TIMEOUT(all_over(), patience);
    QCOMPARE(newest().state(), JobState::failed);
    QVERIFY(!newest().log().failure->message.empty());
    QCOMPARE(window_->page<RunsPage>()->choice()->catalogue().models.size(), std::size_t{2});
  }

  void a_run_is_ticked_by_keyboard_and_watched() {
    window_->show_page(window_->page<RunsPage>());
    auto* matrix = window_->findChild<VoterChoiceView*>();
    matrix->setFocus();
    matrix->setCurrentIndex(matrix->model()->index(0, VoterChoiceModel::first_view_column));
    QTest::keyClick(matrix, Qt::Key_Space);
    QTest::keyClick(matrix, Qt::Key_Down);
    QTest::keyClick(matrix, Qt::Key_Space, Qt::ShiftModifier);
    QCOMPARE(window_->page<RunsPage>()->choice()->chosen().size(), std::size_t{2});
    QCOMPARE(find<QLabel>("cost_total")->text(), QStringLiteral("not known"));
    press(Qt::Key_Return, Qt::ControlModifier);
    const std::string id = newest().id();
    QTRY_VERIFY_WITH_TIMEOUT(job(id).state() == JobState::finished, patience);
    auto* live = window_->page<RunsPage>()->progress()->voters();
    QCOMPARE(live->rowCount(), 2);
    QCOMPARE(live->run().voters[0].samples, samples);
    const auto summary = *job(id).log().summary;
    QCOMPARE(*live->run().voters[1].accuracy, summary["voters"][1]["accuracy"].get<double>());
    QVERIFY(*live->run().voters[0].accuracy > 0.9);
    QVERIFY(!live->run().mean.empty());
    QCOMPARE(live->run().mean.back().step, samples);
    // It opens by itself, and its voters are no longer to be paid for.
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr, patience);
    QCOMPARE(window_->review()->votes().samples(), std::size_t{samples});
    QCOMPARE(find<QLabel>("cost_total")->text(), QStringLiteral("nothing to compute"));
  }

  void failures_are_filtered_tagged_and_undone() {
    FailuresPage* page = window_->page<FailuresPage>();
    window_->show_page(page);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    GalleryView* gallery = page->gallery();
    gallery->setFocus();
    const auto shown = page->content().size();
    QVERIFY(shown > 10);
    // Voters that disagree.
    auto* agreement = find<QComboBox>("agreement");
    agreement->setCurrentIndex(1);
    Q_EMIT agreement->activated(1);
    const auto disagreeing = page->content().size();
    QVERIFY(disagreeing < shown);
    const auto votes = window_->review()->votes();
    for (std::size_t row = 0; row < disagreeing; ++row) {
      const auto sample = page->content().item(row).sample();
      QVERIFY(votes.voters[0].predicted[sample] != votes.voters[1].predicted[sample]);
    }
    agreement->setCurrentIndex(0);
    Q_EMIT agreement->activated(0);
    // Three are selected and tagged by keyboard alone.
    QTest::keyClick(gallery, Qt::Key_Home);
    QTest::keyClick(gallery, Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(gallery, Qt::Key_Right, Qt::ShiftModifier);
    const auto selected = page->selected_items();
    QCOMPARE(selected.size(), std::size_t{3});
    QTest::keyClick(gallery, Qt::Key_T);
    // Images and objects have a panel each, of which one is shown.
    QLineEdit* add = nullptr;
    for (auto* field : page->inspector()->findChildren<QLineEdit*>(QStringLiteral("add_tag")))
      if (field->isVisible()) add = field;
    QVERIFY(add != nullptr);
    QTRY_VERIFY(add->hasFocus());
    QTest::keyClicks(add, QStringLiteral("ambiguous"));
    QTest::keyClick(add, Qt::Key_Return);
    QTRY_VERIFY(gallery->hasFocus());
    const auto tagged = [&] {
      const Study study = value(Study::open(study_.toStdString(), Access::read_only));
      const auto remarks = value(study.remarks(value(study.dataset("fashion")).id, "test"));
      const auto found = remarks.tags.find("ambiguous");
      return found == remarks.tags.end() ? 0 : static_cast<int>(found->second.size());
    };
    QCOMPARE(tagged(), 3);
    press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(tagged(), 0);
    press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(tagged(), 3);
    // The tag filters.
    auto* tag = find<QComboBox>("tag_filter");
    tag->setCurrentText(QStringLiteral("ambiguous"));
    Q_EMIT tag->activated(tag->currentIndex());
    QCOMPARE(page->content().size(), std::size_t{3});
    tag->setCurrentIndex(0);
    Q_EMIT tag->activated(0);
    QCOMPARE(page->content().size(), shown);
    // A note, written and left with Esc.
    gallery->set_current(0);
    QTest::keyClick(gallery, Qt::Key_N);
    QPlainTextEdit* note = nullptr;
    for (auto* field : page->inspector()->findChildren<QPlainTextEdit*>(QStringLiteral("note")))
      if (field->isVisible()) note = field;
    QVERIFY(note != nullptr);
    QTRY_VERIFY(note->hasFocus());
    QTest::keyClicks(note, QStringLiteral("ask the annotators"));
    QTest::keyClick(note, Qt::Key_Escape);
    QTRY_VERIFY(gallery->hasFocus());
    QCOMPARE(window_->remarks()->note_of(page->content().item(0)),
             QStringLiteral("ask the annotators"));
    // The selection as a table.
    const QString file = in("selection.csv");
    const RunReview& review = *window_->review();
    QCOMPARE(value(export_items(review.run(), review.policy_voters(), review.decisions(),
                                window_->remarks()->values(), selected, ExportFormat::csv,
                                file.toStdString())),
             3);
    const QByteArray table = test::read_file(file);
    QVERIFY(table.startsWith("sample,label,predicted,verdict,confidence,agreeing,tags,note"));
    QCOMPARE(table.count("undetected misprediction,"), 3);
    QCOMPARE(table.count("ambiguous"), 3);
  }

  void what_a_voter_sees_is_shown() {
    auto* inspector = window_->page<FailuresPage>()->inspector()->findChild<SampleInspector*>();
    window_->page<FailuresPage>()->gallery()->set_current(0);
    QTRY_VERIFY_WITH_TIMEOUT(inspector->detail() != nullptr && inspector->idle(), patience);
    QVERIFY(inspector->image()->title().isEmpty());
    auto* votes = inspector->votes();
    QTest::mouseClick(votes, Qt::LeftButton, {}, votes->cell_rect(1).center());
    QTRY_VERIFY_WITH_TIMEOUT(inspector->idle() && !inspector->image()->title().isEmpty(), patience);
    QCOMPARE(inspector->image()->title(), QStringLiteral("as resnet20-b:identity sees it"));
    // Its own distribution, whose first class has the vote's confidence.
    const auto sample = inspector->item()->sample();
    QVERIFY(std::abs(inspector->probabilities()->rows().front().probability -
                     static_cast<double>(window_->review()->votes().voters[1].confidence[sample])) <
            1e-5);
    QTest::mouseClick(votes, Qt::LeftButton, {}, votes->cell_rect(1).center());
    QVERIFY(inspector->image()->title().isEmpty());
  }

  void a_policy_is_undone() {
    RunReview* review = window_->review();
    const std::string before = to_string(review->policy());
    const auto counts = review->decisions().counts.by_verdict;
    review->set_value(0, 0.95, true);
    QVERIFY(review->decisions().counts.by_verdict != counts);
    press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(to_string(review->policy()), before);
    QVERIFY(review->decisions().counts.by_verdict == counts);
    press(Qt::Key_Y, Qt::ControlModifier);
    QVERIFY(review->decisions().counts.by_verdict != counts);
    press(Qt::Key_Z, Qt::ControlModifier);
  }

  void the_palette_leads_everywhere() {
    auto* line = static_cast<QLineEdit*>(window_->palette_line());
    press(Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(line->hasFocus());
    QTest::keyClicks(line, QStringLiteral("page runs"));
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(window_->page<RunsPage>()->isVisible());
    press(Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, QStringLiteral("1234"));
    auto* list = find<QListWidget>("palette_list");
    QVERIFY(list->isVisible());
    QVERIFY(list->count() > 0);
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(window_->page<FailuresPage>()->isVisible());
    const auto* gallery = window_->page<FailuresPage>()->gallery();
    QCOMPARE(window_->page<FailuresPage>()->content().item(*gallery->current()), ItemRef(1233));
    press(Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, QStringLiteral("no such thing"));
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!list->isVisible());
  }

  void a_killed_engine_is_said_and_resumed() {
    const auto id = start_run({voter("resnet20-a:flip_x"), voter("resnet20-b:flip_x"),
                               voter("resnet20-a:gamma=0.8"), voter("resnet20-b:gamma=0.8")},
                              "second");
    // One prediction file is there, and the next is at work.
    QTRY_VERIFY_WITH_TIMEOUT(job(id).log().done > 4 * 2048 + 200, patience);
    QCOMPARE(::kill(static_cast<pid_t>(engine_of(id)), SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(job(id).state() == JobState::ended, patience);
    QVERIFY(window_->isVisible());
    QVERIFY(jobs()->log_text(id).contains(QStringLiteral("committed is kept")));
    auto* resume = find<QPushButton>("run_pause");
    QCOMPARE(resume->text(), QStringLiteral("Resume"));
    QTest::mouseClick(resume, Qt::LeftButton);
    QVERIFY(newest().id() != id);
    const auto again = newest().id();
    QTRY_VERIFY_WITH_TIMEOUT(job(again).state() == JobState::finished, patience);
    // What was committed was not computed again: its first word is what is there.
    QVERIFY(job(again).log().metrics.at("accuracy/resnet20-a:flip_x").front().step >= 2048);
    const Study study = value(Study::open(study_.toStdString(), Access::read_only));
    QCOMPARE(value(study.committed(value(study.run("second")), "test")), std::int64_t{samples});
  }

  void a_run_pauses_outlives_its_window_and_is_cancelled() {
    const auto id = start_run({voter("resnet20-a:gamma=0.6"), voter("resnet20-b:gamma=0.6"),
                               voter("resnet20-a:gamma=1.4"), voter("resnet20-b:gamma=1.4")},
                              "third");
    QTRY_VERIFY_WITH_TIMEOUT(job(id).log().done > 100, patience);
    auto* pause = find<QPushButton>("run_pause");
    QTRY_COMPARE(pause->text(), QStringLiteral("Pause"));
    QTest::mouseClick(pause, Qt::LeftButton);
    QTRY_VERIFY(job(id).state() == JobState::paused);
    QTRY_VERIFY_WITH_TIMEOUT(job(id).log().waits, patience);
    const auto done = job(id).log().done;
    // The window goes and comes again: nothing was done in the meantime.
    window_.reset();
    open_window();
    QVERIFY(window_->open_study(study_).has_value());
    window_->show_page(window_->page<RunsPage>());
    QCOMPARE(job(id).state(), JobState::paused);
    QCOMPARE(job(id).log().done, done);
    QCOMPARE(window_->page<RunsPage>()->progress()->job(), id);
    QTest::mouseClick(find<QPushButton>("run_pause"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(job(id).log().done > done, patience);
    QTest::mouseClick(find<QPushButton>("run_cancel"), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(job(id).state() == JobState::cancelled, patience);
    // The page shows the newest job, or the one of the run that is named (screenshot --run).
    auto* page = window_->page<RunsPage>();
    QCOMPARE(page->progress()->job(), id);
    QVERIFY(page->go_to(Route{.run = QStringLiteral("second")}).has_value());
    const auto* second = job(page->progress()->job()).subject().as<RunWork>();
    QVERIFY(second != nullptr);
    QCOMPARE(second->run, std::string("second"));
    QVERIFY(page->go_to(Route{.run = QStringLiteral("never begun")}).has_value());
    QCOMPARE(page->progress()->job(), std::string());
    QVERIFY(std::ranges::any_of(page->progress()->findChildren<QLabel*>(), [](const QLabel* label) {
      return label->text() ==
             QStringLiteral("No job of the run never begun is kept in this study.");
    }));
    QVERIFY(page->go_to(Route{.run = QStringLiteral("third")}).has_value());
    QCOMPARE(page->progress()->job(), id);
  }

  void what_was_not_asked_for_here_is_not_trusted() {
    const auto id = describe_job(study_.toStdString(),
                                 {"import",
                                  {"import", "model", study_.toStdString(), "--name", "packed",
                                   "--file", study_.toStdString() + "/absent.pt2", "--trust"},
                                  {}});
    QVERIFY(id.has_value());
    QTRY_VERIFY_WITH_TIMEOUT(
        jobs()->log_text(*id).contains(QStringLiteral("started without --trust")), patience);
    QTRY_VERIFY_WITH_TIMEOUT(job(*id).state() == JobState::failed, patience);
  }

  void each_split_of_a_run_is_opened() {
    test::make_fashion_study(in("scratch2.plumb"), in("data2"), 300, 0);
    const auto more = test::engine({"import", "dataset", study_, "--name", "fashion", "--format",
                                    "idx", "--images", in("data2/images"), "--labels",
                                    in("data2/labels"), "--split", "more", "--quiet"});
    QCOMPARE(more.exit_code, 0);
    const auto both = test::engine({"run", study_, "--dataset", "fashion", "--split", "test,more",
                                    "--models", "resnet20-a", "--name", "both", "--quiet"});
    QCOMPARE(both.exit_code, 0);
    press(Qt::Key_F5);
    auto* tree = find<QTreeView>("study_tree");
    const auto split = [&](const char* name) {
      const auto found = tree->model()->match(tree->model()->index(0, 0), Qt::DisplayRole,
                                              QString::fromLatin1(name), -1,
                                              Qt::MatchExactly | Qt::MatchRecursive);
      for (const QModelIndex& index : found)
        if (index.parent().data().toString() == QStringLiteral("both")) return index;
      return QModelIndex();
    };
    for (const auto& [name, count] : {std::pair("more", 300), std::pair("test", samples)}) {
      QVERIFY(split(name).isValid());
      Q_EMIT tree->clicked(split(name));
      QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr &&
                                   window_->review()->run().split == name && window_->settled(),
                               patience);
      QCOMPARE(window_->review()->votes().samples(), static_cast<std::size_t>(count));
    }
  }

  /// A tooltip's command prints the number that it stands beside.
  void commands_of_figures_print_them() {
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    RunReview& review = *window_->review();
    FigureSource source = figure_source_of(review);
    source.insert(QStringLiteral("VOTER"),
                  {QString::fromStdString(to_string(review.run().info.voters.front()))});
    const auto printed = [&](const char* figure) {
      const auto command = figure_command(*find_figure(figure), source);
      if (!command) qFatal("%s has no command", figure);
      const auto outcome = test::engine(*command);
      if (outcome.exit_code != 0)
        qFatal("%s: %s", qPrintable(command->join(u' ')), outcome.err.constData());
      return nlohmann::json::parse(outcome.out.toStdString());
    };
    const VerdictCounts& counts = review.decisions().counts;
    const auto decided = printed("kept_correct");
    QCOMPARE(decided["kept_correct"].get<std::int64_t>(), counts[Verdict::kept]);
    QCOMPARE(decided["undetected_mispredictions"].get<std::int64_t>(), counts[Verdict::undetected]);
    QCOMPARE(decided["coverage"].get<double>(), counts.coverage());
    const auto baseline = printed("decision.baseline");
    QCOMPARE(baseline["undetected_mispredictions"].get<std::int64_t>(),
             review.baseline_undetected().value());
    QVERIFY(!printed("decision.half_width")["intervals"].empty());
    QCOMPARE(printed("tree.model_accuracy")["accuracy"].get<double>(),
             review.run().accuracy.front());
    const auto run = printed("run.accuracy");
    QCOMPARE(run["run"].get<std::string>(), review.run().info.name);
    QCOMPARE(run["state"].get<std::string>(), std::string("finished"));
    QVERIFY(run["samples"].get<std::size_t>() >= review.votes().samples());
    QVERIFY(run["voters"][0]["accuracy"].get<double>() > 0.8);
    QVERIFY(run["voters"][0]["half_width"].get<double>() > 0);
    const auto counted = printed("tree.predictions")["contents"]["runs"];
    QVERIFY(std::ranges::any_of(counted, [&](const auto& entry) {
      return entry["name"] == review.run().info.name &&
             entry["voters"] == review.run().info.voters.size();
    }));
    std::int64_t confused = 0;
    const auto confusion = printed("decision.confusion")["confusion"];
    for (const auto& cell : confusion["wrong"]) confused += cell["samples"].get<std::int64_t>();
    QCOMPARE(confused, counts[Verdict::undetected]);
    const auto rows = test::engine(*figure_command(*find_figure("sample.votes"), source));
    QCOMPARE(rows.exit_code, 0);
    QVERIFY(rows.out.startsWith("sample,label,model,view,class,confidence"));
    // Those of the split that is shown, alone.
    QCOMPARE(static_cast<std::size_t>(rows.out.count('\n')),
             1 + review.votes().samples() * review.run().info.voters.size());
  }

  /// The rest needs boxes or a search: each command is understood, and ends at the study's absence.
  void commands_of_figures_are_understood() {
    const QString absent = in("absent.plumb");
    FigureSource source{
        {"STUDY", {absent}},
        {"RUN", {"r"}},
        {"SPLIT", {"test"}},
        {"SEARCH", {"s"}},
        {"NETWORK", {"n"}},
        {"VOTER", {"a:identity"}},
        {"MODEL", {"m"}},
        {"SAMPLE", {"0"}},
        {"DATASET", {"d"}},
        {"VOTERS", {"a:identity,a:flip_x"}},
        {"PRECISION", {"fp32"}},
        {"DEVICE", {"cpu"}},
        {"VALIDATION", {"validation"}},
        {"DAMAGE", {"voter=a:identity,kind=noise,rate=0.2"}},
        {"COSTS", {"--costs", "plain", "--reject-cost", "0.1", "--cost-of", "a>b=2"}},
        {"CALIBRATED",
         {"decide", absent, "--run", "r", "--split", "test", "--policy", "mean", "--voters",
          "a:identity"}},
        {"CHOSEN",
         {"decide", absent, "--run", "r", "--split", "validation", "--policy",
          "polygraph(thr_freq=1)", "--voters", "a:identity"}},
        {"COMPARE",
         {"compare", absent, "--split", "test", "--first-run", "r", "--first", "mcp",
          "--first-voters", "a:identity", "--second-run", "r", "--second", "polygraph(thr_freq=1)",
          "--second-voters", "a:identity", "--second-fit-on", "validation"}},
        {"DECIDE",
         {"decide", absent, "--run", "r", "--split", "test", "--policy", "polygraph(thr_freq=1)",
          "--voters", "a:identity"}},
        {"BASELINE",
         {"decide", absent, "--run", "r", "--split", "test", "--policy", "mcp", "--voters",
          "a:identity", "--select-on", "test", "--rule", "kept>=7"}},
        {"FUSE",
         {"fuse", absent, "--run", "r", "--split", "test", "--fusion",
          "wbf(iou=0.55,skip=0,vote=affirmative)", "--voters", "a:identity", "--score", "0.25"}}};
    std::set<QStringList> commands;
    for (const FigureWords& figure : figure_table()) {
      const auto command = figure_command(figure, source);
      QVERIFY2(figure.command.empty() || command.has_value(), figure.key.data());
      if (command) commands.insert(*command);
    }
    QVERIFY(commands.size() >= 15);
    for (const QStringList& command : commands) {
      const auto outcome = test::engine(command);
      // 2: an option that there is not, or a value that is none.
      QVERIFY2(outcome.exit_code > 2,
               qPrintable(command.join(u' ') + u'\n' + QString::fromUtf8(outcome.err)));
    }
  }

  void members_are_trained_and_watched() {
    const auto models = window_->page<RunsPage>()->choice()->catalogue().models.size();
    press(Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(dialog<TrainDialog>() != nullptr);
    auto* form = dialog<TrainDialog>();
    auto* views = form->findChild<QLineEdit*>(QStringLiteral("train_views"));
    auto* ok = form->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    views->setText(QStringLiteral("swirl"));
    QVERIFY(form->obstacle().contains(QStringLiteral("swirl")) && !ok->isEnabled());
    // One member a view; a name that is taken is said.
    views->setText(QStringLiteral("flip_y, hist"));
    auto* name = form->findChild<QLineEdit*>(QStringLiteral("train_name"));
    name->clear();
    QTest::keyClicks(name, QStringLiteral("own"));
    form->findChild<QSpinBox*>(QStringLiteral("train_epochs"))->setValue(3);
    QCOMPARE(form->trainings().size(), std::size_t{2});
    QVERIFY(form->trainings()[1].command.contains(QStringLiteral("own-hist")));
    QCOMPARE(form->trainings()[1].work.model, std::string("own-hist"));
    // The recipe's batch unless another one is set.
    auto* batch = form->findChild<QSpinBox*>(QStringLiteral("train_batch"));
    QVERIFY(!form->trainings()[0].command.contains(QStringLiteral("--batch")));
    batch->setValue(48);
    const QStringList asked = form->trainings()[1].command;
    QCOMPARE(asked.value(asked.indexOf(QStringLiteral("--batch")) + 1), QStringLiteral("48"));
    batch->setValue(0);
    QCOMPARE(to_string(form->trainings()[1].work.view), std::string("hist"));
    const auto before = jobs()->jobs().size();
    QTest::mouseClick(ok, Qt::LeftButton);
    QTRY_COMPARE(jobs()->jobs().size(), before + 2);
    const std::string first = jobs()->jobs()[before].id(), second = newest().id();
    QTRY_VERIFY_WITH_TIMEOUT(is_over(job(first).state()), patience);
    QVERIFY2(job(first).state() == JobState::finished,
             job(first).log().failure ? job(first).log().failure->message.c_str() : "");
    QTRY_VERIFY_WITH_TIMEOUT(job(second).state() == JobState::finished, patience);
    // What is plotted is what the events say: losses at the left, accuracies at the right.
    auto* progress = window_->page<RunsPage>()->progress();
    QTRY_COMPARE(progress->job(), second);
    auto* plot = progress->training()->plot();
    QVERIFY(progress->training()->isVisible() && !progress->plot()->isVisible());
    const auto& metrics = job(second).log().metrics;
    QTRY_COMPARE(plot->graphCount(), 2);
    QCOMPARE(plot->graph(0)->dataCount(), static_cast<int>(metrics.at("loss/train").size()));
    QCOMPARE(plot->graph(1)->dataCount(), 3);
    const double accuracy = metrics.at("accuracy/train").back().value;
    QVERIFY(std::abs(plot->graph(1)->data()->at(2)->value - 100 * accuracy) < 1e-9);
    QVERIFY(std::abs(plot->graph(1)->data()->at(2)->key - 3) < 0.05);
    // The new members can be ticked at once.
    QTRY_COMPARE(window_->page<RunsPage>()->choice()->catalogue().models.size(), models + 2);
  }
};

int test_workbench(int argc, char** argv) {
  TestWorkbench test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_workbench.moc"
