#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QToolButton>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <fstream>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/planer_page/tests.h"
#include "tests/support/planer_study.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/page/settings.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/architecture_view.h"
#include "widgets/planer/latency_bars.h"
#include "widgets/planer/latency_slider.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/planer_page.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/planer/search_bar.h"
#include "widgets/planer/selected_panel.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/tradeoff_plot.h"
#include "widgets/planer/train_further_dialog.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/theme.h"
#include "widgets/window/main_window.h"

using namespace plumbline;
using test::PlanerStudy;

namespace {

/// The word behind an option of the job's command line; empty where it is not there.
QString option_of(const JobFolder& job, const QString& option) {
  const auto& words = job.command();
  const auto place = std::ranges::find(words, option.toStdString());
  return place == words.end() || place + 1 == words.end() ? QString()
                                                          : QString::fromStdString(place[1]);
}

}  // namespace

/// The page in the real window, driven as a user does, and from event streams as an engine writes
/// them.
class TestPlanerPage : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  int studies_ = 0;
  std::unique_ptr<PlanerStudy> made_;
  std::unique_ptr<MainWindow> window_;
  PlanerPage* page_ = nullptr;

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  LatencySlider* slider() const { return page_->slider(); }
  PlanerReview* review() const { return page_->review(); }

  void make(PlanerStudy::Parts parts = {}) {
    window_.reset();
    const QString folder = directory_.filePath(QStringLiteral("s%1.plumb").arg(++studies_));
    made_ = std::make_unique<PlanerStudy>(PlanerStudy::make(folder.toStdString(), parts));
  }
  /// `running`: a job searches for 0.5, so that nothing else of the queue is started.
  void open(bool running = true, Access access = Access::read_write) {
    if (running) made_->start_search();
    window_ = std::make_unique<MainWindow>(nullptr);
    // Commands are queued, never started: something that ends at once.
    window_->jobs()->set_engine(QStringLiteral("/bin/true"));
    window_->resize(1600, 1000);
    const auto opened =
        window_->open_study(QString::fromStdString(made_->study.folder().string()), access);
    if (!opened) qFatal("%s", to_string(opened.error()).c_str());
    page_ = window_->page<PlanerPage>();
    window_->show_page(page_);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    settle();
  }
  void settle() { QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 5000); }
  QPoint handle() const { return {qRound(slider()->handle_x()), 18}; }
  std::vector<std::string> queued_targets() const {
    std::vector<std::string> targets;
    for (const JobFolder& job : window_->jobs()->jobs())
      if (job.state() == JobState::queued)
        targets.push_back(option_of(job, QStringLiteral("--target")).toStdString());
    return targets;
  }
  std::size_t found_count() const {
    return static_cast<std::size_t>(std::ranges::count(
        review()->curve()->entries, PlanerEntry::Role::found, &PlanerEntry::role));
  }
  QStringList labels() const {
    QStringList words;
    const auto* plot = page_->plot()->plot();
    for (int i = 0; i < plot->itemCount(); ++i)
      if (const auto* label = qobject_cast<PlotLabel*>(plot->item(i))) words << label->text();
    return words;
  }

 private Q_SLOTS:
  void cleanup() {
    window_.reset();
    made_.reset();
  }

  void a_read_only_study_offers_no_writing() {
    make();
    open(true, Access::read_only);
    const QString reason = QStringLiteral("The study can only be read.");
    for (const char* name :
         {"planer_measure", "measure_first", "new_targets", "add_targets", "train_further_button",
          "search_launch", "search_pause", "search_cancel"}) {
      const auto* control = find<QWidget>(name);
      QVERIFY2(!control->isEnabled(), name);
      QVERIFY2(control->toolTip() == reason, name);
    }
    // Neither by the keyboard, nor from the list of jobs.
    const std::size_t jobs = window_->jobs()->jobs().size();
    slider()->setFocus();
    QTest::keyClick(slider(), Qt::Key_Left);
    QTest::keyClick(slider(), Qt::Key_Return);
    QCOMPARE(window_->jobs()->jobs().size(), jobs);
    QVERIFY(window_->findChild<QToolButton*>(QStringLiteral("job_cancel")) == nullptr);
    QVERIFY(window_->findChild<QToolButton*>(QStringLiteral("job_log")) != nullptr);
    const auto refused = window_->jobs()->cancel(window_->jobs()->jobs().front().id());
    QVERIFY(!refused && refused.error().message.find("reading only") != std::string::npos);
  }

  void what_is_looked_at_is_followed_to_its_new_name() {
    make();
    open(false);
    const PlanerSubject before = review()->subject();
    QCOMPARE(before.network, std::string("base"));
    QVERIFY(!before.search.empty());
    const auto rename = [&](StudyEntry entry, const std::string& from, const std::string& to) {
      const auto renamed = made_->study.rename_entry(entry, from, to);
      QVERIFY2(renamed.has_value(), renamed ? "" : to_string(renamed.error()).c_str());
      window_->reload_study();
    };
    rename(StudyEntry::network, "base", "first");
    QCOMPARE(review()->subject().network, std::string("first"));
    QCOMPARE(review()->subject().search, before.search);
    rename(StudyEntry::search, before.search, "found");
    QCOMPARE(review()->subject().network, std::string("first"));
    QCOMPARE(review()->subject().search, std::string("found"));
    QVERIFY(review()->subject().key == before.key);
    QVERIFY(review()->curve() != nullptr && !review()->curve()->entries.empty());
  }

  void a_measurement_that_is_not_kept_is_said() {
    make();
    const PlanerSubject subject{"base", test::PlanerStudy::key(), "s3"};
    const auto id =
        describe_job(made_->study.folder(),
                     {"planer-profile",
                      {"planer", "profile", made_->study.folder().string(), "--name", "base"},
                      NetworkWork{.task = "profile",
                                  .networks = {subject.network},
                                  .from = {},
                                  .config = {},
                                  .steps = 0,
                                  .batches = {subject.key.batch},
                                  .lengths = {subject.key.length}}});
    QVERIFY(id.has_value());
    const nlohmann::ordered_json warning{
        {"v", 1},
        {"t", 9.0},
        {"event", "warning"},
        {"code", "latency"},
        {"message",
         "the latency table is not kept: its repeats spread by 10.0 % of the median, those of the "
         "one that is kept by 2.0 %; planer profile --replace keeps a new one all the same"},
        {"sample", "batch " + std::to_string(subject.key.batch) + ", length " +
                       std::to_string(subject.key.length)}};
    std::ofstream(made_->study.folder() / "jobs" / *id / "events.jsonl")
        << R"({"v":1,"t":0.0,"event":"started","kind":"planer-profile"})" << '\n'
        << warning.dump() << '\n'
        << R"({"v":1,"t":9.5,"event":"finished","summary":{}})" << '\n';
    open(false);
    review()->look_at(subject);
    const auto* label = find<QLabel>("unkept_measurement");
    QTRY_COMPARE(label->text(),
                 QStringLiteral("What was measured last is not kept, an earlier measurement stays: "
                                "its repeats spread by 10.0 % of the median, those of the one that "
                                "is kept by 2.0 %."));
    QVERIFY(!label->isHidden());
    // Another batch was not measured then.
    review()->look_at({"base", test::PlanerStudy::key(1), "s2"});
    QVERIFY(label->isHidden());
  }

  void the_study_is_shown() {
    make();
    made_->start_search();
    made_->queue({0.4, 0.3});
    open(false);
    QCOMPARE(page_->notice(), QString());
    QCOMPARE(page_->findChild<SearchBar*>()->state_text(),
             QStringLiteral("14,820 / 40,000 22 min 34 s left, 18.6 steps/s"));
    const auto* bar = page_->findChild<SearchBar*>();
    QCOMPARE(bar->figure("figure_latency"), QStringLiteral("1.54\u00A0ms, 0.52×"));
    QVERIFY(bar->figure("figure_loss").endsWith(QStringLiteral(" nats per byte")));
    QVERIFY(bar->figure("figure_latency_loss").contains(QStringLiteral("on")));
    QCOMPARE(bar->figure("figure_gradient"), QStringLiteral("0.42"));
    QVERIFY(bar->figure("figure_entropy").endsWith(QStringLiteral(" of 2.48 nats")));
    QCOMPARE(page_->targets()->summary(), QStringLiteral("3 done, 1 running, 2 queued"));
    const QStringList words = labels();
    for (const char* wanted :
         {"surrogate front\ncalibrated on 3 retrained", "0.80×", "0.70×", "0.60×", "step 0",
          "baseline 2.95\u00A0ms\n1.214 ± 0.004", "target 1.48\u00A0ms\n0.50 × baseline"})
      QVERIFY2(words.contains(QString::fromUtf8(wanted)), wanted);
    QVERIFY(words.filter(QStringLiteral("step 14,820: 1.54")).size() == 1);
    const FrontPoint* point = review()->predicted();
    QVERIFY(words.contains(QStringLiteral("predicted ") +
                           LossUnit().text(review()->curve()->expected_nats(*point))));
    const auto* bars = find<LatencyBars>("latency_bars");
    QCOMPARE(bars->rows().size(), std::size_t{5});
    // The legend goes on in a second row where it does not fit in one.
    QVERIFY(bars->heightForWidth(300) > bars->heightForWidth(900));
    // The jobs are one line here, and say what is at work.
    QVERIFY(window_->findChild<QToolButton*>(QStringLiteral("fold_jobs"))->isChecked());
  }

  void the_handle_is_below_the_line() {
    make();
    open();
    const auto same_pixel = [&] {
      return std::abs(slider()->handle_x() - page_->plot()->target_x()) < 0.5 &&
             slider()->mapTo(page_, QPoint()).x() == page_->plot()->mapTo(page_, QPoint()).x();
    };
    for (const QSize size : {QSize(1600, 1000), QSize(1280, 800), QSize(1920, 1200)})
      for (const double target : {0.42, 0.5, 0.77, 1.0}) {
        window_->resize(size);
        review()->set_target(target);
        settle();
        QVERIFY2(same_pixel(), qPrintable(QStringLiteral("%1 %2 | %3 %4")
                                              .arg(size.width())
                                              .arg(target)
                                              .arg(slider()->handle_x())
                                              .arg(page_->plot()->target_x())));
      }
    // Also as fractions, and where the axis is zoomed.
    find<QToolButton>("planer_fractions")->click();
    settle();
    QVERIFY(same_pixel());
    page_->plot()->plot()->xAxis->setRange(0.4, 1.05);
    page_->plot()->plot()->replot();
    QVERIFY(same_pixel());
  }

  void dragging_aims_and_enter_launches() {
    make();
    open();
    QSignalSpy said(page_, &PlanerPage::said);
    const auto range = page_->plot()->plot()->xAxis->range();
    const double before = review()->target();
    const QString predicted = page_->plot()->predicted_text();
    const QPoint from = handle();
    QTest::mousePress(slider(), Qt::LeftButton, {}, from);
    QTest::mouseMove(slider(), from + QPoint(-60, 0));
    QVERIFY(slider()->is_dragging());
    QVERIFY(review()->target() < before);
    QVERIFY(page_->plot()->predicted_text() != predicted);
    QVERIFY(std::abs(slider()->handle_x() - page_->plot()->target_x()) < 0.5);
    // A whole number of hundredths.
    QVERIFY(std::abs(review()->target() * 100 - std::round(review()->target() * 100)) < 1e-9);
    // The map outlines what is predicted, the strip shows it, ranges stand still.
    QCOMPARE(find<ProbabilityMapView>("probability_map")->outlined(),
             std::optional(review()->predicted()->architecture));
    QCOMPARE(review()->strips().back().architecture, review()->predicted()->architecture);
    QVERIFY(page_->plot()->plot()->xAxis->range() == range);
    QVERIFY(slider()->words().contains(
        LossUnit().text(review()->curve()->expected_nats(*review()->predicted()))));
    QVERIFY(queued_targets().empty());
    const double dragged = review()->target();
    QTest::mouseRelease(slider(), Qt::LeftButton, {}, from + QPoint(-60, 0));
    QCOMPARE(review()->target(), dragged);
    QVERIFY(queued_targets().empty());
    QCOMPARE(find<QPushButton>("search_launch")->text().contains(target_text(dragged)), true);
    QTest::keyClick(slider(), Qt::Key_Return);
    QCOMPARE(said.size(), 1);
    QCOMPARE(queued_targets(),
             std::vector<std::string>{QString::number(dragged, 'g', 4).toStdString()});
    QVERIFY(!find<ProbabilityMapView>("probability_map")->outlined());
    const JobFolder& job = window_->jobs()->jobs().back();
    QCOMPARE(option_of(job, QStringLiteral("--name")), QStringLiteral("s3"));
    QCOMPARE(option_of(job, QStringLiteral("--latency-batch")), QStringLiteral("16"));
    // The same once more is not begun a second time; a click in place is no wish.
    QVERIFY(!page_->jobs()->launch(dragged));
    QTest::mouseClick(slider(), Qt::LeftButton, {}, handle());
    QCOMPARE(queued_targets().size(), std::size_t{1});
  }

  /// A search that was brought from another study has no job.
  void a_search_without_a_job_says_how_far_it_is() {
    make();
    open(false);
    const auto* bar = page_->findChild<SearchBar*>();
    QVERIFY(!review()->progress());
    QCOMPARE(find<QLabel>("search_title")->text(), QStringLiteral("Search s3"));
    QCOMPARE(bar->state_text().trimmed(), QStringLiteral("finished, 3 of 3 targets found"));
    // One that has more targets than networks is not finished.
    SearchInfo wider = *made_->study.search("s3");
    wider.targets = {0.4};
    QVERIFY(made_->study.add_search(wider).has_value());
    open(false);
    QCOMPARE(page_->findChild<SearchBar*>()->state_text().trimmed(),
             QStringLiteral("not at work, 3 of 4 targets found"));
    // What is found already takes no time, though a search that finished says how long one takes.
    make();
    made_->start_search();
    made_->append(R"({"v":1,"t":7140,"event":"finished","summary":{}})"
                  "\n");
    made_->end_search();
    open(false);
    QVERIFY(review()->progress()->state == JobState::finished);
    review()->set_target(0.6);
    const auto found = page_->jobs()->preview();
    QVERIFY(found.has_value());
    QVERIFY(found->words.filter(QStringLiteral("would take")).isEmpty());
    QCOMPARE(found->words.last(), QStringLiteral("0.60× is found already"));
    review()->set_target(0.35);
    QCOMPARE(page_->jobs()->preview()->words.last(),
             QStringLiteral("would take about ") + duration_text(7140));
  }

  void escape_puts_the_target_back() {
    make();
    open();
    window_->activateWindow();
    slider()->setFocus();
    const double before = review()->target();
    const QPoint from = handle();
    QTest::mousePress(slider(), Qt::LeftButton, {}, from);
    QTest::mouseMove(slider(), from + QPoint(80, 0));
    QVERIFY(review()->target() > before);
    QTest::keyClick(slider(), Qt::Key_Escape);
    QCOMPARE(review()->target(), before);
    QVERIFY(!slider()->is_dragging());
    QTest::mouseRelease(slider(), Qt::LeftButton, {}, from + QPoint(80, 0));
    QVERIFY(queued_targets().empty());
  }

  void the_keyboard_does_everything() {
    make();
    open();
    review()->set_target(0.55);
    QTest::keyClick(slider(), Qt::Key_Right);
    QVERIFY(std::abs(review()->target() - 0.56) < 1e-9);
    QTest::keyClick(slider(), Qt::Key_PageDown);
    QVERIFY(std::abs(review()->target() - 0.46) < 1e-9);
    QTest::keyClick(slider(), Qt::Key_Left);
    QTest::keyClick(slider(), Qt::Key_Return);
    QCOMPARE(queued_targets(), std::vector<std::string>{"0.45"});
    // Two architectures are compared.
    auto* strips = find<ArchitectureView>("architectures");
    strips->setCurrentIndex(strips->model()->index(1, 0));
    QTest::keyClick(strips, Qt::Key_Space);
    QTest::keyClick(strips, Qt::Key_Down);
    QTest::keyClick(strips, Qt::Key_Down);
    QTest::keyClick(strips, Qt::Key_Space);
    QCOMPARE(review()->selected().size(), std::size_t{2});
    auto* panel = find<SelectedPanel>("selected_panel");
    QCOMPARE(panel->value(1), QStringLiteral("1.217 ± 0.004"));
    QVERIFY(panel->against(1).startsWith(QStringLiteral("+0.009")));
    QVERIFY(panel->against(1).contains(QStringLiteral("worse")));
    find<QToolButton>("planer_by_block")->click();
    QCOMPARE(find<LatencyBars>("latency_bars")->rows().size(), std::size_t{3});
    // The queue: added, moved, removed.
    auto* line = find<QLineEdit>("new_targets");
    line->setText(QStringLiteral("0.4, 0.3"));
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(queued_targets(), (std::vector<std::string>{"0.45", "0.4", "0.3"}));
    auto* table = find<QTableView>("targets");
    const int last = page_->targets()->rowCount() - 1;
    table->setCurrentIndex(page_->targets()->index(last, 0));
    QTest::keyClick(table, Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(queued_targets(), (std::vector<std::string>{"0.45", "0.3", "0.4"}));
    table->setCurrentIndex(page_->targets()->index(last, 0));
    QTest::keyClick(table, Qt::Key_Delete);
    QCOMPARE(queued_targets(), (std::vector<std::string>{"0.45", "0.3"}));
    // Words that are no targets are said.
    QSignalSpy failed(page_, &PlanerPage::failed);
    line->setText(QStringLiteral("half"));
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed.first().first().toString().contains(QStringLiteral("half")));
    // What cannot be reached is named with what can.
    QVERIFY(!page_->jobs()->launch(0.01));
    QVERIFY(failed.last().first().toString().contains(QStringLiteral("fastest")));
    // Everything is in the palette.
    for (const QAction* action : page_->actions())
      QVERIFY(action->text().startsWith(QStringLiteral("PLANER: ")));
    QVERIFY(page_->actions().size() >= 10);
  }

  void what_was_found_is_trained_further() {
    make();
    // One of 0.70 has been already.
    NetworkInfo further = *made_->study.network("s3-70");
    further.name = "s3-70-further";
    further.origin = NetworkOrigin::trained;
    further.base = "s3-70";
    further.validation->nats -= 0.01;
    QVERIFY(made_->study.add_network(further));
    open();
    const auto& entries = review()->curve()->entries;
    const auto shown = std::ranges::find(entries, "s3-70-further", &PlanerEntry::network);
    QVERIFY(shown != entries.end() && shown->role == PlanerEntry::Role::further);
    QVERIFY(labels().contains(QStringLiteral("further")));
    // The front is calibrated by networks that were retrained alike: not by this one.
    QCOMPARE(review()->curve()->calibration.networks, found_count());
    // From the panel of what is selected to a command.
    review()->select({});
    auto* button = find<QPushButton>("train_further_button");
    const std::string network = review()->described()->network;
    QVERIFY(button->isVisible());
    button->click();
    auto* dialog = page_->findChild<TrainFurtherDialog*>();
    QVERIFY(dialog != nullptr);
    const QString wanted = QStringLiteral("--teacher base --distill 0.7");
    QVERIFY2(dialog->command().join(u' ').contains(wanted),
             qPrintable(dialog->command().join(u' ')));
    dialog->findChild<QDoubleSpinBox*>(QStringLiteral("distillation"))->setValue(0);
    QVERIFY(!dialog->command().contains(QStringLiteral("--teacher")));
    dialog->findChild<QDoubleSpinBox*>(QStringLiteral("distillation"))->setValue(0.5);
    dialog->findChild<QSpinBox*>(QStringLiteral("further_steps"))->setValue(777);
    dialog->accept();
    const auto& jobs = window_->jobs()->jobs();
    const auto queued = std::ranges::find(jobs, "planer-train", &JobFolder::kind);
    QVERIFY(queued != jobs.end());
    QCOMPARE(option_of(*queued, QStringLiteral("--from")).toStdString(), network);
    QCOMPARE(option_of(*queued, QStringLiteral("--name")).toStdString(), network + "-further");
    QCOMPARE(option_of(*queued, QStringLiteral("--steps")), QStringLiteral("777"));
    QCOMPARE(option_of(*queued, QStringLiteral("--distill")), QStringLiteral("0.5"));
    // Not of the baseline.
    review()->select({entries.front().key()});
    QVERIFY(!button->isVisible());
  }

  void a_drag_is_as_quick_as_a_frame() {
    make();
    open();
    const QPoint from = handle();
    QTest::mousePress(slider(), Qt::LeftButton, {}, from);
    std::vector<double> took;
    for (int i = 1; i <= 40; ++i) {
      QElapsedTimer timer;
      timer.start();
      QTest::mouseMove(slider(), from + QPoint(-3 * i, 0), 0);
      page_->repaint();
      took.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    QTest::keyClick(slider(), Qt::Key_Escape);
    std::ranges::sort(took);
    qInfo("a drag's update: median %.1f ms, 95th percentile %.1f ms", took[20], took[37]);
    // The bar is 16 ms on an idle machine; here others compute as well.
    QVERIFY2(took[20] < 80, qPrintable(QString::number(took[20])));
  }

  void a_stream_of_events_is_drawn_at_a_calm_pace() {
    make();
    open();
    QElapsedTimer clock, gap;
    auto* plot = page_->plot()->plot();
    std::vector<qint64> replots;
    connect(plot, &QCustomPlot::afterReplot, this, [&] { replots.push_back(clock.elapsed()); });
    clock.start();
    gap.start();
    constexpr int seconds = 3, per_second = 10'000, slice_ms = 20;
    std::int64_t step = 14820;
    qint64 longest = 0;
    int slices = 0;
    const Architecture likely = review()->predicted()->architecture;
    while (clock.elapsed() < 1000 * seconds) {
      if (clock.elapsed() >= slice_ms * slices) {
        ++slices;
        std::string lines;
        for (int i = 0; i < per_second * slice_ms / 1000; ++i, ++step)
          lines += PlanerStudy::point(
              800 + static_cast<double>(step) / 1e4, step,
              1.48 + 0.06 * std::exp(-static_cast<double>(step - 14820) / 9000), 0.86,
              step % 500 == 0 ? PlanerStudy::probabilities(likely, 0.9F)
                              : std::vector<std::vector<float>>());
        made_->append(lines);
      }
      gap.restart();
      QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
      longest = std::max(longest, gap.elapsed());
    }
    QTRY_COMPARE_WITH_TIMEOUT(review()->progress()->path.back().step, step - 1, 10000);
    settle();
    disconnect(plot, nullptr, this, nullptr);
    // Any second of it.
    int most = 0;
    for (std::size_t i = 0; i < replots.size(); ++i) {
      int within = 0;
      for (std::size_t j = i; j < replots.size() && replots[j] < replots[i] + 1000; ++j) ++within;
      most = std::max(most, within);
    }
    qInfo("%lld events, at most %d replots a second, longest wait %lld ms",
          static_cast<long long>(step - 14820), most, static_cast<long long>(longest));
    QVERIFY(step - 14820 >= per_second * (seconds - 1));
    QVERIFY2(replots.size() >= 3, "it moves");
    QVERIFY2(most <= 20, qPrintable(QString::number(most)));
    QVERIFY2(longest < 1000, qPrintable(QString::number(longest)));
    QVERIFY(!labels().filter(QStringLiteral("step ")).isEmpty());
  }

  void cut_streams_and_garbage_are_survived() {
    make();
    made_->start_search(5);
    const std::string line = PlanerStudy::point(900, 20000, 1.5, 0.86);
    made_->append(line.substr(0, line.size() / 2));
    open(false);
    QCOMPARE(review()->progress()->path.back().step, 14820);
    made_->append(line.substr(line.size() / 2));
    window_->jobs()->refresh();
    QCOMPARE(review()->progress()->path.back().step, 20000);
    made_->append(
        "{\"v\":1,\"event\":\"point\",\"target\":\"x\"}\nnonsense\n\xff\xfe\n" +
        // A map of another shape than the network's.
        PlanerStudy::point(901, 20001, 1.5, 0.86,
                           PlanerStudy::probabilities(Architecture(3, skip_option), 0.9F)));
    window_->jobs()->refresh();
    settle();
    window_->repaint();
    QCOMPARE(review()->progress()->path.back().step, 20001);
    // The strip of an architecture that does not fit is left out, not drawn wrongly.
    for (const PlanerEntry& entry : review()->strips())
      if (entry.role == PlanerEntry::Role::searching) QVERIFY(entry.architecture.empty());
    made_->end_search();
    window_->jobs()->refresh();
    QVERIFY(page_->findChild<SearchBar*>()->state_text().contains(QStringLiteral("interrupted")));
    QCOMPARE(find<QPushButton>("search_pause")->text(), QStringLiteral("Resume"));
  }

  void what_a_search_finds_is_shown_while_it_runs() {
    make();
    open();
    review()->set_target(0.62);
    NetworkInfo found = *review()->catalogue().network("s3-60");
    found.name = "s3-50";
    found.file = "networks/s3-50.safetensors";
    found.target = 0.5;
    found.architecture = review()->predicted()->architecture;
    found.validation->nats = 1.222 * std::log(2.0);
    QVERIFY(made_->study.add_network(found).has_value());
    QVERIFY(made_->study
                .set_network_latency(
                    {"s3-50", PlanerStudy::key(), {1.46, 0.02, 200}, "base", {2.95, 0.02, 200}})
                .has_value());
    std::string options;
    for (const OptionIndex option : found.architecture)
      options += (options.empty() ? "\"" : ",\"") + std::string(slot_option(option).name) + "\"";
    made_->append(
        R"({"v":1,"t":900,"event":"architecture","search":"s3","target":0.5,"state":"done",)"
        R"("network":"s3-50","options":[)" +
        options + "]}\n");
    QTRY_COMPARE_WITH_TIMEOUT(page_->targets()->row(3).network, std::string("s3-50"), 5000);
    QCOMPARE(page_->targets()->index(3, TargetModel::latency).data().toString(),
             QStringLiteral("1.46"));
    QCOMPARE(page_->targets()->index(3, TargetModel::speed_up).data().toString(),
             QStringLiteral("2.02×"));
    QVERIFY(labels().contains(QStringLiteral("0.50×")) || (settle(), true));
    QVERIFY(labels().contains(QStringLiteral("0.50×")));
    QCOMPARE(review()->curve()->calibration.networks, std::size_t{4});
    // Where the user has put the slider it stays.
    QCOMPARE(review()->target(), 0.62);
  }

  void a_search_is_paused_and_cancelled() {
    make();
    open();
    const std::string id = review()->progress()->job;
    find<QPushButton>("search_pause")->click();
    QCOMPARE(window_->jobs()->job(id)->state(), JobState::paused);
    QCOMPARE(find<QPushButton>("search_pause")->text(), QStringLiteral("Resume"));
    find<QPushButton>("search_pause")->click();
    QCOMPARE(window_->jobs()->job(id)->state(), JobState::running);
    find<QPushButton>("search_cancel")->click();
    QFile control(
        QString::fromStdString((window_->jobs()->job(id)->folder() / "control").string()));
    QVERIFY(control.open(QIODevice::ReadOnly));
    QCOMPARE(control.readAll(), QByteArray("pause\nresume\ncancel\n"));
  }

  void several_searches_are_shown_at_once() {
    make();
    open();
    QCOMPARE(review()->others().size(), std::size_t{0});
    review()->show_other("s2", true);
    settle();
    QCOMPARE(review()->others().size(), std::size_t{1});
    QVERIFY(labels().contains(QStringLiteral("s2")));
    QVERIFY(!labels().filter(QStringLiteral("baseline of s2")).isEmpty());
    // Another batch in the bar: another table and search, the same network.
    auto* batch = find<QComboBox>("planer_batch");
    batch->setCurrentIndex(batch->findData(QStringLiteral("1")));
    Q_EMIT batch->activated(batch->currentIndex());
    QCOMPARE(review()->subject().search, std::string("s2"));
    QCOMPARE(*review()->curve()->baseline_cost(), 0.59);
    // One that was never measured is said, with the button in place of the plot.
    batch->setEditText(QStringLiteral("64"));
    Q_EMIT batch->lineEdit()->editingFinished();
    QVERIFY(page_->notice().contains(QStringLiteral("batch 64")));
    QVERIFY(find<QPushButton>("measure_first")->isVisible());
    QVERIFY(window_->go({.search = QStringLiteral("s3")}).has_value());
    QCOMPARE(window_->go({.search = QStringLiteral("s9")}).error().kind, ErrorKind::bad_input);
    QCOMPARE(page_->notice(), QString());
  }

  void files_hold_what_is_shown() {
    make();
    open();
    const auto path = [&](const char* name) {
      return directory_.filePath(QString::fromLatin1(name));
    };
    const auto bytes = [](const QString& file) {
      QFile read(file);
      if (!read.open(QIODevice::ReadOnly)) qFatal("%s", qPrintable(file));
      return read.readAll();
    };
    QVERIFY(page_->export_file(path("f.json")));
    const auto all = QJsonDocument::fromJson(bytes(path("f.json"))).object();
    QCOMPARE(all[QStringLiteral("search")].toString(), QStringLiteral("s3"));
    QVERIFY(all[QStringLiteral("command")].toString().startsWith(
        QStringLiteral("plumbline-engine planer sweep ")));
    QVERIFY(all[QStringLiteral("command")].toString().contains(
        QStringLiteral("--targets 0.8,0.7,0.6")));
    std::map<QString, int> kinds;
    for (const auto value : all[QStringLiteral("rows")].toArray()) {
      const QJsonObject row = value.toObject();
      ++kinds[row[QStringLiteral("kind")].toString()];
      if (row[QStringLiteral("name")].toString() != QStringLiteral("s3-60")) continue;
      const PlanerEntry& entry = review()->curve()->entries[3];
      QCOMPARE(row[QStringLiteral("latency_ms")].toDouble(), entry.latency->median_ms);
      QVERIFY(std::abs(row[QStringLiteral("loss")].toDouble() - 1.217) < 1e-9);
      QVERIFY(std::abs(row[QStringLiteral("loss_half_width_95")].toDouble() - 0.004) < 1e-6);
      QCOMPARE(row[QStringLiteral("architecture")].toString().toStdString(),
               strip_text(entry.architecture));
    }
    QCOMPARE(kinds[QStringLiteral("baseline")], 1);
    QCOMPARE(kinds[QStringLiteral("found")], 3);
    QCOMPARE(kinds[QStringLiteral("front")],
             static_cast<int>(review()->curve()->front->points().size()));
    QCOMPARE(kinds[QStringLiteral("path")], static_cast<int>(review()->progress()->path.size()));
    QVERIFY(page_->export_file(path("f.csv")));
    const QByteArray csv = bytes(path("f.csv"));
    QVERIFY(csv.startsWith("kind,search,name,target,step,latency_ms,"));
    QCOMPARE(csv.count("\r\n"), 1 + all[QStringLiteral("rows")].toArray().size());
    // Equal states give equal files.
    QVERIFY(page_->export_file(path("g.csv")));
    QCOMPARE(bytes(path("g.csv")), csv);

    // Figures, light also in the dark theme, which stays.
    window_->set_theme(Theme::dark);
    QVERIFY(page_->export_file(path("f.pdf")));
    QVERIFY(bytes(path("f.pdf")).startsWith("%PDF-"));
    QVERIFY(page_->export_file(path("f.svg")));
    QSvgRenderer svg(path("f.svg"));
    QVERIFY(svg.isValid());
    QVERIFY(bytes(path("f.svg")).contains("surrogate front"));
    QVERIFY(page_->export_file(path("f.png")));
    const QImage image(path("f.png"));
    QCOMPARE(image.width(), 2 * page_->plot()->plot()->width());
    QCOMPARE(image.pixelColor(2, 2), colours(Theme::light).base);
    QVERIFY(current_theme() == Theme::dark);
    window_->set_theme(Theme::light);
    QSignalSpy failed(page_, &PlanerPage::failed);
    for (const char* name : {"nowhere/f.csv", "nowhere/f.pdf", "nowhere/f.svg", "nowhere/f.png"})
      QVERIFY2(!page_->export_file(path(name)), name);
    QCOMPARE(failed.size(), 4);
  }

  void empty_states_say_what_to_do() {
    make({false, false, false});
    open(false);
    QVERIFY(page_->notice().contains(QStringLiteral("Import or train a language model first")));
    QVERIFY(page_->notice().contains(QStringLiteral("planer import")));
    QVERIFY(find<QPushButton>("train_network_button")->isVisible());
    find<QPushButton>("train_network_button")->click();
    auto* dialog = window_->findChild<QDialog*>(QStringLiteral("train_network"));
    QVERIFY(dialog != nullptr && dialog->isVisible());
    dialog->reject();
    QVERIFY(!page_->jobs()->obstacle().isEmpty());

    make({true, false, false});
    open(false);
    QVERIFY(page_->notice().startsWith(QStringLiteral("Measure this device first")));
    QCOMPARE(page_->jobs()->obstacle(), QStringLiteral("Measure this device first."));
    find<QPushButton>("measure_first")->click();
    const auto& jobs = window_->jobs()->jobs();
    QCOMPARE(jobs.size(), std::size_t{1});
    QCOMPARE(jobs[0].kind(), std::string("planer-profile"));
    QCOMPARE(option_of(jobs[0], QStringLiteral("--name")), QStringLiteral("base"));

    make({true, true, false});
    open(false);
    QCOMPARE(page_->notice(), QString());
    QVERIFY(page_->architectures()->rowCount() == 1);
    QCOMPARE(page_->targets()->rowCount(), 0);
    QVERIFY(!find<QPushButton>("search_pause")->isVisible());
    window_->repaint();
  }
};

int test_planer_page(int argc, char** argv) {
  TestPlanerPage tests;
  return QTest::qExec(&tests, argc, argv);
}

#include "test_planer_page.moc"
