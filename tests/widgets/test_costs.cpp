#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTabBar>
#include <QTableView>
#include <QUndoStack>

#include <cmath>

#include "core/decision/policies/counted_costs.h"
#include "core/decision/threshold_parameter.h"
#include "core/review/select_parameters.h"
#include "core/selection/harm.h"
#include "tests/widgets/decision_page_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/review_command.h"
#include "widgets/decision_page/cost_model.h"
#include "widgets/decision_page/costs_view.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/decision_page/front_plot.h"
#include "widgets/decision_page/harm_analysis.h"
#include "widgets/decision_page/select_panel.h"
#include "widgets/text/numbers.h"

using namespace plumbline;

namespace {

constexpr std::size_t all_classes = 10;
constexpr int costs_tab = 4;

/// Of a whole split, written down: the costs of what is accepted and of what is rejected, a sample.
double harm_by_hand(const Decisions& decisions, std::span<const ClassIndex> labels,
                    const CostMatrix& costs, double reject) {
  double sum = 0;
  int judged = 0;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    if (decisions.verdict[i] == Verdict::unjudged) continue;
    ++judged;
    sum += decisions.accept[i] == 0 ? reject
                                    : costs.costs[labels[i] * all_classes + decisions.label[i]];
  }
  return sum / judged;
}

}  // namespace

/// Costs of errors in the window: edited, read, written, counted in figures, front, goals and the
/// policy that decides by them.
class TestCosts : public DecisionPageFixture {
  Q_OBJECT

  CostsView& view() const { return *page_->costs(); }
  QTableView& table() const { return *view().table(); }
  const CostMatrix& matrix() const { return *review().costs().matrix; }
  void settle() const { QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000); }

  void show_costs() {
    // Keys go to a window that is active.
    window_->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window_.get()));
    find<QTabBar>("matrix_tabs")->setCurrentIndex(costs_tab);
    QVERIFY(view().isVisible());
  }

  /// As somebody types it: the first key opens the cell.
  void type(const QString& text, Qt::Key last = Qt::Key_Return) {
    table().setFocus();
    QTest::keyClicks(&table(), text.left(1));
    auto* cell = table().findChild<QLineEdit*>(QStringLiteral("cost_cell"));
    QVERIFY(cell != nullptr);
    QVERIFY(!cell->accessibleName().isEmpty());
    QTest::keyClicks(cell, text.mid(1));
    QTest::keyClick(cell, last);
    // It is committed later, and then taken away.
    QTRY_VERIFY(table().findChild<QLineEdit*>(QStringLiteral("cost_cell")) == nullptr);
  }
  void type_into(int truth, int decided, const QString& text) {
    table().setCurrentIndex(view().model()->index(truth, decided));
    type(text);
  }

  std::vector<ClassIndex> labels(const std::string& split) const {
    const Study study = *Study::open(folder_, Access::read_only);
    const RunVotes votes = *load_votes(study, *study.run("r1"), split);
    const auto own = votes.table().labels;
    return {own.begin(), own.end()};
  }
  double harm_alone(const std::string& policy, const std::string& split) const {
    return harm_by_hand(decide_alone(policy, split), labels(split), matrix(),
                        review().costs().reject);
  }

  /// 10 × 10 with a few dear errors.
  CostMatrix dear() const {
    CostMatrix costs = plain_costs(review().run().dataset.classes);
    costs.costs[1 * all_classes + 9] = 20;
    costs.costs[3 * all_classes + 5] = 5;
    costs.costs[5 * all_classes + 3] = 0.25;
    for (std::size_t c = 0; c < all_classes; ++c)
      if (c != 7) costs.costs[7 * all_classes + c] = 8;
    return costs;
  }
  void set_dear(double reject = 0.3) {
    review().set_costs({std::make_shared<const CostMatrix>(dear()), reject});
    settle();
  }

 private Q_SLOTS:
  void a_cell_is_edited_and_the_figures_count_it() {
    show_costs();
    const std::string policy = to_string(review().policy());
    const auto plain = matrix();
    QCOMPARE(plain, plain_costs(review().run().dataset.classes));
    // At plain costs harm is the share of undetected, and a tenth of what is rejected.
    const VerdictCounts& counts = analysis().counts();
    const double before = *page_->harm()->harm();
    QVERIFY(std::abs(before - (static_cast<double>(counts[Verdict::undetected]) +
                               0.1 * static_cast<double>(counts.judged() - counts.accepted())) /
                                  static_cast<double>(counts.judged())) < 1e-12);
    // The pair that is confused most becomes dear.
    const auto pair = analysis().confusion().wrong_pairs().front();
    type_into(static_cast<int>(pair.truth), static_cast<int>(pair.label), QStringLiteral("50"));
    QCOMPARE(matrix()(pair.truth, pair.label), 50.0);
    // The figure is never an old one.
    const double now = harm_alone(policy, "test");
    QVERIFY(now > before);
    QCOMPARE(cell("harm", FigureModel::shown), decimal(now, 4));
    QVERIFY(is_faded("harm", FigureModel::validation));
    settle();
    const double held = harm_alone(policy, "validation");
    QCOMPARE(cell("harm", FigureModel::shown), decimal(now, 4));
    QCOMPARE(cell("harm", FigureModel::validation), decimal(held, 4));
    QVERIFY(!is_faded("harm", FigureModel::validation));
    QCOMPARE(cell("harm", FigureModel::drift),
             (now - held >= 0 ? QStringLiteral("+") : QString()) + decimal(now - held, 4));
    QVERIFY(cell("harm", FigureModel::shown_half).startsWith(QStringLiteral("± 0.")));
    QVERIFY(cell("harm", FigureModel::validation_half).startsWith(QStringLiteral("± 0.")));
    // The baseline where it keeps as many, by hand.
    const VoterVotes& first = review().votes().voters.front();
    const auto truth = labels("test");
    const float threshold = analysis().baseline_point()->threshold;
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
      sum += first.confidence[i] >= threshold ? matrix()(truth[i], first.predicted[i]) : 0.1;
    const QString baseline = decimal(sum / static_cast<double>(truth.size()), 4);
    QCOMPARE(cell("harm", FigureModel::baseline), baseline);
    QVERIFY2(view().summary().contains(decimal(now, 4)) && view().summary().contains(baseline),
             qPrintable(view().summary()));
    // A drag takes harm along.
    auto* slider = find<QSlider>("thr_conf_slider");
    slider->setSliderDown(true);
    slider->setSliderPosition(550);
    QCOMPARE(cell("harm", FigureModel::shown),
             decimal(harm_alone(to_string(review().policy()), "test"), 4));
    QVERIFY(!is_faded("harm", FigureModel::shown));
    slider->setSliderDown(false);
    settle();
    window_->undo_stack()->undo();
    QCOMPARE(cell("harm", FigureModel::shown), decimal(now, 4));
    window_->undo_stack()->undo();
    QCOMPARE(matrix(), plain);
    QCOMPARE(cell("harm", FigureModel::shown), decimal(before, 4));
    window_->undo_stack()->redo();
    QCOMPARE(matrix()(pair.truth, pair.label), 50.0);
    settle();
  }

  void selected_cells_are_set_at_once_by_keys() {
    show_costs();
    const auto plain = matrix();
    const auto* model = view().model();
    table().setCurrentIndex(model->index(0, 0));
    table().selectionModel()->select(QItemSelection(model->index(0, 0), model->index(2, 3)),
                                     QItemSelectionModel::ClearAndSelect);
    table().selectionModel()->setCurrentIndex(model->index(2, 3), QItemSelectionModel::NoUpdate);
    const int steps = window_->undo_stack()->count();
    type(QStringLiteral("7.5"));
    for (std::size_t i = 0; i < all_classes; ++i)
      for (std::size_t j = 0; j < all_classes; ++j)
        QCOMPARE(matrix()(i, j), i == j ? 0.0 : i <= 2 && j <= 3 ? 7.5 : 1.0);
    QCOMPARE(window_->undo_stack()->count(), steps + 1);
    // What stands out is what is not plain; in both ways.
    QVERIFY(model->index(0, 1).data(Qt::BackgroundRole).isValid());
    QVERIFY(model->index(0, 1).data(Qt::FontRole).value<QFont>().weight() == QFont::DemiBold);
    QVERIFY(!model->index(5, 6).data(Qt::BackgroundRole).isValid());
    // F2 opens a cell with what it holds, Esc leaves it; Delete makes it plain again.
    table().setCurrentIndex(model->index(1, 2));
    QTest::keyClick(&table(), Qt::Key_F2);
    auto* editor = table().findChild<QLineEdit*>(QStringLiteral("cost_cell"));
    QVERIFY(editor != nullptr);
    QCOMPARE(editor->text(), QStringLiteral("7.5"));
    QTest::keyClick(editor, Qt::Key_Escape);
    QTRY_VERIFY(table().findChild<QLineEdit*>(QStringLiteral("cost_cell")) == nullptr);
    QCOMPARE(matrix()(1, 2), 7.5);
    table().setFocus();
    QTest::keyClick(&table(), Qt::Key_Delete);
    QCOMPARE(matrix()(1, 2), 1.0);
    QCOMPARE(matrix()(0, 1), 7.5);
    // The right class costs nothing, and is not edited.
    table().setCurrentIndex(model->index(4, 4));
    QTest::keyClick(&table(), Qt::Key_5);
    QVERIFY(table().findChild<QLineEdit*>(QStringLiteral("cost_cell")) == nullptr);
    QTest::keyClick(&table(), Qt::Key_Delete);
    QCOMPARE(matrix()(4, 4), 0.0);
    // What is no cost is said, and nothing is changed.
    const auto before = matrix();
    QSignalSpy failed(page_, &Page::failed);
    for (const char* wrong : {"-3", "1,5", "nan"}) {
      type_into(6, 2, QString::fromLatin1(wrong));
      QCOMPARE(failed.size(), 1);
      QVERIFY(failed.takeFirst().front().toString().contains(QString::fromLatin1(wrong)));
      QCOMPARE(matrix(), before);
    }
    // Whoever sets a cell by the model hears of it, too.
    QVERIFY(!table().model()->setData(model->index(6, 2), QStringLiteral("-3")));
    QCOMPARE(failed.size(), 1);
    QCOMPARE(matrix(), before);
    // A class is gone to by its name, or a part of it; a pair by both.
    auto* go = find<QLineEdit>("cost_class");
    for (const auto& [words, row, column] :
         {std::tuple("horse", 7, 7), std::tuple("TRU", 9, 9), std::tuple("cat, dog", 3, 5)}) {
      go->setText(QString::fromLatin1(words));
      QTest::keyClick(go, Qt::Key_Return);
      QCOMPARE(table().currentIndex(), model->index(row, column));
    }
    QVERIFY(!view().go_to(QStringLiteral("unicorn")));
    find<QPushButton>("reset_costs")->click();
    QCOMPARE(matrix(), plain);
    QVERIFY(!find<QPushButton>("reset_costs")->isEnabled());
    window_->undo_stack()->undo();
    QCOMPARE(matrix(), before);
  }

  void a_rejection_has_its_cost() {
    show_costs();
    auto* reject = find<QDoubleSpinBox>("reject_cost");
    QCOMPARE(reject->value(), HarmCosts::usual_reject);
    reject->setValue(0.75);
    QCOMPARE(review().costs().reject, 0.75);
    QCOMPARE(cell("harm", FigureModel::shown),
             decimal(harm_alone(to_string(review().policy()), "test"), 4));
    QVERIFY(analysis().counts().judged() > analysis().counts().accepted());
    window_->undo_stack()->undo();
    QCOMPARE(reject->value(), HarmCosts::usual_reject);
    QCOMPARE(review().costs().reject, HarmCosts::usual_reject);
  }

  void csv_out_and_in_is_the_same_matrix() {
    show_costs();
    set_dear();
    const auto sent = matrix();
    const QString file = directory_.filePath(QStringLiteral("costs.csv"));
    QVERIFY(view().export_to(file).has_value());
    QCOMPARE(*load_cost_matrix(file.toStdString()), sent);
    find<QPushButton>("reset_costs")->click();
    QVERIFY(matrix() != sent);
    QVERIFY(view().import_from(file).has_value());
    QCOMPARE(matrix(), sent);
    QCOMPARE(review().costs().reject, HarmCosts::usual_reject);  // no file says it
    // Another order of the classes is put into that of the data set; what the file says of the
    // right class stands.
    const QString json = directory_.filePath(QStringLiteral("costs.json"));
    const auto write = [](const QString& path, const QByteArray& text) {
      QFile out(path);
      return out.open(QIODevice::WriteOnly) && out.write(text) == text.size();
    };
    QByteArray names, rows;
    for (std::size_t i = all_classes; i-- > 0;) {
      names += (names.isEmpty() ? "\"" : ",\"") +
               QByteArray::fromStdString(review().run().dataset.classes[i]) + '"';
      QByteArray row;
      for (std::size_t j = all_classes; j-- > 0;)
        row += (row.isEmpty() ? "" : ",") + QByteArray::number(i == j ? 0.5 : 2.0 + double(i));
      rows += (rows.isEmpty() ? "[" : ",[") + row + ']';
    }
    QVERIFY(write(json, "{\"classes\":[" + names + "],\"costs\":[" + rows + "]}"));
    QVERIFY(view().import_from(json).has_value());
    QCOMPARE(matrix()(2, 2), 0.5);
    QCOMPARE(matrix()(2, 3), 4.0);
    QCOMPARE(matrix()(9, 0), 11.0);
    // Nothing may cost less than the right class does.
    QSignalSpy failed(page_, &Page::failed);
    type_into(2, 3, QStringLiteral("0.25"));
    QCOMPARE(failed.size(), 1);
    QCOMPARE(matrix()(2, 3), 4.0);
    // Wrong files are refused with line and field, or what is missing, and change nothing.
    const auto before = matrix();
    QByteArray wrong = QByteArray::fromStdString(to_csv(sent));
    wrong.replace("20", "dear");
    QVERIFY(write(file, wrong));
    const auto number = view().import_from(file);
    QVERIFY(!number);
    const QString words = QString::fromStdString(to_string(number.error()));
    QVERIFY2(words.contains(QStringLiteral("line 3, field 11: 'dear' is not a number")) &&
                 words.contains(QStringLiteral("costs.csv")),
             qPrintable(words));
    QVERIFY(write(file, "0,1\n1,0\n"));
    const auto few = view().import_from(file);
    QVERIFY(!few && to_string(few.error()).find("2 classes") != std::string::npos);
    QVERIFY(!view().import_from(directory_.filePath(QStringLiteral("none.csv"))));
    QVERIFY(!view().export_to(QStringLiteral("/nowhere/at/all/costs.csv")));
    QCOMPARE(matrix(), before);
    window_->undo_stack()->undo();
    QCOMPARE(matrix(), sent);
  }

  void the_front_in_harm_is_the_cores_and_a_click_takes_a_setting() {
    review().set_policy("mean");
    settle();
    set_dear();
    FrontPlot* plot = page_->front();
    QVERIFY(page_->harm()->front() == nullptr);  // nobody has looked at it
    plot->axis_box()->setCurrentIndex(1);
    Q_EMIT plot->axis_box()->activated(1);
    settle();
    QCOMPARE(plot->title(), QStringLiteral("Kept against harm"));
    // Told from the core alone.
    const BoundPolicy policy = review().bound_policy();
    const auto truth = labels("test");
    Decisions decisions;
    const auto front = harm_front(harm_unit(dear(), 0.3), policy, truth,
                                  [&](const BoundPolicy& at) -> const Decisions& {
                                    decisions = decide_alone(to_string(at.policy));
                                    return decisions;
                                  });
    QVERIFY(front.size() > 2);
    const auto* shown = page_->harm()->front();
    QVERIFY(shown != nullptr && page_->harm()->front_is_current());
    QCOMPARE(shown->size(), front.size());
    for (std::size_t i = 0; i < front.size(); ++i) {
      QVERIFY(static_cast<const OperatingPoint&>((*shown)[i]) == front[i]);
      QCOMPARE((*shown)[i].harm, front[i].harm);
    }
    // What leaves the window says harm.
    const PlotTable numbers = plot->table();
    const auto column = numbers.columns.indexOf(QStringLiteral("harm"));
    QVERIFY(column > 0);
    QCOMPARE(numbers.rows.front()[static_cast<std::size_t>(column)].toDouble(),
             harm_alone(to_string(review().policy()), "test"));
    QCOMPARE(std::ranges::count(numbers.rows, QVariant(QStringLiteral("front")),
                                [](const auto& row) { return row.front(); }),
             static_cast<std::ptrdiff_t>(front.size()));
    const QStringList command = decide_command(review());
    QVERIFY(command.contains(QStringLiteral("--costs")) &&
            command.contains(QStringLiteral("--reject-cost")));
    // A click on a point in sight takes its parameters.
    const HarmPoint wanted = front[front.size() / 2];
    click(plot->plot(), plot->pixel(static_cast<double>(wanted.kept), wanted.harm));
    settle();
    const HarmPoint* taken = nullptr;
    for (const HarmPoint& point : front)
      if (point.kept == analysis().counts()[Verdict::kept]) taken = &point;
    QVERIFY(taken != nullptr);
    QVERIFY(std::abs(taken->kept - wanted.kept) <= 8);
    QVERIFY(std::abs(*page_->harm()->harm() - taken->harm) < 1e-12);
    QVERIFY(
        page_->harm()->front_is_current());  // it is the same front, wherever the threshold stands
    window_->undo_stack()->undo();
    QVERIFY(review().bound_policy() == policy);
    // Of other costs it is another front, which is not shown as current before it is there.
    review().set_costs({review().costs().matrix, 0.6});
    QVERIFY(!page_->harm()->front_is_current());
    QVERIFY(std::ranges::none_of(plot->table().rows, [](const auto& row) {
      return row.front() == QVariant(QStringLiteral("front"));
    }));
    settle();
    QVERIFY(page_->harm()->front_is_current());
    plot->axis_box()->setCurrentIndex(0);
    Q_EMIT plot->axis_box()->activated(0);
    QCOMPARE(plot->title(), QStringLiteral("Kept against undetected"));
    QVERIFY(!plot->table().columns.contains(QStringLiteral("harm")));
  }

  void goals_in_harm_choose_as_the_command_line_does() {
    auto* goal = find<QComboBox>("goal");
    QCOMPARE(goal->count(), 3);
    set_dear();
    QCOMPARE(goal->count(), 5);
    const auto choose = [&](int entry) {
      goal->setCurrentIndex(entry);
      Q_EMIT goal->activated(entry);
    };
    const auto expected = [&](const HarmRule& rule) {
      return *select_by_harm(*analysis().validation_run(), review().policy_voters(),
                             review().bound_policy(), harm_unit(dear(), 0.3), rule);
    };
    choose(3);
    QVERIFY(find<QDoubleSpinBox>("goal_bound")->isHidden());
    const auto least = expected({});
    page_->selection()->select();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && page_->selection()->settled(), 60000);
    QVERIFY(review().bound_policy() == least->policy);
    QVERIFY2(page_->selection()->outcome().contains(decimal(*least->harm, 4)),
             qPrintable(page_->selection()->outcome()));
    // No setting does less on validation.
    QVERIFY(std::abs(harm_alone(to_string(review().policy()), "validation") - *least->harm) <
            1e-12);
    QVERIFY(page_->selection()->save(QStringLiteral("least"), true).has_value());
    QCOMPARE(Study::open(folder_, Access::read_only)->decision("least")->rule,
             std::string("least-harm"));
    // At most so much: more is kept.
    choose(4);
    const double bound = std::ceil(*least->harm * 1000 + 30) / 1000;
    find<QDoubleSpinBox>("goal_bound")->setValue(bound);
    const auto most = expected({bound});
    page_->selection()->select();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && page_->selection()->settled(), 60000);
    QVERIFY(review().bound_policy() == most->policy);
    QVERIFY(*most->harm <= bound && most->point.kept >= least->point.kept);
    find<QDoubleSpinBox>("goal_bound")->setValue(0);
    page_->selection()->select();
    QTRY_VERIFY_WITH_TIMEOUT(page_->selection()->settled(), 60000);
    QVERIFY(page_->selection()->outcome().contains(QStringLiteral("No setting")));
    // Where nobody says what errors cost there is no such goal.
    find<QPushButton>("reset_costs")->click();
    settle();
    QCOMPARE(goal->count(), 3);
    QCOMPARE(goal->currentIndex(), 0);
  }

  void the_policy_harm_decides_by_what_is_edited() {
    show_costs();
    set_dear();
    const QString file = directory_.filePath(QStringLiteral("dear.csv"));
    QVERIFY(view().export_to(file).has_value());
    review().set_policy("harm");
    settle();
    QCOMPARE(*costs_of(review().bound_policy()), dear().costs);
    // As the core decides by the file that was exported.
    const auto by_file = [&](std::vector<std::size_t> voters) {
      const Study study = *Study::open(folder_, Access::read_only);
      const RunInfo run = *study.run("r1");
      const BoundPolicy bound =
          *bind(*parse_policy("harm(costs=\"" + file.toStdString() + "\")", voters.size()),
                {.classes = review().run().dataset.classes});
      return *decide_run(study, run, "test", *load_votes(study, run, "test"), voters, bound);
    };
    QCOMPARE(review().decisions().label, by_file({0, 3, 6, 9}).label);
    QCOMPARE(review().decisions().counts.by_verdict, by_file({0, 3, 6, 9}).counts.by_verdict);
    QVERIFY(decide_command(review()).join(u' ').contains(QStringLiteral("costs=costs.csv")));
    // Other voters count the same costs, and a threshold leaves them.
    review().set_voters({0, 3});
    settle();
    QCOMPARE(review().decisions().label, by_file({0, 3}).label);
    QVERIFY(page_->selection()->save(QStringLiteral("harmless"), true).has_value());
    const auto saved = *Study::open(folder_, Access::read_only)->decision("harmless");
    QCOMPARE(*costs_of(saved.policy), dear().costs);
    QVERIFY(saved.policy == review().bound_policy());
    // An edit decides anew, in one step that undo takes back.
    const auto before = review().decisions().label;
    type_into(1, 9, QStringLiteral("0.001"));
    for (int column = 0; column < 9; ++column)
      if (column != 1) type_into(1, column, QStringLiteral("900"));
    settle();
    QVERIFY(review().decisions().label != before);
    QCOMPARE(*costs_of(review().bound_policy()), matrix().costs);
    QVERIFY(analysis().curve_is_current());
    for (int step = 0; step < 9; ++step) window_->undo_stack()->undo();
    settle();
    QCOMPARE(matrix(), dear());
    QCOMPARE(review().decisions().label, before);
    QVERIFY(review().bound_policy() == saved.policy);
    // A decision that carries costs shows them where it is chosen.
    find<QPushButton>("reset_costs")->click();
    review().set_policy("mean");
    settle();
    QVERIFY(matrix() != dear());
    Q_EMIT page_->reload_wanted();
    settle();
    auto* kinds = find<QComboBox>("policy");
    const int entry = kinds->findText(QStringLiteral("harmless"));
    QVERIFY(entry > 0);
    kinds->setCurrentIndex(entry);
    Q_EMIT kinds->activated(entry);
    settle();
    QCOMPARE(matrix(), dear());
    QCOMPARE(review().decisions().label, before);
    window_->undo_stack()->undo();
    settle();
    QVERIFY(is_plain(matrix()));
    QCOMPARE(std::string(review().policy().kind().name), std::string("mean"));
    // A file that is named is read, by the classes' names, and stands in the table; an edit takes
    // its place.
    review().set_policy(*parse_policy("harm(costs=\"" + file.toStdString() + "\")", 2));
    settle();
    QCOMPARE(matrix(), dear());
    type_into(2, 4, QStringLiteral("3"));
    settle();
    QCOMPARE(to_string(review().policy()), to_string(*parse_policy("harm", 2)));
    QCOMPARE((*costs_of(review().bound_policy()))[2 * all_classes + 4], 3.0);
    // One that was saved with plain costs decides by those, and that is said.
    review().set_decision(*bind(*parse_policy("harm", 2)), {0, 3});
    settle();
    QVERIFY(review().decides_by_other_costs());
    QVERIFY(view().summary().contains(QStringLiteral("different costs")));
  }

  void costs_are_of_a_split_of_a_study() {
    show_costs();
    set_dear();
    QVERIFY(window_->go({.page = QStringLiteral("failures")}).has_value());
    QVERIFY(window_->go({.page = QStringLiteral("decision")}).has_value());
    QCOMPARE(matrix(), dear());
    const auto open_split = [&](const char* split) {
      QSignalSpy opened(window_.get(), &MainWindow::run_opened);
      window_->open_run(QStringLiteral("r1"), {}, split);
      QVERIFY(opened.wait(20000));
      settle();
    };
    open_split("validation");
    QVERIFY(is_plain(matrix()));
    open_split("test");
    QCOMPARE(matrix(), dear());
    QCOMPARE(review().costs().reject, 0.3);
    QCOMPARE(table().model()->index(1, 9).data().toString(), QStringLiteral("20"));
    QSignalSpy opened(window_.get(), &MainWindow::run_opened);
    QVERIFY(window_->open_study(QString::fromStdString(alone_.string())).has_value());
    if (opened.isEmpty()) QVERIFY(opened.wait(20000));
    settle();
    QVERIFY(review().costs().is_plain());
    QCOMPARE(cell("harm", FigureModel::validation), QString(no_value));
  }

  void every_control_has_a_name_and_nothing_open_is_an_empty_table() {
    show_costs();
    for (const QWidget* control : view().findChildren<QWidget*>()) {
      const bool takes_keys = control->focusPolicy() != Qt::NoFocus && control->isVisible();
      if (!takes_keys || control->objectName().startsWith(QStringLiteral("qt_"))) continue;
      const auto* button = qobject_cast<const QPushButton*>(control);
      QVERIFY2(!control->accessibleName().isEmpty() || (button && !button->text().isEmpty()) ||
                   control->inherits("QHeaderView"),
               control->metaObject()->className());
    }
    QVERIFY(!page_->front()->axis_box()->accessibleName().isEmpty());
    // Tab goes on; the table keeps its arrows.
    table().setFocus();
    QVERIFY(table().hasFocus());
    table().setCurrentIndex(view().model()->index(0, 1));
    QTest::keyClick(&table(), Qt::Key_Down);
    QCOMPARE(table().currentIndex(), view().model()->index(1, 1));
    QTest::keyClick(&table(), Qt::Key_Tab);
    QVERIFY(!table().hasFocus());
    view().set_review(nullptr);
    QCOMPARE(view().model()->rowCount(), 0);
    QVERIFY(view().summary().isEmpty());
    QVERIFY(!find<QPushButton>("import_costs")->isEnabled());
    view().set_review(&review());
    QCOMPARE(view().model()->rowCount(), static_cast<int>(all_classes));
  }
};

int test_costs(int argc, char** argv) {
  // A bare X server has no window manager, which alone gives a window back its keys after a dialog.
  if (QGuiApplication::platformName() == QStringLiteral("xcb")) {
    qInfo("test_costs: left out without a window manager");
    return 0;
  }
  TestCosts tests;
  return QTest::qExec(&tests, argc, argv);
}

#include "test_costs.moc"
