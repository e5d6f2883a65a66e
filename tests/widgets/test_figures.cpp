#include <QHelpEvent>
#include <QJsonDocument>
#include <QProcess>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

#include <memory>
#include <set>

#include "core/metrics/metric_table.h"
#include "tests/support/box_study.h"
#include "tests/support/planer_study.h"
#include "tests/widgets/figure_walk.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/review_command.h"
#include "widgets/decision/run_review.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/page.h"
#include "widgets/page/settings.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

constexpr int figures_patience = 20'000;

}  // namespace

/// Every number in the window says what it is, and which command prints it.
class TestFigures : public QObject {
  Q_OBJECT

 private:
  FiguresSeen seen_;

  /// Every page of the window on this study; then what the commands that it named do.
  void walk_pages(const QString& study, bool has_run) {
    seen_.commands.clear();
    show_pages(study, has_run);
    if (QTest::currentTestFailed()) return;
    const QByteArray before = state_of(study);
    for (const QStringList& command : seen_.commands) {
      QProcess engine;
      engine.start(QString::fromUtf8(PLUMBLINE_ENGINE), command);
      QVERIFY2(engine.waitForFinished(60'000), qPrintable(command.join(u' ')));
      const QString said =
          command.join(u' ') + u'\n' + QString::fromUtf8(engine.readAllStandardError());
      QVERIFY2(engine.exitStatus() == QProcess::NormalExit && engine.exitCode() == 0,
               qPrintable(said));
      QVERIFY2(!QJsonDocument::fromJson(engine.readAllStandardOutput()).isNull(), qPrintable(said));
    }
    // To ask where a number comes from changes nothing.
    QVERIFY(state_of(study) == before);
  }

  static void open_in(MainWindow& window, const QString& study, bool has_run) {
    window.jobs()->set_engine(QStringLiteral("/bin/false"));
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QVERIFY(window.open_study(study).has_value());
    if (has_run)
      QTRY_VERIFY_WITH_TIMEOUT(window.review() != nullptr && !window.review()->busy(),
                               figures_patience);
  }

  /// A small study of classes, and the window that shows it.
  struct ShownStudy {
    QTemporaryDir directory;
    MainWindow window{nullptr};
  };
  static void show_small_study(ShownStudy& shown, const char* page) {
    SyntheticStudy request;
    request.folder = shown.directory.filePath(QStringLiteral("shapes.plumb")).toStdString();
    request.samples = 60;
    QVERIFY(make_study(request).has_value());
    shown.window.resize(1400, 900);
    open_in(shown.window, text_of(request.folder.string()), true);
    shown.window.show_page(shown.window.page(QString::fromLatin1(page)));
    QTRY_VERIFY_WITH_TIMEOUT(shown.window.settled(), figures_patience);
  }

  void show_pages(const QString& study, bool has_run) {
    MainWindow window(nullptr);
    window.resize(1600, 1000);
    open_in(window, study, has_run);
    QStringList left;
    for (const char* name : {"runs", "failures", "decision", "compare", "planer", "report"}) {
      Page* page = window.page(QString::fromLatin1(name));
      QVERIFY2(page != nullptr, name);
      window.show_page(page);
      QTRY_VERIFY_WITH_TIMEOUT(window.settled(), figures_patience);
      ask_for_more(page);
      QTRY_VERIFY_WITH_TIMEOUT(window.settled(), figures_patience);
      // What is inspected has numbers of its own.
      if (auto* gallery = page->findChild<GalleryView*>();
          gallery != nullptr && gallery->isVisible() && gallery->content() != nullptr &&
          gallery->content()->size() > 0) {
        gallery->set_current(0);
        QTRY_VERIFY_WITH_TIMEOUT(window.settled(), figures_patience);
      }
      for (const auto* inspector : window.findChildren<SampleInspector*>())
        QTRY_VERIFY_WITH_TIMEOUT(inspector->idle(), figures_patience);
      const auto collect = [&] {
        for (const QString& figure : unexplained_figures(window, &seen_))
          left << QString::fromLatin1(name) + QStringLiteral(", ") + figure;
      };
      collect();
      auto* sheets = page->findChild<QTabBar*>(QStringLiteral("matrix_tabs"));
      for (int sheet = 0; sheets != nullptr && sheets->isVisible() && sheet < sheets->count();
           ++sheet) {
        sheets->setCurrentIndex(sheet);
        QTRY_VERIFY_WITH_TIMEOUT(window.settled(), figures_patience);
        collect();
      }
    }
    left.removeDuplicates();
    QVERIFY2(left.isEmpty(), qPrintable(u'\n' + left.join(u'\n')));
  }

 private Q_SLOTS:
  void every_definition_is_a_sentence() {
    std::set<std::string_view> keys;
    for (const FigureWords& figure : figure_table()) {
      const QString words = QString::fromUtf8(figure.definition);
      QVERIFY2(keys.insert(figure.key).second, figure.key.data());
      QVERIFY2(words.endsWith(u'.') && words.front().isUpper(), figure.definition);
      // A key of a metric would hide the report's definition.
      QVERIFY2(find_metric(figure.key) == nullptr, figure.key.data());
    }
    for (const Metric* metric : metric_table().all()) {
      if (metric->needs == MetricNeed::column && metric->key != "harm") continue;  // of tests
      const auto words = find_figure(metric->key);
      QVERIFY2(words && QString::fromUtf8(words->definition).endsWith(u'.'), metric->key.data());
    }
    QVERIFY(!find_figure("").has_value() && !find_figure("nothing").has_value());
  }

  void a_command_is_whole_or_there_is_none() {
    const FigureWords words{"k", "A definition.", "planer front STUDY --name SEARCH --json"};
    const FigureSource study{{"STUDY", {"/tmp/a b.plumb"}}};
    QVERIFY(!figure_command(words, study).has_value());
    QCOMPARE(figure_explanation(words, study), QStringLiteral("A definition."));
    FigureSource both = study;
    both.insert("SEARCH", {"s"});
    QCOMPARE(*figure_command(words, both),
             (QStringList{"planer", "front", "/tmp/a b.plumb", "--name", "s", "--json"}));
    QCOMPARE(
        figure_explanation(words, both),
        QStringLiteral("A definition.\n\nplumbline-engine planer front '/tmp/a b.plumb' --name "
                       "s --json"));
    QVERIFY(!figure_command({"k", "None prints it."}, both).has_value());
  }

  void every_number_of_a_classification_is_explained() {
    QTemporaryDir directory;
    SyntheticStudy request;
    request.folder = directory.filePath(QStringLiteral("shapes.plumb")).toStdString();
    request.samples = 120;
    request.validation_samples = 60;
    const auto made = make_study(request);
    QVERIFY2(made.has_value(), made ? "" : to_string(made.error()).c_str());
    add_times(request.folder);
    walk_pages(text_of(request.folder.string()), true);
    for (const char* key :
         {"plan.voters",        "plan.per_image",    "plan.time",          "plan.note",
          "plan.sum",           "plan.model_time",   "compare.side",       "compare.change",
          "compare.summary",    "compare.items",     "compare.share",      "compare.difference",
          "compare.undetected", "compare.gained",    "compare.lost",       "decision.drift",
          "decision.damage",    "decision.selected", "decision.confusion", "decision.costs",
          "decision.harm",      "tree.entries",      "tree.samples",       "tree.predictions"})
      QVERIFY2(seen_.keys.contains(QString::fromLatin1(key)), key);
  }

  void every_number_of_a_detection_is_explained() {
    const test::BoxStudy study;
    walk_pages(text_of(study.folder().string()), true);
  }

  void every_number_of_a_search_is_explained() {
    QTemporaryDir directory;
    const auto folder = directory.filePath(QStringLiteral("words.plumb")).toStdString();
    const test::PlanerStudy study = test::PlanerStudy::make(folder);
    walk_pages(text_of(folder), false);
  }

  void every_key_in_the_window_has_words() {
    QVERIFY(seen_.keys.size() > 40);
    for (const QString& key : seen_.keys)
      QVERIFY2(find_figure(key.toStdString()).has_value(), qPrintable(key));
  }

  void a_tooltip_says_what_a_number_is_and_what_prints_it() {
    ShownStudy shown;
    show_small_study(shown, "failures");
    auto* counter = shown.window.findChild<VerdictCounter*>(QStringLiteral("verdict_0"));
    QVERIFY(counter != nullptr && counter->isVisible());
    const QPoint middle = counter->rect().center();
    QHelpEvent help(QEvent::ToolTip, middle, counter->mapToGlobal(middle));
    QApplication::sendEvent(counter, &help);
    for (const QString& line : QToolTip::text().split(u'\n')) QVERIFY(line.size() <= 160);
    const QString tip = QToolTip::text().simplified();
    // Its own words first, then the definition, then the command with all that it names.
    QVERIFY2(tip.startsWith(counter->toolTip()), qPrintable(tip));
    QVERIFY2(tip.contains(QStringLiteral("Samples that are accepted and right.")), qPrintable(tip));
    for (const char* word : {"plumbline-engine decide ", "--run r1", "--split test", "--policy ",
                             "--voters strong:identity", "--json"})
      QVERIFY2(tip.contains(QLatin1String(word)), qPrintable(tip));
    QToolTip::hideText();
  }

  void a_plot_says_what_it_is_when_it_is_asked() {
    ShownStudy shown;
    show_small_study(shown, "decision");
    auto* plot = shown.window.findChild<QWidget*>(QStringLiteral("reliability_plot"));
    QVERIFY(plot != nullptr && plot->isVisible());
    const QPoint middle = plot->rect().center();
    QHelpEvent asked(QEvent::QueryWhatsThis, middle, plot->mapToGlobal(middle));
    QApplication::sendEvent(plot, &asked);
    QVERIFY(asked.isAccepted());
    // Where the pointer rests its read-out stays.
    QToolTip::hideText();
    QHelpEvent rests(QEvent::ToolTip, middle, plot->mapToGlobal(middle));
    QApplication::sendEvent(plot, &rests);
    QVERIFY(!QToolTip::text().contains(QStringLiteral("bins of equal width")));
  }
};

int test_figures(int argc, char** argv) {
  TestFigures test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_figures.moc"
