#include <QAbstractButton>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "core/study/decide_run.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/reason.h"
#include "widgets/decision/run_review.h"
#include "widgets/decision/voter_matrix.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/filter_bar.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/gallery/verdict_bar.h"
#include "widgets/inspector/class_probabilities.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/page/settings.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/runs/voter_choice_view.h"
#include "widgets/style/theme.h"
#include "widgets/text/numbers.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

constexpr std::int64_t sample_count = 600;

template <class T>
T must(Result<T> result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
  return std::move(*result);
}

void must(const Result<void>& result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
}

}  // namespace

/// The real window on a real study, driven as a user does.
class TestMainWindow : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::filesystem::path folder_;
  std::unique_ptr<MainWindow> window_;

  template <class T>
  T* find(const char* name) const {
    // Other pages have inspectors as well.
    auto* found = inspector()->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) found = window_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  GalleryView* gallery() const { return window_->page<FailuresPage>()->gallery(); }
  const FailureGallery& rows() const { return window_->page<FailuresPage>()->content(); }
  SampleInspector* inspector() const {
    return window_->page<FailuresPage>()->inspector()->findChild<SampleInspector*>();
  }
  VerdictBar* verdicts() const { return window_->findChild<VerdictBar*>(); }

  /// What core/ says of a policy on some voters, without any widget.
  Decisions expected(const std::string& policy, std::vector<std::size_t> voters) const {
    const Study study = must(Study::open(folder_, Access::read_only));
    const RunInfo run = must(study.run("r1"));
    const RunVotes votes = must(load_votes(study, run, "test"));
    return must(decide_run(study, run, "test", votes, voters,
                           must(bind(must(parse_policy(policy, voters.size()))))));
  }
  static constexpr std::array<std::size_t, 4> identity = {0, 3, 6, 9};
  Decisions expected(const std::string& policy) const {
    return expected(policy, {identity.begin(), identity.end()});
  }

  bool counters_show(const Decisions& decisions) const {
    for (std::size_t v = 0; v < verdict_kinds; ++v)
      if (verdicts()->counter(static_cast<Verdict>(v))->value() != decisions.counts.by_verdict[v])
        return false;
    return true;
  }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(directory_.isValid());
    folder_ = directory_.filePath("shapes.plumb").toStdString();
    SyntheticStudy request;
    request.folder = folder_;
    request.samples = sample_count;
    must(make_study(request));
  }

  void init() {
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1400, 900);
    QSignalSpy opened(window_.get(), &MainWindow::run_opened);
    must(window_->open_study(QString::fromStdString(folder_.string())));
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    window_->activateWindow();
    if (opened.isEmpty()) QVERIFY(opened.wait(20000));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 20000);
  }

  void cleanup() { window_.reset(); }

  void opens_with_undetected_mispredictions() {
    const Decisions decisions = expected("polygraph");
    QVERIFY(decisions.counts[Verdict::undetected] > 5);  // or the test would say little
    QVERIFY(counters_show(decisions));
    QCOMPARE(static_cast<std::int64_t>(rows().size()), decisions.counts[Verdict::undetected]);
    QCOMPARE(find<QLabel>("count")->text(),
             QStringLiteral("%1 of %2").arg(rows().size()).arg(sample_count));
    const VoteTable& votes = window_->review()->votes();
    for (std::size_t row = 1; row < rows().size(); ++row)
      QVERIFY(votes.voters[0].confidence[rows().item(row - 1).sample()] >=
              votes.voters[0].confidence[rows().item(row).sample()]);
    QVERIFY(verdicts()->figures().contains(percent(decisions.counts.coverage())));
    QVERIFY(verdicts()->figures().contains(percent(decisions.counts.selective_risk())));
    QVERIFY(!gallery()->notice().size());
  }

  void the_baseline_stands_beside_the_figures() {
    // By brute force: every threshold of the first voter that keeps at least as many.
    const Decisions decisions = expected("polygraph");
    const VoteTable& votes = window_->review()->votes();
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t t = 0; t < votes.samples(); ++t) {
      const float threshold = votes.voters[0].confidence[t];
      std::int64_t kept = 0, undetected = 0;
      for (std::size_t i = 0; i < votes.samples(); ++i) {
        if (votes.voters[0].confidence[i] < threshold) continue;
        ++(votes.voters[0].predicted[i] == votes.labels[i] ? kept : undetected);
      }
      if (kept >= decisions.counts[Verdict::kept]) fewest = std::min(fewest, undetected);
    }
    const QString figure = fewest == std::numeric_limits<std::int64_t>::max()
                               ? QStringLiteral("–")
                               : with_thousands(fewest);
    QVERIFY2(verdicts()->figures().contains(
                 QStringLiteral("mcp at equal kept: %1 undetected").arg(figure)),
             qPrintable(verdicts()->figures()));
  }

  void the_tree_tells_what_there_is() {
    const QAbstractItemModel* items = find<QTreeView>("study_tree")->model();
    QStringList seen;
    const std::function<void(const QModelIndex&)> walk = [&](const QModelIndex& parent) {
      for (int row = 0; row < items->rowCount(parent); ++row) {
        const QModelIndex index = items->index(row, 0, parent);
        seen << index.data(Qt::AccessibleTextRole).toString();
        walk(index);
      }
    };
    walk({});
    QVERIFY2(seen.contains("test, 600"), qPrintable(seen.join('|')));
    QVERIFY(seen.contains("r1, 7,200"));
    QVERIFY(seen.contains("Models, 4"));
  }

  void keys_on_a_slider_decide_anew() {
    auto* slider = find<QSlider>("thr_conf_slider");
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_PageUp);
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(find<QDoubleSpinBox>("thr_conf")->value(), 0.76);
    QVERIFY(counters_show(expected("polygraph(thr_conf=0.76)")));
    QCOMPARE(static_cast<std::int64_t>(rows().size()),
             verdicts()->counter(Verdict::undetected)->value());
    auto* number = find<QDoubleSpinBox>("thr_freq");
    QTest::keyClick(number, Qt::Key_Up);
    QVERIFY(counters_show(expected("polygraph(thr_conf=0.76,thr_freq=4)")));
    QTest::mouseClick(find<QAbstractButton>("reset"), Qt::LeftButton);
    QVERIFY(counters_show(expected("polygraph")));
  }

  void a_drag_recolours_and_its_end_sorts() {
    QTest::keyClick(gallery(), Qt::Key_3);
    QTest::keyClick(gallery(), Qt::Key_4);
    auto* slider = find<QSlider>("thr_conf_slider");
    const int y = slider->height() / 2;
    const QPoint from(5 + (slider->width() - 10) * slider->value() / slider->maximum(), y);
    std::vector<std::uint32_t> before;
    for (std::size_t row = 0; row < rows().size(); ++row)
      before.push_back(rows().item(row).sample());
    QTest::mousePress(slider, Qt::LeftButton, {}, from);
    for (int x = from.x(); x < slider->width() - 8; x += 4) QTest::mouseMove(slider, QPoint(x, y));
    QVERIFY(slider->isSliderDown());
    const double held = find<QDoubleSpinBox>("thr_conf")->value();
    QVERIFY(held > 0.8);
    QVERIFY(counters_show(expected("polygraph(thr_conf=" + std::to_string(held) + ")")));
    QCOMPARE(rows().size(), before.size());
    for (std::size_t row = 0; row < before.size(); ++row)
      QCOMPARE(rows().item(row).sample(), before[row]);
    QTest::mouseRelease(slider, Qt::LeftButton, {}, QPoint(slider->width() - 8, y));
    const auto shown = verdicts()->counter(Verdict::undetected)->value() +
                       verdicts()->counter(Verdict::caught)->value() +
                       verdicts()->counter(Verdict::needlessly_rejected)->value();
    QCOMPARE(static_cast<std::int64_t>(rows().size()), shown);
    QVERIFY(rows().size() != before.size());
  }

  void number_keys_toggle_verdicts() {
    const Decisions decisions = expected("polygraph");
    gallery()->setFocus();
    QTest::keyClick(gallery(), Qt::Key_1);
    QTest::keyClick(gallery(), Qt::Key_2);
    QCOMPARE(static_cast<std::int64_t>(rows().size()), decisions.counts[Verdict::kept]);
    QTest::mouseClick(verdicts()->counter(Verdict::caught), Qt::LeftButton);
    QCOMPARE(static_cast<std::int64_t>(rows().size()),
             decisions.counts[Verdict::kept] + decisions.counts[Verdict::caught]);
    QTest::mouseClick(verdicts()->counter(Verdict::needlessly_rejected), Qt::LeftButton,
                      Qt::ControlModifier);
    QCOMPARE(static_cast<std::int64_t>(rows().size()),
             decisions.counts[Verdict::needlessly_rejected]);
    QVERIFY(!verdicts()->counter(Verdict::kept)->isChecked());
    // None chosen: the gallery says what to do, and its link does it.
    QTest::keyClick(gallery(), Qt::Key_4);
    QCOMPARE(rows().size(), std::size_t{0});
    QVERIFY(gallery()->notice().contains("Show all verdicts"));
    Q_EMIT gallery()->notice_link("do:all-verdicts");
    QCOMPARE(static_cast<std::int64_t>(rows().size()), sample_count);
  }

  void classes_and_text_filter() {
    Q_EMIT gallery()->notice_link("do:all-verdicts");
    auto* truth = find<QComboBox>("true_class");
    truth->setFocus();
    QTest::keyClick(truth, Qt::Key_Down);
    QTest::keyClick(truth, Qt::Key_Down);
    QCOMPARE(truth->currentText(), QStringLiteral("automobile"));
    const VoteTable& votes = window_->review()->votes();
    const auto of_class = std::count(votes.labels.begin(), votes.labels.end(), ClassIndex{1});
    QCOMPARE(static_cast<std::ptrdiff_t>(rows().size()), of_class);
    for (std::size_t row = 0; row < rows().size(); ++row)
      QCOMPARE(votes.labels[rows().item(row).sample()], ClassIndex{1});

    auto* text = find<QLineEdit>("text");
    QTest::keyClicks(text, "99");
    QTRY_VERIFY(rows().size() < static_cast<std::size_t>(of_class));
    for (std::size_t row = 0; row < rows().size(); ++row)
      QVERIFY(QString::number(rows().item(row).sample()).contains("99"));
    QTest::keyClicks(text, "no such");
    QTRY_COMPARE(rows().size(), std::size_t{0});
    QVERIFY(gallery()->notice().contains("No image matches"));
    QVERIFY(gallery()->notice().contains(QString::number(of_class)));
    Q_EMIT gallery()->notice_link("do:clear-text");
    QCOMPARE(text->text(), QString());
    QCOMPARE(static_cast<std::ptrdiff_t>(rows().size()), of_class);
    QVERIFY(gallery()->notice().isEmpty());
  }

  void sorts_by_what_is_chosen() {
    Q_EMIT gallery()->notice_link("do:all-verdicts");
    auto* sort = find<QComboBox>("sort");
    sort->setFocus();
    QTest::keyClick(sort, Qt::Key_Down);
    QCOMPARE(sort->currentText(), QStringLiteral("disagreement"));
    const auto dissent = [&](std::size_t row) {
      const auto sample = rows().item(row).sample();
      int count = 0;
      for (const VoterVotes& voter : window_->review()->votes().voters)
        count += voter.predicted[sample] != window_->review()->decisions().label[sample];
      return count;
    };
    for (std::size_t row = 1; row < rows().size(); ++row) QVERIFY(dissent(row - 1) >= dissent(row));
    QVERIFY(dissent(0) > dissent(rows().size() - 1));
    QTest::mouseClick(find<QAbstractButton>("direction"), Qt::LeftButton);
    for (std::size_t row = 1; row < rows().size(); ++row) QVERIFY(dissent(row - 1) <= dissent(row));
  }

  void the_inspector_shows_the_chosen_sample() {
    gallery()->setFocus();
    QTest::keyClick(gallery(), Qt::Key_Right);
    QTest::keyClick(gallery(), Qt::Key_Right);
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(2));
    const std::uint32_t sample = rows().item(2).sample();
    QTRY_VERIFY(inspector()->detail() != nullptr && inspector()->detail()->item.sample() == sample);
    QCOMPARE(inspector()->item(), std::optional(ItemRef(sample)));
    QCOMPARE(find<QLabel>("verdict")->text(), QStringLiteral("undetected misprediction"));
    QCOMPARE(find<QLabel>("file")->text(), QString::number(sample));
    const VoteTable& votes = window_->review()->votes();
    const ClassIndex label = window_->review()->decisions().label[sample];
    int agree = 0, sure = 0;
    for (const VoterVotes& voter : votes.voters) agree += voter.predicted[sample] == label;
    for (const std::size_t v : identity)
      sure +=
          votes.voters[v].predicted[sample] == label && votes.voters[v].confidence[sample] >= 0.7f;
    QCOMPARE(inspector()->votes()->summary(),
             QStringLiteral("%1 agree, %2 dissent (≠)").arg(agree).arg(12 - agree));
    QCOMPARE(find<QLabel>("reason")->text(),
             QStringLiteral("%1 of 4 votes ≥ 0.70, needs 3").arg(sure));
    QVERIFY(sure >= 3);
    // The bars are the mean of the four stored distributions.
    const Study study = must(Study::open(folder_, Access::read_only));
    const RunInfo run = must(study.run("r1"));
    const auto shown = inspector()->probabilities()->rows();
    QCOMPARE(shown.size(), std::size_t{4});
    for (const auto& row : shown) {
      double mean = 0;
      for (const std::size_t v : identity)
        mean += std::exp(must(log_probs(study, run, "test", v, sample))[row.index]) / 4;
      QVERIFY(std::abs(row.probability - mean) < 1e-6);
      QCOMPARE(row.truth, row.index == votes.labels[sample]);
    }
    QVERIFY(std::ranges::any_of(shown, &ClassProbabilities::Row::truth));
  }

  void votes_are_read_at_the_inspectors_first_width_data() {
    QTest::addColumn<int>("models");
    QTest::addColumn<int>("views");
    QTest::addColumn<bool>("list");
    QTest::newRow("one voter") << 1 << 1 << false;
    QTest::newRow("4 × 3") << 4 << 3 << false;
    QTest::newRow("6 × 6") << 6 << 6 << true;
    QTest::newRow("8 × 8") << 8 << 8 << true;
  }
  void votes_are_read_at_the_inspectors_first_width() {
    QFETCH(int, models);
    QFETCH(int, views);
    QFETCH(bool, list);
    const QTemporaryDir directory;
    SyntheticStudy request;
    request.folder = directory.filePath("votes.plumb").toStdString();
    request.samples = 20;
    request.models.clear();
    for (int model = 0; model < models; ++model)
      request.models.push_back("lenet5-connorm-" + std::to_string(model));
    request.views = {"identity", "flip_x", "gamma=0.8", "gamma=1.2",
                     "hist",     "imadj",  "adhist=2",  "scale=0.9"};
    request.views.resize(static_cast<std::size_t>(views));
    must(make_study(request));
    MainWindow window(nullptr);
    window.resize(1600, 1000);
    window.show();
    QSignalSpy opened(&window, &MainWindow::run_opened);
    must(window.open_study(directory.filePath("votes.plumb")));
    QVERIFY(opened.wait(20000));
    auto* page = window.page<FailuresPage>();
    must(window.go({.page = QStringLiteral("failures"), .item = ItemRef(3)}));
    auto* shown = page->inspector()->findChild<SampleInspector*>();
    QTRY_VERIFY(shown->item() == std::optional(ItemRef(3)));
    QCoreApplication::processEvents();
    const VoteTableView* votes = shown->votes();
    QCOMPARE(votes->is_list(), list);
    const VoteTable& table = window.review()->votes();
    QCOMPARE(table.voters.size(), static_cast<std::size_t>(models * views));
    int below = -1;
    for (std::size_t voter = 0; voter < table.voters.size(); ++voter) {
      const ClassIndex vote = table.voters[voter].predicted[3];
      if (list)
        QCOMPARE(votes->shown_class(voter).toStdString(), window.review()->run().class_name(vote));
      const QRect cell = votes->cell_rect(voter);
      QVERIFY(votes->rect().contains(cell.adjusted(0, 0, -1, -1)));
      if (list) QVERIFY(cell.top() > below);
      below = cell.top();
    }
  }

  void the_matrix_of_a_new_run_shows_every_model_where_there_is_room() {
    const QTemporaryDir directory;
    SyntheticStudy request;
    request.folder = directory.filePath("many.plumb").toStdString();
    request.samples = 10;
    request.models.clear();
    for (int model = 0; model < 12; ++model)
      request.models.push_back("model-" + std::to_string(model));
    must(make_study(request));
    MainWindow window(nullptr);
    window.resize(2560, 1440);
    window.show();
    must(window.open_study(directory.filePath("many.plumb")));
    window.show_page(window.page<RunsPage>());
    const auto* matrix = window.findChild<VoterChoiceView*>();
    QTRY_COMPARE(matrix->verticalScrollBar()->maximum(), 0);
    QCOMPARE(matrix->model()->rowCount() >= 12, true);
    // A name stands near its ticks.
    QVERIFY(matrix->columnWidth(VoterChoiceModel::model_column) < 250);
  }

  void a_matrix_that_is_mostly_empty_is_a_list() {
    const auto reads = [](const std::vector<Voter>& voters) {
      constexpr int wide_cell = 200;
      return reads_as_list(voter_grid(voters), wide_cell);
    };
    const auto voter = [](const char* model, const char* view) {
      return Voter{model, must(parse_view(view))};
    };
    // Each model on its own view.
    QVERIFY(reads({voter("a", "identity"), voter("b", "flip_x"), voter("c", "hist")}));
    QVERIFY(!reads({voter("a", "identity"), voter("a", "flip_x"), voter("a", "hist")}));
    QVERIFY(!reads({voter("a", "identity"), voter("b", "identity")}));
    QVERIFY(!reads({voter("a", "identity"), voter("a", "flip_x"), voter("b", "identity")}));
  }

  void frames_have_their_verdicts_colour() {
    Q_EMIT gallery()->notice_link("do:all-verdicts");
    QTRY_VERIFY(gallery()->complete());
    const QImage picture = gallery()->viewport()->grab().toImage();
    std::array<int, verdict_kinds> seen{};
    for (std::size_t row = 0; row < 200 && row < rows().size(); ++row) {
      const QRect cell = gallery()->cell_rect(row);
      const QRect frame = gallery()->grid().frame_of(cell);
      if (!picture.rect().contains(frame)) continue;
      const Verdict verdict = window_->review()->decisions().verdict[rows().item(row).sample()];
      const double ratio = picture.devicePixelRatio();
      const auto at = [&](QPoint p) { return picture.pixelColor((QPointF(p) * ratio).toPoint()); };
      QCOMPARE(at({frame.center().x(), frame.top()}).rgb(), verdict_fill(verdict).rgb());
      QCOMPARE(at({frame.right(), frame.center().y()}).rgb(), verdict_fill(verdict).rgb());
      QVERIFY(at(frame.center()).rgb() != colours().groove.rgb());
      ++seen[static_cast<std::size_t>(verdict)];
    }
    QVERIFY(seen[0] > 0);
  }

  void voters_are_chosen_in_the_matrix() {
    QTest::mouseClick(find<QAbstractButton>("voters"), Qt::LeftButton);
    auto* matrix = window_->findChild<VoterMatrix*>();
    QVERIFY(matrix != nullptr && matrix->isVisible());
    const auto boxes = matrix->findChildren<QAbstractButton*>();
    for (auto* box : boxes)
      if (box->accessibleName() == QStringLiteral("strong:flip_x"))
        QTest::keyClick(box, Qt::Key_Space);
    QCOMPARE(find<QAbstractButton>("voters")->text(), QStringLiteral("5 of 12"));
    QVERIFY(counters_show(expected("polygraph", {0, 1, 3, 6, 9})));
    // A column's name ticks all of it.
    for (auto* box : boxes)
      if (box->accessibleName() == QStringLiteral("All of flip_x"))
        QTest::keyClick(box, Qt::Key_Space);
    QVERIFY(counters_show(expected("polygraph", {0, 1, 3, 4, 6, 7, 9, 10})));
    QTest::keyClick(matrix, Qt::Key_Escape);
    QTRY_VERIFY(window_->findChild<VoterMatrix*>() == nullptr);
  }

  void every_policy_of_the_table_decides() {
    auto* combo = find<QComboBox>("policy");
    const auto of_classes = [](const PolicyKind* kind) {
      return kind->traits.predictions == "classes";
    };
    // Stages are a choice beside the policy.
    QCOMPARE(combo->count(), std::ranges::count_if(policy_kinds(), of_classes) - 1);
    for (const PolicyKind* kind : policy_kinds()) {
      if (!of_classes(kind)) continue;
      const std::string name(kind->name);
      if (name == "staged") continue;
      // One that is fitted, or needs more voters, is refused with a word.
      const auto defaults = make_policy(*kind, window_->review()->policy().voters());
      if (!defaults || !bind(*defaults)) continue;
      const int index = combo->findText(QString::fromStdString(name));
      combo->setCurrentIndex(index);
      Q_EMIT combo->activated(index);
      QTRY_VERIFY(!window_->review()->busy());
      QVERIFY2(counters_show(expected(name)), name.c_str());
      const auto spins = window_->findChildren<QDoubleSpinBox*>();
      const auto visible =
          std::ranges::count_if(spins, [](const QDoubleSpinBox* s) { return s->isVisible(); });
      QCOMPARE(visible, std::ranges::count_if(kind->parameters, [](const PolicyParameter& p) {
                 return p.type == ParameterType::number || p.type == ParameterType::integer;
               }));
      QVERIFY(!reason_for(*window_->review(), 0).isEmpty());
    }
  }

  void keys_move_and_open() {
    Q_EMIT gallery()->notice_link("do:all-verdicts");
    gallery()->setFocus();
    QTest::keyClick(gallery(), Qt::Key_Home);
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(0));
    QTest::keyClick(gallery(), Qt::Key_Down);
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(gallery()->grid().columns()));
    QTest::keyClick(gallery(), Qt::Key_PageDown);
    QVERIFY(*gallery()->current() > static_cast<std::size_t>(2 * gallery()->grid().columns()));
    QTest::keyClick(gallery(), Qt::Key_End);
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(sample_count - 1));
    QVERIFY(gallery()->viewport()->rect().contains(gallery()->cell_rect(sample_count - 1)));
    auto* large = find<QWidget>("large_image");
    QTest::keyClick(gallery(), Qt::Key_Space);
    QVERIFY(large->isVisible());
    QTest::keyClick(large, Qt::Key_Left);
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(sample_count - 2));
    // It is still what has the keys after another page.
    Page* failures = window_->page(QStringLiteral("failures"));
    QVERIFY(failures != nullptr);
    window_->show_page(window_->page(QStringLiteral("runs")));
    window_->show_page(failures);
    QVERIFY(large->isVisible());
    QCOMPARE(window_->focusWidget(), static_cast<QWidget*>(large));
    QTest::keyClick(large, Qt::Key_Escape);
    QVERIFY(!large->isVisible());
    QTest::mouseClick(gallery()->viewport(), Qt::LeftButton, {},
                      gallery()->cell_rect(sample_count - 5).center());
    QCOMPARE(gallery()->current(), std::optional<std::size_t>(sample_count - 5));
  }

  void ctrl_and_wheel_change_the_thumbnails() {
    const auto turn = [&](int notches) {
      QWheelEvent event(QPointF(20, 20), gallery()->viewport()->mapToGlobal(QPointF(20, 20)), {},
                        QPoint(0, 120 * notches), Qt::NoButton, Qt::ControlModifier,
                        Qt::NoScrollPhase, false);
      QCoreApplication::sendEvent(gallery()->viewport(), &event);
    };
    QCOMPARE(gallery()->thumbnail_side(), 96);
    turn(1);
    QCOMPARE(gallery()->thumbnail_side(), 112);
    turn(100);
    QCOMPARE(gallery()->thumbnail_side(), 256);
    turn(-100);
    QCOMPARE(gallery()->thumbnail_side(), 48);
    QTRY_VERIFY(gallery()->complete());
  }

  void f4_hides_the_inspector() {
    QTRY_VERIFY(window_->isActiveWindow());
    QVERIFY(inspector()->isVisible());
    QTest::keyClick(window_.get(), Qt::Key_F4);
    QVERIFY(!inspector()->isVisible());
    QTest::keyClick(window_.get(), Qt::Key_F4);
    QVERIFY(inspector()->isVisible());
    // F6 goes round the regions, Esc back to the page.
    gallery()->setFocus();
    QTest::keyClick(window_.get(), Qt::Key_F6);
    QVERIFY(!gallery()->hasFocus());
    QTest::keyClick(window_->focusWidget(), Qt::Key_Escape);
    QVERIFY(gallery()->hasFocus());
  }

  void a_theme_changes_every_ground() {
    const auto ground = [&] {
      const QImage picture = gallery()->viewport()->grab().toImage();
      return picture.pixelColor(2, picture.height() - 3).rgb();
    };
    QCOMPARE(ground(), colours(Theme::light).canvas.rgb());
    window_->set_theme(Theme::dark);
    QCOMPARE(ground(), colours(Theme::dark).canvas.rgb());
    const auto* label = find<QLabel>("reason");
    QTRY_COMPARE(label->palette().color(label->foregroundRole()),
                 colours(Theme::dark).secondary_text);
    window_->set_theme(Theme::light);
    QCOMPARE(ground(), colours(Theme::light).canvas.rgb());
  }

  void whatever_takes_the_focus_has_a_name() {
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
      if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
      if (widget->focusProxy() != nullptr) continue;
      // Part of a control that has a name.
      const QWidget* parent = widget->parentWidget();
      if (qobject_cast<const QAbstractSpinBox*>(parent) ||
          qobject_cast<const QAbstractScrollArea*>(parent))
        continue;
      const auto* button = qobject_cast<const QAbstractButton*>(widget);
      QVERIFY2(
          !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
          qPrintable(
              QString("%1 '%2'").arg(widget->metaObject()->className(), widget->objectName())));
    }
  }

  void tab_reaches_everything_once() {
    QTRY_VERIFY(window_->isActiveWindow());
    gallery()->setFocus();
    QStringList order;
    QSet<const QWidget*> seen;
    for (int i = 0; i < 60; ++i) {
      QTest::keyClick(window_->focusWidget(), Qt::Key_Tab);
      const QWidget* now = window_->focusWidget();
      if (seen.contains(now)) break;
      seen.insert(now);
      order << now->objectName();
    }
    for (const char* name :
         {"policy", "voters", "thr_conf_slider", "thr_conf", "thr_freq", "reset", "verdict_0",
          "verdict_3", "sort", "direction", "true_class", "confidence", "text", "tree_filter"})
      QVERIFY2(order.contains(name),
               qPrintable(QString("%1 is not among %2").arg(name, order.join(' '))));
    QVERIFY(order.indexOf("policy") < order.indexOf("thr_conf"));
    QVERIFY(order.indexOf("thr_conf") < order.indexOf("reset"));
    QVERIFY(order.indexOf("reset") < order.indexOf("verdict_0"));
  }

  void the_next_start_is_like_the_last() {
    const QTemporaryDir config;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, config.path());
    const QString study = QString::fromStdString(folder_.string());
    {
      MainWindow window(std::make_unique<Settings>());
      QCOMPARE(window.page(QStringLiteral("failures"))->isVisibleTo(&window), true);
      must(window.open_study(study));
      window.show();
      window.show_page(window.page(QStringLiteral("runs")));
      window.page<FailuresPage>()->gallery()->set_thumbnail_side(160);
      window.close();
    }
    Settings settings;
    QCOMPARE(settings.recent_studies(), QStringList{study});
    MainWindow window(std::make_unique<Settings>());
    QVERIFY(window.page(QStringLiteral("runs"))->isVisibleTo(&window));
    QCOMPARE(window.page<FailuresPage>()->gallery()->thumbnail_side(), 160);
    for (int i = 0; i < 12; ++i) settings.add_recent_study(QStringLiteral("/s%1").arg(i % 10));
    QCOMPARE(settings.recent_studies().size(), 8);
    QCOMPARE(settings.recent_studies().mid(0, 3),
             (QStringList{QStringLiteral("/s1"), QStringLiteral("/s0"), QStringLiteral("/s9")}));
  }

  void a_broken_study_is_said_not_suffered() {
    QTemporaryDir other;
    const QString broken = other.filePath("broken.plumb");
    QDir().mkpath(broken);
    QFile file(broken + "/study.sqlite");
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(5000, 'x'));
    file.close();
    const auto opened = window_->open_study(broken);
    QVERIFY(!opened);
    QCOMPARE(opened.error().kind, ErrorKind::bad_input);
    QVERIFY(gallery()->notice().contains("Open another study"));
    QCOMPARE(rows().size(), std::size_t{0});
    QVERIFY(window_->review() == nullptr);
    QVERIFY(!find<QComboBox>("policy")->isEnabled());
    gallery()->grab();
    // And the window is still good for the next one.
    QSignalSpy run(window_.get(), &MainWindow::run_opened);
    must(window_->open_study(QString::fromStdString(folder_.string())));
    QVERIFY(run.wait(20000));
    QVERIFY(counters_show(expected("polygraph")));
  }

  void a_missing_prediction_file_is_named() {
    QTemporaryDir other;
    SyntheticStudy request;
    request.folder = other.filePath("lost.plumb").toStdString();
    request.samples = 60;
    must(make_study(request));
    std::filesystem::remove_all(request.folder / "cache");
    for (const auto& file : std::filesystem::directory_iterator(request.folder / "predictions"))
      std::filesystem::remove(file);
    QSignalSpy failed(window_.get(), &MainWindow::run_failed);
    must(window_->open_study(QString::fromStdString(request.folder.string())));
    QVERIFY(failed.wait(20000));
    QVERIFY2(gallery()->notice().contains("synthetic-000000.safetensors"),
             qPrintable(gallery()->notice()));
  }

  void lost_pictures_are_grey_and_said() {
    QTemporaryDir other;
    SyntheticStudy request;
    request.folder = other.filePath("moved.plumb").toStdString();
    request.samples = 120;
    must(make_study(request));
    QFile::remove(other.filePath("pictures.bin"));
    QSignalSpy run(window_.get(), &MainWindow::run_opened);
    must(window_->open_study(QString::fromStdString(request.folder.string())));
    QVERIFY(run.wait(20000));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 20000);
    QVERIFY(rows().size() > 0);
    QVERIFY(inspector()->detail()->image.isNull());
    QVERIFY(inspector()->detail()->image_error.contains("pictures.bin"));
    gallery()->grab();
  }

  void without_a_run_the_next_step_is_said() {
    QTemporaryDir other;
    SyntheticStudy request;
    request.folder = other.filePath("young.plumb").toStdString();
    request.samples = 20;
    request.without_run = true;
    must(make_study(request));
    must(window_->open_study(QString::fromStdString(request.folder.string())));
    QVERIFY(gallery()->notice().contains("Run models on a data set first"));
  }
};

int test_main_window(int argc, char** argv) {
  TestMainWindow test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_main_window.moc"
