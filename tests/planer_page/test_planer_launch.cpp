#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>

#include "tests/planer_page/planer_page_fixture.h"
#include "tests/planer_page/tests.h"
#include "widgets/planer/search_dialog.h"

using namespace plumbline;
using namespace plumbline::test;

/// What the page is asked for: by slider, keys and buttons.
class TestPlanerLaunch : public PlanerPageFixture {
  Q_OBJECT

 private Q_SLOTS:
  void cleanup() { close(); }

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
             QStringLiteral("not running, 3 of 4 targets found"));
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
    QCOMPARE(found->words.last(), QStringLiteral("0.60× is already found"));
    review()->set_target(0.35);
    QCOMPARE(page_->jobs()->preview()->words.last(),
             QStringLiteral("would take about ") + duration_text(7140));
  }

  void only_a_name_that_nobody_typed_is_replaced() {
    make();
    SearchInfo other = *made_->study.search("s3");
    other.name = "e1";
    other.cost = CostKind::energy;
    QVERIFY(made_->study.add_search(other).has_value());
    open();
    review()->open_search("s3");
    PlanerJobs* jobs = page_->jobs();
    QCOMPARE(jobs->obstacle(), QString());
    SearchSettings settings = jobs->settings();
    QCOMPARE(settings.name, std::string("s3"));
    ++settings.steps;
    jobs->keep_settings(settings);
    review()->set_cost(CostKind::energy);
    QCOMPARE(jobs->settings().name, std::string("s1"));
    review()->set_cost(CostKind::latency);
    QCOMPARE(jobs->settings().name, std::string("s3"));
    // The dialog says so where the name is typed, of a search of either cost.
    SearchDialog dialog(jobs->settings(), jobs->taken_searches(), nullptr);
    QCOMPARE(dialog.obstacle(), QString());
    dialog.findChild<QLineEdit*>("search_name")->setText("e1");
    QCOMPARE(dialog.obstacle(), QStringLiteral("There is already a search e1."));
    QVERIFY(!dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->isEnabled());
    settings.name = "e1";
    jobs->keep_settings(settings);
    QCOMPARE(jobs->obstacle(),
             QStringLiteral("The search e1 saves another cost: choose another name."));
    QVERIFY(!jobs->launch(0.4));
    QVERIFY(queued_targets().empty());
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
};

int test_planer_launch(int argc, char** argv) {
  TestPlanerLaunch tests;
  return QTest::qExec(&tests, argc, argv);
}

#include "test_planer_launch.moc"
