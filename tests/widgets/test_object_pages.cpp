#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QWheelEvent>

#include <bit>

#include "core/review/box_figures.h"
#include "core/review/box_table.h"
#include "core/review/box_views.h"
#include "tests/support/box_study.h"
#include "tests/support/study_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/compare/class_comparison_model.h"
#include "widgets/compare/compare_page.h"
#include "widgets/compare/compare_side.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/detection/detection_analysis.h"
#include "widgets/detection/detection_plots.h"
#include "widgets/detection/detection_view.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/object_filter.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/box_scene_view.h"
#include "widgets/inspector/object_inspector.h"
#include "widgets/inspector/voter_box_table.h"
#include "widgets/page/settings.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/study/remarks.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/tide_words.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// A run of detectors in the real window: the Failures page, the inspector of objects, Compare.
class TestObjectPages : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<test::BoxStudy> study_;
  std::unique_ptr<MainWindow> window_;
  FailuresPage* page_ = nullptr;

  RunReview& review() const { return *window_->review(); }
  const FailureGallery& content() const { return page_->content(); }
  ObjectInspector* inspector() const { return page_->inspector()->findChild<ObjectInspector*>(); }
  FinderCells* finders() const { return page_->findChild<FinderCells*>(); }
  VerdictBar* verdicts() const { return page_->findChild<VerdictBar*>(); }
  void choose(const char* name, const QString& entry) const {
    auto* combo = page_->findChild<QComboBox*>(QString::fromLatin1(name));
    combo->setCurrentText(entry);
    QCOMPARE(combo->currentText(), entry);
    Q_EMIT combo->activated(combo->currentIndex());
  }
  void show_verdicts(std::initializer_list<Verdict> shown) const {
    VerdictBar::Chosen chosen{};
    for (const Verdict verdict : shown) chosen[static_cast<std::size_t>(verdict)] = true;
    verdicts()->set_chosen(chosen);
    Q_EMIT verdicts()->chosen_changed();
  }
  /// Whether no label of a horizontal axis touches the next one.
  static bool labels_stand_apart(const QCPAxis& axis) {
    const QFontMetrics font(axis.tickLabelFont());
    const auto ticks = axis.tickVector();
    const auto labels = axis.tickVectorLabels();
    double end = -1e9;
    for (qsizetype i = 0; i < ticks.size(); ++i) {
      if (labels[i].isEmpty() || !axis.range().contains(ticks[i])) continue;
      double width = 0;
      for (const QString& line : labels[i].split(u'\n'))
        width = std::max<double>(width, font.horizontalAdvance(line));
      const double middle = axis.coordToPixel(ticks[i]);
      if (middle - width / 2 <= end) return false;
      end = middle + width / 2;
    }
    return true;
  }
  std::uint64_t finders_of(std::size_t row) const {
    return finders_of_row(*review().boxes(), *review().table().row_of(content().item(row)));
  }

 private Q_SLOTS:
  void initTestCase() {
    study_ = std::make_unique<test::BoxStudy>();
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1400, 900);
    window_->show();
    QVERIFY(window_->open_study(text_of(study_->folder().string())).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr && window_->review()->boxes() != nullptr,
                             20000);
    page_ = window_->page<FailuresPage>();
    window_->show_page(page_);
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 20000);
  }

  void init() {
    review().reset();
    review().set_voters({0, 1, 2, 3});
    QTRY_VERIFY(!review().busy());
    QVERIFY(window_->page<FailuresPage>() != nullptr);
    for (const MenuCommand& command : page_->commands())
      if (command.name == FailuresPage::clear_filters_command()) command.act();
    show_verdicts({Verdict::undetected});
  }

  void counters_are_those_of_the_core() {
    const BoxesReviewed& boxes = *review().boxes();
    QVERIFY(boxes.found > 10);
    QVERIFY(boxes.undetected > 10);
    QCOMPARE(verdicts()->counter(Verdict::kept)->value(), boxes.found);
    QCOMPARE(verdicts()->counter(Verdict::undetected)->value(), boxes.undetected);
    QCOMPARE(verdicts()->counter(Verdict::unjudged)->value(), boxes.false_detections);
    QVERIFY(!verdicts()->counter(Verdict::caught)->isVisible());
    QVERIFY(!verdicts()->counter(Verdict::needlessly_rejected)->isVisible());
    QCOMPARE(static_cast<std::int64_t>(content().size()), boxes.undetected);
    const BoxFigures figures = box_figures(*boxes.run, boxes.fused->set, boxes.overlap);
    const BestDetector best = best_detector(*boxes.run, boxes.overlap);
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 20000);
    const QString shown = verdicts()->figures();
    QVERIFY2(shown.contains(QStringLiteral("AP %1").arg(figures.ap() * 100, 0, 'f', 1)),
             qPrintable(shown));
    QVERIFY(shown.contains(QStringLiteral("AP %1").arg(best.figures.ap() * 100, 0, 'f', 1)));
    QVERIFY(shown.contains(QString::number(
        at_price(best.figures.prices, static_cast<double>(boxes.false_detections)).undetected)));
  }

  void objects_come_by_their_finders_then_by_size() {
    for (std::size_t row = 1; row < content().size(); ++row) {
      const int before = std::popcount(finders_of(row - 1)), after = std::popcount(finders_of(row));
      QVERIFY(before >= after);
    }
    const GalleryCell cell = content().cell(0);
    QVERIFY(cell.object.has_value());
    QCOMPARE(cell.object->found_by, QStringLiteral("%1 of 4").arg(std::popcount(finders_of(0))));
    QCOMPARE(*cell.object->groups, (std::vector<std::size_t>{2, 2}));
    QCOMPARE(std::popcount(cell.object->found), std::popcount(finders_of(0)));
    // The crop is the object in its surroundings, in the cell's proportions.
    const PixelRect crop = *content().crop(0);
    QVERIFY(std::abs(crop.width * 112 - crop.height * 150) <= 150);
    const QRectF box = cell.object->box;
    QVERIFY(box.left() > 0 && box.top() > 0 && box.right() < 1 && box.bottom() < 1);
  }

  void cells_of_found_by_filter() {
    const QSignalSpy changed(finders(), &FinderCells::chosen_changed);
    QCOMPARE(finders()->cells(), 5);
    QTest::mouseClick(finders(), Qt::LeftButton, {}, finders()->cell(1).center());
    QCOMPARE(changed.count(), 1);
    QVERIFY(content().size() > 0);
    for (std::size_t row = 0; row < content().size(); ++row)
      QCOMPARE(std::popcount(finders_of(row)), 1);
    const std::size_t one = content().size();
    QTest::mouseClick(finders(), Qt::LeftButton, {}, finders()->cell(0).center());
    QVERIFY(content().size() > one);
    QTest::mouseClick(finders(), Qt::LeftButton, Qt::ControlModifier, finders()->cell(1).center());
    QCOMPARE(content().size(), one);
    // By the keyboard as well.
    finders()->setFocus();
    QTest::keyClick(finders(), Qt::Key_Right);
    QTest::keyClick(finders(), Qt::Key_Space);
    QCOMPARE(finders()->chosen(), std::uint64_t{0b110});
  }

  void class_type_and_size_filter() {
    choose("size", QStringLiteral("M, L"));
    choose("tide", QStringLiteral("Miss"));
    choose("true_class", QStringLiteral("class2"));
    const ReviewTable table = review().table();
    std::size_t expected = 0;
    for (std::size_t row = 0; row < table.rows; ++row)
      expected += table.verdict[row] == Verdict::undetected && table.truth[row] == 2 &&
                  tide_of_row(*review().boxes(), row) == TideWord::missed &&
                  number_of(table, box_column::size, row) >= 1024;
    QVERIFY(expected > 0);
    QCOMPARE(content().size(), expected);
    // The class is that of false detections, too.
    choose("size", QStringLiteral("any"));
    choose("tide", QStringLiteral("any"));
    page_->findChild<QDoubleSpinBox*>(QStringLiteral("score"))->setValue(0);
    QTRY_VERIFY(!review().busy());
    show_verdicts({Verdict::unjudged});
    QVERIFY(content().size() > 0);
    for (std::size_t row = 0; row < content().size(); ++row)
      QCOMPARE(content().cell(row).predicted, QStringLiteral("class2"));
    choose("true_class", QStringLiteral("any"));
  }

  void crowding_and_visible_part_filter() {
    show_verdicts({Verdict::kept, Verdict::undetected});
    const ReviewTable table = review().table();
    // As float32, as queries compare: a share of 0.6 is none below it.
    const auto expected = [&](std::string_view column, float lowest, float beyond) {
      std::size_t rows = 0;
      for (std::size_t row = 0; row < table.rows; ++row) {
        const auto share = static_cast<float>(number_of(table, column, row));
        rows += table.truth[row] != no_class && share >= lowest && share < beyond;
      }
      return rows;
    };
    const std::size_t all = content().size();
    std::size_t sum = 0;
    for (const auto& [entry, lowest, beyond] :
         {std::tuple("alone", 0.0F, 0.1F), std::tuple("near others", 0.1F, 0.3F),
          std::tuple("crowded", 0.3F, 0.5F), std::tuple("covered", 0.5F, 2.0F)}) {
      choose("crowding", QLatin1String(entry));
      QCOMPARE(content().size(), expected(box_column::crowding, lowest, beyond));
      sum += content().size();
    }
    QCOMPARE(sum, all);  // every object lies in one of them
    choose("crowding", QStringLiteral("any"));
    // Every other object of the scenes has a mask that fills 60 % of its box.
    choose("visible", QStringLiteral("30 to 60 %"));
    const std::size_t below = content().size();
    QCOMPARE(below, expected(box_column::visible, 0.3F, 0.6F));
    choose("visible", QStringLiteral("60 % or more"));
    QCOMPARE(content().size(), expected(box_column::visible, 0.6F, 2));
    QVERIFY(below + content().size() > 0 && below + content().size() < all);
    choose("visible", QStringLiteral("any"));
    QCOMPARE(content().size(), all);
  }

  void a_threshold_moves_counts() {
    auto* score = page_->findChild<QDoubleSpinBox*>(QStringLiteral("score"));
    QVERIFY(score != nullptr);
    const auto before = review().boxes()->found;
    score->setValue(0.7);
    QTRY_VERIFY(!review().busy());
    QVERIFY(review().boxes()->found < before);
    QCOMPARE(verdicts()->counter(Verdict::kept)->value(), review().boxes()->found);
    QCOMPARE(static_cast<std::int64_t>(content().size()), review().boxes()->undetected);
  }

  void the_inspector_says_what_each_voter_has() {
    page_->gallery()->set_current(1);
    QTRY_VERIFY(page_->settled());
    QCOMPARE(inspector()->item(), std::optional(content().item(1)));
    QVERIFY(inspector()->isVisible());
    const std::size_t row = *review().table().row_of(content().item(1));
    const auto views = voter_views(*review().boxes(), row);
    const auto& rows = inspector()->voters()->rows();
    QCOMPARE(rows.size(), views.size());
    for (std::size_t v = 0; v < rows.size(); ++v) {
      QCOMPARE(rows[v].outcome, views[v].outcome);
      QCOMPARE(rows[v].has_box, views[v].box.has_value());
      if (views[v].box) QCOMPARE(rows[v].score, views[v].box->score);
    }
    const auto* found = inspector()->findChild<QLabel*>(QStringLiteral("object_found_by"));
    QCOMPARE(found->text(), QStringLiteral("found by %1 of 4").arg(std::popcount(finders_of(1))));
  }

  void a_voter_is_hovered_and_pinned() {
    page_->gallery()->set_current(0);
    QTRY_VERIFY(page_->settled());
    VoterBoxTable* table = inspector()->voters();
    QTest::mouseMove(table, table->row_rect(2).center());
    QTRY_COMPARE(table->chosen(), std::optional<std::size_t>(2));
    QTest::mouseClick(table, Qt::LeftButton, {}, table->row_rect(3).center());
    QCOMPARE(table->chosen(), std::optional<std::size_t>(3));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Up);
    QCOMPARE(table->chosen(), std::optional<std::size_t>(2));
    QTest::mouseClick(table, Qt::LeftButton, {}, table->row_rect(2).center());  // lets it go
    table->pin(std::nullopt);
  }

  void the_decision_is_drawn_and_voters_hide() {
    show_verdicts({Verdict::kept});
    page_->gallery()->set_current(0);
    QTRY_VERIFY(page_->settled());
    VoterBoxTable* table = inspector()->voters();
    const std::size_t row = *review().table().row_of(content().item(0));
    const VoterBoxView fused = fused_view(*review().boxes(), row);
    QVERIFY(fused.box.has_value() && fused.outcome == BoxOutcome::found && fused.overlap >= 0.5);
    QVERIFY(table->fused().has_box);
    QCOMPARE(table->fused().outcome, QStringLiteral("found"));
    QCOMPARE(table->fused().score, fused.box->score);
    QCOMPARE(*table->fused().overlap, fused.overlap);
    QCOMPARE(
        inspector()->surroundings()->fused(),
        QRectF(fused.box->box.x, fused.box->box.y, fused.box->box.width, fused.box->box.height));
    // A click on a voter's line hides its box alone, one beside it pins it.
    const QPoint line(14, table->row_rect(1).center().y());
    const QImage with_all = inspector()->surroundings()->grab().toImage();
    QTest::mouseClick(table, Qt::LeftButton, {}, line);
    QCOMPARE(table->hidden(), std::uint64_t{0b10});
    QVERIFY(table->rows()[1].has_box ==
            (inspector()->surroundings()->grab().toImage() != with_all));
    QTest::mouseClick(table, Qt::LeftButton, {}, line);
    QCOMPARE(table->hidden(), std::uint64_t{0});
    // An object that nothing finds has no box of the decision.
    for (std::size_t place = 0; place < review().table().rows; ++place) {
      const BoxRow& at = review().boxes()->ledger->rows[place];
      QCOMPARE(fused_view(*review().boxes(), place).box.has_value(), at.box >= 0);
    }
  }

  void pictures_zoom_and_hide_boxes() {
    // Keys that hide boxes are the inspector's, and shortcuts work in the active window alone.
    window_->activateWindow();
    window_->raise();
    if (!QTest::qWaitForWindowActive(window_.get()))
      QSKIP("no window is active here: shortcuts are not tried");
    BoxSceneView* view = inspector()->surroundings();
    const QPointF at = view->rect().center() + QPointF(20, 10);
    QWheelEvent wheel(at, view->mapToGlobal(at), {}, {0, 120}, {}, {}, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(view, &wheel);
    QVERIFY(view->zoom() > 1.2);
    view->setFocus();
    QTest::keyClick(view, Qt::Key_0);
    QCOMPARE(view->zoom(), 1.0);
    QVERIFY(view->shows_truth() && view->shows_voters());
    QTest::keyClick(view, Qt::Key_V);
    QVERIFY(view->shows_truth() && !view->shows_voters());
    QTest::keyClick(view, Qt::Key_G);
    QVERIFY(!view->shows_truth() && !inspector()->scene()->shows_truth());
    QTest::keyClick(view, Qt::Key_V);
    QTest::keyClick(view, Qt::Key_G);
    QVERIFY(view->shows_truth() && view->shows_voters());
  }

  void tags_are_the_objects() {
    const ItemRef item = content().item(0);
    QVERIFY(!item.is_whole());
    window_->remarks()->tag({item}, QStringLiteral("partly hidden"), true);
    const auto study = test::value(Study::open(study_->folder(), Access::read_only));
    const auto dataset = test::value(study.dataset("scenes")).id;
    QCOMPARE(test::value(study.remarks(dataset, "test")).tags.at("partly hidden"),
             std::vector{item});
    choose("tag_filter", QStringLiteral("partly hidden"));
    QCOMPARE(content().size(), std::size_t{1});
    // Another fusion, the same object.
    review().set_policy("nms");
    QTRY_VERIFY(!review().busy());
    show_verdicts({Verdict::undetected, Verdict::kept});
    QCOMPARE(content().size(), std::size_t{1});
    QCOMPARE(content().item(0), item);
    window_->remarks()->tag({item}, QStringLiteral("partly hidden"), false);
  }

  void nothing_undetected_is_said() {
    auto* score = page_->findChild<QDoubleSpinBox*>(QStringLiteral("score"));
    score->setValue(0);
    QTRY_VERIFY(!review().busy());
    choose("tide", QStringLiteral("Dupe"));  // which no object is
    QVERIFY(page_->gallery()->notice().contains(QStringLiteral("without the filters")));
    QVERIFY(content().size() == 0);
  }

  void the_decision_is_shown_at_its_price() {
    auto* decision = window_->page<DecisionPage>();
    window_->show_page(decision);
    QTRY_VERIFY_WITH_TIMEOUT(decision->settled() && decision->detection() != nullptr, 20000);
    const DetectionView* view = decision->detection();
    QVERIFY(view->isVisible());
    const DetectionAnalysis& analysis = *view->analysis();
    QTRY_VERIFY_WITH_TIMEOUT(analysis.figures() != nullptr && !analysis.lines().empty(), 20000);
    // The classes' objects are all there are.
    std::int64_t objects = 0, found = 0;
    for (const ClassFound& of_class : analysis.classes()) {
      objects += of_class.objects;
      found += of_class.found;
    }
    const auto boxes = review().boxes();
    QCOMPARE(objects, boxes->found + boxes->undetected);
    QCOMPARE(found, boxes->found);
    QCOMPARE(view->classes()->model()->rowCount(), static_cast<int>(analysis.classes().size()));
    // The mark lies where the counts say.
    const QPointF here = view->precision()->at_score(static_cast<double>(boxes->least));
    QVERIFY(std::abs(here.x() - static_cast<double>(found) / static_cast<double>(objects)) < 1e-9);
    // TIDE of all boxes and of the accepted ones are two things, and say so: what a threshold
    // rejects finds nothing, so that more is missed.
    QVERIFY(view->findChild<QCustomPlot*>(QStringLiteral("tide_plot"))
                ->toolTip()
                .startsWith(tide_explanation(TideBoxes::all)));
    QCOMPARE(page_->findChild<QComboBox*>(QStringLiteral("tide"))->toolTip(),
             tide_explanation(TideBoxes::accepted));
    std::int64_t missed = 0;
    for (std::size_t row = 0; row < boxes->ledger->rows.size(); ++row)
      missed += tide_of_row(*boxes, row) == TideWord::missed;
    QVERIFY(missed >= analysis.tide()->counts[static_cast<std::size_t>(TideError::missed)]);
    // Each kind of redundancy has its line; a single voter is held against it.
    for (const auto kind : {PriceLine::Kind::single, PriceLine::Kind::views,
                            PriceLine::Kind::models, PriceLine::Kind::all})
      QVERIFY(std::ranges::any_of(analysis.lines(),
                                  [&](const PriceLine& line) { return line.kind == kind; }));
    // Dragging along the curve moves the threshold.
    QCustomPlot* plot = view->precision()->plot();
    const auto before = boxes->found;
    QTest::mousePress(plot, Qt::LeftButton, {},
                      QPoint(static_cast<int>(plot->xAxis->coordToPixel(0.1)),
                             static_cast<int>(plot->yAxis->coordToPixel(1))));
    QTest::mouseRelease(plot, Qt::LeftButton, {},
                        QPoint(static_cast<int>(plot->xAxis->coordToPixel(0.1)),
                               static_cast<int>(plot->yAxis->coordToPixel(1))));
    QTRY_VERIFY(!review().busy());
    QVERIFY(review().boxes()->found < before);
    window_->show_page(page_);
  }

  void labels_of_small_plots_stand_apart() {
    // Fewer numbers where there is less room, and words that are cut or left out.
    QCustomPlot plot;
    plot.axisRect()->setAutoMargins(QCP::msNone);
    plot.axisRect()->setMargins({40, 10, 10, 30});
    apply_plot_style(&plot);
    plot.xAxis->ticker()->setTickCount(6);
    plot.yAxis->ticker()->setTickCount(5);
    plot.xAxis->setRange(0, 60'000);
    plot.yAxis->setRange(0, 1);
    const auto labels_at = [&plot](int width, int height) {
      plot.setViewport(QRect(0, 0, width, height));
      plot.replot(QCustomPlot::rpImmediateRefresh);
      return plot.xAxis->tickVectorLabels();
    };
    const auto many = labels_at(900, 400).size();
    QVERIFY2(many >= 5, qPrintable(QString::number(many)));
    QVERIFY(labels_stand_apart(*plot.xAxis));
    const auto upright = plot.yAxis->tickVector().size();
    const auto few = labels_at(150, 80).size();
    QVERIFY2(few < many && few >= 1, qPrintable(QString::number(few)));
    QVERIFY(labels_stand_apart(*plot.xAxis));
    QVERIFY(plot.yAxis->tickVector().size() < upright);
    QStringList numbers;
    for (int k = 0; k <= 40; ++k) numbers << QString::number(k);
    set_axis_words(plot.xAxis, numbers, Narrow::skip);
    plot.xAxis->setRange(-0.6, 40.6);
    QVERIFY(!labels_at(2400, 100).contains(QString()));
    const auto skipped = labels_at(200, 100);
    QVERIFY(skipped.contains(QStringLiteral("0")) && skipped.contains(QString()));
    QVERIFY(labels_stand_apart(*plot.xAxis));
    set_axis_words(plot.xAxis, {QStringLiteral("classification\n1,234"), QStringLiteral("both\n7")},
                   Narrow::shorten);
    plot.xAxis->setRange(-0.6, 1.6);
    QVERIFY(labels_at(900, 100).front() == QStringLiteral("classification\n1,234"));
    const QString front = labels_at(150, 100).front();
    QVERIFY2(
        !front.isEmpty() && front.size() < 14 && QStringLiteral("classification").startsWith(front),
        qPrintable(front));
    QVERIFY(labels_stand_apart(*plot.xAxis));

    // And in the window, as small as it may be.
    const QSize size = window_->size();
    auto* decision = window_->page<DecisionPage>();
    window_->show_page(decision);
    window_->resize(1024, 700);
    QTRY_VERIFY_WITH_TIMEOUT(decision->settled() && decision->detection() != nullptr, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(decision->detection()->analysis()->figures() != nullptr, 20000);
    // The keys are on the page, though its controls are other ones than those of classes.
    QVERIFY(decision->main_view()->isVisible());
    QVERIFY(decision->detection()->isAncestorOf(decision->main_view()));
    int plots = 0;
    for (auto* shown : decision->detection()->findChildren<QCustomPlot*>()) {
      shown->replot(QCustomPlot::rpImmediateRefresh);
      QVERIFY2(labels_stand_apart(*shown->xAxis), qPrintable(shown->objectName()));
      const QFontMetrics name(shown->xAxis->labelFont());
      QVERIFY2(name.horizontalAdvance(shown->xAxis->label()) <= shown->axisRect()->width(),
               qPrintable(shown->objectName()));
      for (int i = 0; i < shown->itemCount(); ++i)
        if (auto* label = qobject_cast<PlotLabel*>(shown->item(i)))
          QVERIFY2(label->box().left() >= 0 && label->box().right() <= shown->width(),
                   qPrintable(label->text()));
      ++plots;
    }
    QCOMPARE(plots, 4);
    window_->resize(size);
    window_->show_page(page_);
  }

  void two_fusions_are_compared() {
    auto* compare = window_->page<ComparePage>();
    window_->show_page(compare);
    QTRY_VERIFY_WITH_TIMEOUT(compare->comparison() != nullptr && compare->settled(), 20000);
    QVERIFY(compare->content().cells() == GalleryCells::objects);
    // What is compared is objects, and is called so.
    const auto head = [&](ClassComparisonModel::Column column, int role) {
      return compare->findChild<QTableView*>(QStringLiteral("class_table"))
          ->model()
          ->headerData(column, Qt::Horizontal, role)
          .toString();
    };
    QCOMPARE(head(ClassComparisonModel::samples, Qt::DisplayRole), QStringLiteral("objects"));
    QCOMPARE(head(ClassComparisonModel::undetected_first, Qt::ToolTipRole),
             QStringLiteral("undetected objects of the first and of the second"));
    const std::int64_t objects = compare->comparison()->all.items;
    const QString summary = compare->findChild<QLabel*>(QStringLiteral("comparison"))->text();
    QVERIFY2(summary.startsWith(
                 QStringLiteral("of %1 objects undetected <b>").arg(with_thousands(objects))),
             qPrintable(summary));
    QVERIFY(summary.contains(QStringLiteral(", found ")));
    QVERIFY(compare->second()->fact().endsWith(QStringLiteral(" false")));
    window_->show_page(page_);
  }
};

int test_object_pages(int argc, char** argv) {
  TestObjectPages test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_object_pages.moc"
