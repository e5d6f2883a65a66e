#include <QAbstractButton>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSplitter>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

#include "core/review/classification_table.h"
#include "core/study/decide_run.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/compare/compare_page.h"
#include "widgets/compare/compare_side.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/page/settings.h"
#include "widgets/picture/image_panel.h"
#include "widgets/text/numbers.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// The Compare page in the real window, and the panel that shows a picture.
class TestComparePage : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::filesystem::path folder_;
  std::unique_ptr<MainWindow> window_;
  ComparePage* page_ = nullptr;

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  QAbstractButton* kind(Change change) const {
    return find<QAbstractButton>(
        qPrintable(QStringLiteral("change_%1").arg(static_cast<int>(change))));
  }
  static void set_policy(CompareSide* side, const char* policy) {
    side->set_policy(QString::fromLatin1(policy));
  }
  Decisions decide_alone(const std::string& policy, std::vector<std::size_t> voters) const {
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const RunVotes votes = *load_votes(study, run, "test");
    return *decide_run(study, run, "test", votes, voters,
                       *bind(*parse_policy(policy, voters.size())));
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = directory_.filePath("shapes.plumb").toStdString();
    SyntheticStudy request;
    request.folder = folder_;
    QVERIFY(make_study(request).has_value());
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1400, 900);
    QVERIFY(window_->open_study(QString::fromStdString(folder_.string())).has_value());
    page_ = qobject_cast<ComparePage*>(window_->page(QStringLiteral("compare")));
    window_->show();
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr, 20000);
    window_->show_page(page_);
    QTRY_VERIFY_WITH_TIMEOUT(page_->comparison() != nullptr && page_->settled(), 20000);
  }

  void the_baseline_stands_beside_the_policy() {
    QVERIFY(page_->first()->policy().startsWith(QStringLiteral("mcp")));
    QCOMPARE(page_->first()->review()->policy_voters(), std::vector<std::size_t>{0});
    QCOMPARE(page_->second()->policy().toStdString(), to_string(window_->review()->policy()));
  }

  void figures_are_those_of_the_core() {
    set_policy(page_->first(), "mcp(t=0.8)");
    set_policy(page_->second(), "polygraph(thr_conf=0.6,thr_freq=3)");
    const Decisions first = decide_alone("mcp(t=0.8)", {0});
    const Decisions second = decide_alone("polygraph(thr_conf=0.6,thr_freq=3)", {0, 3, 6, 9});
    const VoteTable& votes = window_->review()->votes();
    const std::vector<std::size_t> voters = {0};
    const Comparison expected = compare(classification_table(votes, voters, first),
                                        classification_table(votes, voters, second));
    const Comparison* shown = page_->comparison();
    QVERIFY(shown != nullptr);
    QVERIFY(shown->changes == expected.changes);
    QVERIFY(find<QLabel>("comparison")
                ->text()
                .startsWith(QStringLiteral("of %1 images undetected <b>")
                                .arg(with_thousands(expected.all.items))));
    QVERIFY(expected[Change::gained] > 0 && expected[Change::lost] > 0);
    QVERIFY(kind(Change::gained)
                ->text()
                .endsWith(QLatin1Char(' ') + with_thousands(expected[Change::gained])));
    // What is shown is what is chosen: gained and lost.
    QCOMPARE(static_cast<std::int64_t>(page_->content().size()),
             expected[Change::gained] + expected[Change::lost]);
    kind(Change::lost)->click();
    QCOMPARE(static_cast<std::int64_t>(page_->content().size()), expected[Change::gained]);
    for (std::size_t row = 0; row < page_->content().size(); ++row)
      QVERIFY(expected.changes[page_->content().item(row).sample()] == Change::gained);
    kind(Change::lost)->click();
  }

  void both_sides_say_what_they_accept_and_meet_at_equal_kept() {
    set_policy(page_->first(), "mcp(t=0.3)");
    set_policy(page_->second(), "polygraph(thr_conf=0.6,thr_freq=3)");
    const Decisions second = decide_alone("polygraph(thr_conf=0.6,thr_freq=3)", {0, 3, 6, 9});
    QVERIFY(page_->second()->fact().contains(with_thousands(second.counts[Verdict::kept])));
    QVERIFY(page_->second()->fact().contains(percent(second.counts.coverage())));
    // Policies are chosen as on Failures.
    for (const char* name : {"first_t_slider", "second_thr_conf_slider"}) {
      const auto* slider = find<QSlider>(name);
      QVERIFY(slider->isVisible());
      // Whole within its bar.
      QVERIFY(!slider->visibleRegion().isEmpty());
    }
    find<QPushButton>("equal_kept")->click();
    QTRY_VERIFY_WITH_TIMEOUT(page_->comparison() != nullptr && page_->settled(), 20000);
    // As the baseline's own answer at that number of kept.
    const auto met = window_->review()->run().baseline->at(second.counts[Verdict::kept]);
    QVERIFY(met.has_value());
    const VerdictCounts& first = page_->first()->review()->decisions().counts;
    QCOMPARE(first[Verdict::undetected], met->undetected);
    QVERIFY(first[Verdict::kept] >= second.counts[Verdict::kept]);
    QCOMPARE(page_->comparison()->all.undetected_first, met->undetected);
  }

  void a_class_filters() {
    auto* table = find<QTableView>("class_table");
    const Comparison& comparison = *page_->comparison();
    QCOMPARE(table->model()->rowCount(), static_cast<int>(comparison.classes.size()) + 1);
    table->setCurrentIndex(table->model()->index(1, 0));
    const ClassComparison& entry = comparison.classes.front();
    QCOMPARE(static_cast<std::int64_t>(page_->content().size()), entry.gained + entry.lost);
    table->setCurrentIndex(table->model()->index(0, 0));
    QCOMPARE(static_cast<std::int64_t>(page_->content().size()),
             comparison.all.gained + comparison.all.lost);
  }

  void sides_are_swapped() {
    const auto gained = (*page_->comparison())[Change::gained];
    const auto lost = (*page_->comparison())[Change::lost];
    find<QPushButton>("swap_sides")->click();
    QTRY_VERIFY_WITH_TIMEOUT(page_->comparison() != nullptr && page_->settled(), 20000);
    QCOMPARE((*page_->comparison())[Change::gained], lost);
    QCOMPARE((*page_->comparison())[Change::lost], gained);
    find<QPushButton>("swap_sides")->click();
    QTRY_VERIFY_WITH_TIMEOUT(page_->comparison() != nullptr && page_->settled(), 20000);
  }

  void a_policy_that_is_none_is_said() {
    set_policy(page_->second(), "polygraph(thr_conf=7)");
    QVERIFY(page_->comparison() == nullptr);
    bool said = false;
    for (const QLabel* label : page_->findChildren<QLabel*>())
      said |= label->isVisible() && label->text().contains(QStringLiteral("thr_conf"));
    QVERIFY(said);
    set_policy(page_->second(), "mean(t=0.7)");  // on distributions: reduced on another thread
    QTRY_VERIFY_WITH_TIMEOUT(page_->comparison() != nullptr && page_->settled(), 20000);
    const Decisions second = decide_alone("mean(t=0.7)", {0, 3, 6, 9});
    QCOMPARE(page_->comparison()->all.undetected_second, second.counts[Verdict::undetected]);
  }

  void the_gallery_leaves_the_classes_two_rows() {
    auto* table = find<QTableView>("class_table");
    auto* split = qobject_cast<QSplitter*>(table->parentWidget());
    QVERIFY(split != nullptr);
    // The gallery is given all that there is.
    const QList<int> before = split->sizes();
    split->setSizes({10'000, 1});
    QVERIFY(table->viewport()->height() >= 2 * table->rowHeight(0));
    split->setSizes(before);
  }

  void the_inspector_follows() {
    auto* inspector = page_->inspector()->findChild<SampleInspector*>();
    page_->gallery()->set_current(1);
    QCOMPARE(*inspector->item(), page_->content().item(1));
  }

  void a_picture_is_zoomed_at_the_pointer_and_read() {
    QImage image(40, 20, QImage::Format_RGB32);
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 40; ++x) image.setPixel(x, y, qRgb(x, y, 100));
    ImagePanel panel;
    panel.resize(400, 300);
    panel.show_image(image, image.size(), {});
    // Fitted: 400 × 200 in the middle, ten screen pixels each.
    QCOMPARE(panel.pixel_at({5, 55}), QPoint(0, 0));
    QCOMPARE(panel.pixel_at({395, 245}), QPoint(39, 19));
    QCOMPARE(panel.pixel_at({200, 20}), QPoint(-1, -1));
    QCOMPARE(panel.pixel_text({125, 165}), QStringLiteral("12, 11: 12 11 100"));
    const QPointF at(125, 165);
    panel.set_zoom(4, at);
    QCOMPARE(panel.pixel_at(at), QPoint(12, 11));  // stays under the pointer
    QCOMPARE(panel.pixel_at(at + QPointF(40, 0)), QPoint(13, 11));
    panel.set_zoom(0.1, at);
    QCOMPARE(panel.zoom(), 1.0);
    QTest::keyClick(&panel, Qt::Key_Plus);
    QVERIFY(panel.zoom() > 1);
    QTest::keyClick(&panel, Qt::Key_0);
    QCOMPARE(panel.zoom(), 1.0);
    QSignalSpy clicked(&panel, &ImagePanel::clicked);
    QTest::mouseClick(&panel, Qt::LeftButton, {}, {50, 100});
    QCOMPARE(clicked.count(), 1);
  }
};

int test_compare_page(int argc, char** argv) {
  TestComparePage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_compare_page.moc"
