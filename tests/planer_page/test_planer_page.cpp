#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/planer_page/planer_page_fixture.h"
#include "tests/planer_page/tests.h"
#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

using namespace plumbline;
using namespace plumbline::test;

/// What the page shows of a study, and writes of it.
class TestPlanerPage : public PlanerPageFixture {
  Q_OBJECT

 private Q_SLOTS:
  void cleanup() { close(); }

  /// A table of latencies that reaches far beyond the baseline has too many tenths for their
  /// numbers.
  void numbers_below_the_track_keep_apart() {
    for (const auto& [wide, tenths] : {std::pair(46.0, 1), std::pair(30.0, 1), std::pair(29.9, 2),
                                       std::pair(10.4, 5), std::pair(3.0, 10), std::pair(1.2, 50)})
      QCOMPARE(tenths_between_numbers(wide), tenths);
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
         "kept one by 2.0 %; planer profile --replace keeps a new one anyway"},
        {"sample", "batch " + std::to_string(subject.key.batch) + ", length " +
                       std::to_string(subject.key.length)}};
    std::ofstream(made_->study.folder() / "jobs" / *id / "events.jsonl")
        << R"({"v":1,"t":0.0,"event":"started","kind":"planer-profile"})" << '\n'
        << warning.dump() << '\n'
        << R"({"v":1,"t":9.5,"event":"finished","summary":{}})" << '\n';
    open(false);
    review()->look_at(subject);
    const auto* label = find<QLabel>("unkept_measurement");
    QTRY_COMPARE(
        label->text(),
        QStringLiteral("The latest measurement is not kept, since an earlier one is better: its "
                       "repeats spread by 10.0 % of the median, those of the kept one by 2.0 %."));
    QVERIFY(!label->isHidden());
    // Another batch was not measured then.
    review()->look_at({"base", test::PlanerStudy::key(1), "s2"});
    QVERIFY(label->isHidden());
  }

  /// One damaged row keeps nobody from the rest of the study.
  void damaged_energies_are_named_beside_the_latencies() {
    make();
    const TokenEnergy energy{1.5, 0.01, 0.5, 5};
    QVERIFY(made_->study.set_network_energy(
        {"base", test::PlanerStudy::key(), energy, "", TokenEnergy(), 50, "NVML"}));
    SQLite::Database((made_->study.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE)
        .exec("UPDATE network_energy SET joules = -3");
    open(false);
    QVERIFY(review()->curve() != nullptr && review()->curve()->table);
    const auto* label = find<QLabel>("unkept_measurement");
    QVERIFY(!label->isHidden());
    QVERIFY2(label->text().startsWith(QStringLiteral("the networks' energies are left out: ")) &&
                 label->text().contains(QStringLiteral("network 'base', energy: is damaged")),
             qPrintable(label->text()));
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

  void a_search_at_work_fits_a_small_screen() {
    make();
    open();
    const QSize small(1024, 700);
    window_->resize(small);
    settle();
    QCoreApplication::processEvents();
    QCOMPARE(window_->size(), small);
    QVERIFY2(window_->minimumSizeHint().height() <= small.height(),
             qPrintable(QString::number(window_->minimumSizeHint().height())));
    // All of it: what stands below the plot ends above the jobs.
    const auto* legend = page_->findChild<OptionLegend*>();
    QVERIFY(legend->isVisible());
    QVERIFY(legend->mapTo(page_, legend->rect().bottomLeft()).y() < page_->height());
    QVERIFY(page_->plot()->height() >= 120);
  }

  void words_lie_on_the_lines() {
    make();
    open();
    auto* plot = page_->plot()->plot();
    int highest = 0, words = 0;
    for (int i = 0; i < plot->graphCount(); ++i)
      if (plot->graph(i)->layer()->name() != QStringLiteral("target"))
        highest = std::max(highest, plot->graph(i)->layer()->index());
    for (int i = 0; i < plot->itemCount(); ++i) {
      const auto* label = qobject_cast<PlotLabel*>(plot->item(i));
      if (label == nullptr) continue;
      QVERIFY2(label->layer()->index() > highest, qPrintable(label->text()));
      ++words;
    }
    QVERIFY(words >= 6);
  }

  void a_small_window_is_not_widened_when_the_page_appears() {
    make();
    made_->start_search();
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->jobs()->set_engine(QStringLiteral("/bin/true"));
    const QSize small(1024, 700);
    window_->resize(small);
    const auto opened = window_->open_study(QString::fromStdString(made_->study.folder().string()));
    QVERIFY(opened);
    page_ = window_->page<PlanerPage>();
    window_->show_page(window_->page(QStringLiteral("compare")));
    window_->show();
    QCoreApplication::processEvents();
    QCOMPARE(window_->size(), small);
    window_->show_page(page_);
    settle();
    QCoreApplication::processEvents();
    QCOMPARE(window_->size(), small);
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

  void words_of_a_step_beyond_the_axis_stay_in_the_plot() {
    make();
    open();
    QCustomPlot* plot = page_->plot()->plot();
    PlotLabel* step = nullptr;
    for (int i = 0; i < plot->itemCount(); ++i)
      if (auto* label = qobject_cast<PlotLabel*>(plot->item(i));
          label != nullptr && label->text().startsWith(QStringLiteral("step 14,820: 1.54")))
        step = label;
    QVERIFY(step != nullptr);
    for (const auto& [lower, upper] : {std::pair(0.3, 1.0), std::pair(2.0, 3.0)}) {
      plot->xAxis->setRange(lower, upper);
      plot->replot(QCustomPlot::rpImmediateRefresh);
      const QRectF inside(plot->axisRect()->rect());
      QVERIFY(step->box().left() >= inside.left());
      QVERIFY(step->box().right() <= inside.right());
    }
  }

  void a_table_of_a_slower_sitting_makes_the_same_picture() {
    // Where everything is that has a latency, and the ends of the axis.
    const auto places = [this] {
      QCustomPlot* plot = page_->plot()->plot();
      std::vector<double> x{plot->xAxis->range().lower, plot->xAxis->range().upper};
      for (int i = 0; i < plot->plottableCount(); ++i) {
        if (auto* graph = qobject_cast<QCPGraph*>(plot->plottable(i)))
          for (const QCPGraphData& point : *graph->data()) x.push_back(point.key);
        if (auto* path = qobject_cast<QCPCurve*>(plot->plottable(i)))
          for (const QCPCurveData& point : *path->data()) x.push_back(point.key);
      }
      return x;
    };
    std::vector<double> same[2];  // in milliseconds, as fractions
    for (const int times : {1, 3}) {
      make();
      made_->measure_table_again(times);
      open(false);
      for (const bool fractions : {false, true}) {
        page_->plot()->set_fractions(fractions);
        settle();
        const auto x = places();
        QVERIFY(x.size() > 150);  // the path alone has 120
        if (times == 1) {
          same[fractions] = x;
          continue;
        }
        QCOMPARE(x.size(), same[fractions].size());
        for (std::size_t i = 0; i < x.size(); ++i)
          QVERIFY2(
              std::abs(x[i] - same[fractions][i]) < 1e-6,
              qPrintable(QStringLiteral("%1: %2 and %3").arg(i).arg(x[i]).arg(same[fractions][i])));
      }
      // What is at the head of the path is said so that it agrees with the axis.
      const QString head = times == 1 ? QStringLiteral("step 40,000: 1.78\u00A0ms,")
                                      : QStringLiteral("step 40,000: 0.60×,");
      QCOMPARE(labels().filter(head).size(), 1);
      close();
    }
  }

  void the_key_of_the_map_fits_below_it() {
    const Architecture likely = baseline_architecture(PlanerStudy::config());
    ProbabilityMapView map;
    map.show_map(PlanerStudy::probabilities(likely, 0.8F), likely.size(), {0, 1, 2, 3});
    map.outline(likely);
    for (const int width : {700, 411, 300}) {
      map.resize(width, map.sizeHint().height());
      const QImage image = map.grab().toImage();
      // Below the map nothing reaches into the margin.
      for (int y = image.height() - 20; y < image.height(); ++y)
        for (int x = width - spacing::page_margin + 1; x < width; ++x)
          QCOMPARE(image.pixelColor(x, y), colours().base);
    }
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
