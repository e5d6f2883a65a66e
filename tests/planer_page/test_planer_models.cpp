#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include "core/planer/probability_map.h"
#include "tests/planer_page/tests.h"
#include "tests/support/planer_study.h"
#include "tests/support/study_fixture.h"
#include "widgets/jobs/job_center.h"
#include "widgets/planer/architecture_model.h"
#include "widgets/planer/latency_rows.h"
#include "widgets/planer/option_look.h"
#include "widgets/planer/planer_commands.h"
#include "widgets/planer/planer_words.h"
#include "widgets/planer/target_model.h"
#include "widgets/planer/tradeoff_range.h"

using namespace plumbline;
using test::PlanerStudy;

namespace {

constexpr auto fatal = QAbstractItemModelTester::FailureReportingMode::QtTest;

QString shown(const QAbstractItemModel& model, int row, int column) {
  return model.index(row, column).data().toString();
}

}  // namespace

/// What the page's views read, without any widget.
class TestPlanerModels : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::filesystem::path path(const char* name) const {
    return directory_.filePath(QString::fromLatin1(name)).toStdString();
  }
  static PlanerCatalogue catalogue(const PlanerStudy& made) {
    auto all = read_planer_catalogue(made.study);
    if (!all) qFatal("%s", to_string(all.error()).c_str());
    return std::move(*all);
  }

 private Q_SLOTS:
  void the_map_is_reduced() {
    const ProbabilityMap map{{0.1F, 0.9F}, {0.5F, 0.5F}, {1, 0}};
    QCOMPARE(most_likely(map), (Architecture{1, 0, 0}));
    const double first = -(0.1 * std::log(0.1) + 0.9 * std::log(0.9));
    QVERIFY(std::abs(mean_entropy(map) - (first + std::log(2.0)) / 3) < 1e-6);
    QCOMPARE(greatest_entropy(map), std::log(2.0));
    QCOMPARE(mean_entropy({}), 0.0);
    QCOMPARE(mean_entropy({{std::nanf(""), -1, 0}}), 0.0);
    // Normalised: twice the row is the same row.
    QVERIFY(std::abs(mean_entropy({{0.2F, 1.8F}}) - first) < 1e-6);
  }

  void losses_have_their_unit() {
    const double nats = 1.217 * std::log(2.0);
    QCOMPARE(LossUnit("bytes").text(nats), QStringLiteral("1.217"));
    QCOMPARE(LossUnit("words").text(3.0), QStringLiteral("20.09"));
    const MeasuredLoss loss{nats, 0.004 * std::log(2.0) / 1.96, 1000};
    QCOMPARE(LossUnit("bytes").text(loss), QStringLiteral("1.217 ± 0.004"));
    // Perplexity's slope is itself.
    const MeasuredLoss words{3.0, 0.001, 1000};
    QVERIFY(std::abs(LossUnit("words").half_width(words) - 1.96 * 0.001 * std::exp(3.0)) < 1e-4);
    QCOMPARE(ms_figure(2.9512), QStringLiteral("2.95"));
    QCOMPARE(ms_figure(0.01234), QStringLiteral("0.0123"));
    QCOMPARE(ms_figure(64.04), QStringLiteral("64.0"));
    // As many digits as the spread needs, and no fewer than the value has.
    QCOMPARE(measured_text({2.0442, 0.0053, 200}), QStringLiteral("2.044 ± 0.003\u00A0ms"));
    QCOMPARE(measured_text({2.0442, 0.4, 200}), QStringLiteral("2.04 ± 0.20\u00A0ms"));
    QCOMPARE(measured_text({2.0442, 0, 1}), QStringLiteral("2.04 ± 0.00\u00A0ms"));
    QCOMPARE(parameters_text(40'958'000), QStringLiteral("41.0\u00A0M"));
  }

  void strips_fit_their_room() {
    const StripLayout wide(QRectF(100, 0, 800, 33), 24);
    QCOMPARE(wide.block_width, 20.0);
    for (const double width : {300.0, 150.0, 47.0}) {
      const StripLayout narrow(QRectF(100, 0, width, 33), 32);
      QVERIFY(narrow.block(31).right() <= 100 + width + 1e-9);
      QVERIFY(narrow.block_width >= 1);
    }
    QCOMPARE(*wide.slot_at(100 + 22 * 3 + 5), std::size_t{3});
    QVERIFY(!wide.slot_at(99) && !wide.slot_at(100 + 22 * 24));
    // Every option has a colour of its own, skip the line's.
    for (std::size_t a = 0; a < slot_options().size(); ++a)
      for (std::size_t b = 0; b < a; ++b)
        QVERIFY(option_colour(static_cast<OptionIndex>(a)) !=
                option_colour(static_cast<OptionIndex>(b)));
  }

  void a_curve_is_what_the_study_says() {
    const auto made = PlanerStudy::make(path("curve.plumb"));
    const PlanerCatalogue all = catalogue(made);
    const auto curve = read_curve(all, {"base", PlanerStudy::key(), "s3"});
    QVERIFY(curve && curve->front && curve->table);
    QCOMPARE(*curve->baseline_cost(), 2.95);
    QCOMPARE(curve->entries.size(), std::size_t{4});
    QVERIFY(curve->entries[0].role == PlanerEntry::Role::baseline);
    QCOMPARE(curve->entries[1].target, 0.8);
    QCOMPARE(curve->entries[3].target, 0.6);
    const auto& found = curve->entries[3];
    QCOMPARE(found.network, std::string("s3-60"));
    QCOMPARE(found.parameters->all,
             count_parameters(PlanerStudy::config(), found.architecture).all);
    QVERIFY(found.latency->median_ms <= 0.6 * 2.95);
    QCOMPARE(curve->path.size(), std::size_t{120});
    // The front is brought to where retrained networks were: their mean is met.
    QCOMPARE(curve->calibration.networks, std::size_t{3});
    double expected = 0, measured = 0;
    for (std::size_t i = 1; i < 4; ++i) {
      const auto raw = predicted_loss(PlanerStudy::increments(), curve->entries[i].architecture);
      QVERIFY(raw.has_value());
      expected += curve->expected_nats({0, *raw, {}});
      measured += curve->entries[i].loss->nats;
    }
    QVERIFY(std::abs(expected - measured) < 1e-9);
    // Another batch: the same increments, another table.
    const auto single = read_curve(all, {"base", PlanerStudy::key(1), {}});
    QVERIFY(single && single->front);
    QCOMPARE(*single->baseline_cost(), 0.59);
    // What was never measured has neither table nor front.
    const auto unknown = read_curve(all, {"base", PlanerStudy::key(64), {}});
    QVERIFY(unknown && !unknown->baseline_cost() && !unknown->front);
    QVERIFY(!read_curve(all, {"nobody", PlanerStudy::key(), {}}));
  }

  void a_curve_of_energies_is_of_joules() {
    auto made = PlanerStudy::make(path("energies.plumb"));
    const PlanerSubject subject{"base", PlanerStudy::key(), "s3", CostKind::energy};
    // Where nothing is known of energies there is no such axis.
    QVERIFY(!read_curve(catalogue(made), {"base", PlanerStudy::key(), "s3"})->knows_energies);
    const auto none = read_curve(catalogue(made), subject);
    QVERIFY(none && !none->baseline_cost() && !none->front);
    // A tenth of a joule where the latency table has a millisecond.
    const LatencyTable latencies = PlanerStudy::table();
    const auto tenth = [](const MeasuredLatency& latency) {
      return TokenEnergy{0.1 * latency.median_ms, 0, 0, 5};
    };
    EnergyTable table;
    table.key = latencies.key;
    table.config = latencies.config;
    for (const auto& option : latencies.options)
      table.options.push_back(option ? std::optional(tenth(*option)) : std::nullopt);
    table.embedding = tenth(latencies.embedding);
    table.softmax = tenth(latencies.softmax);
    table.baseline = tenth(latencies.baseline);
    table.source = "a counter";
    test::succeed(made.study.set_energy_table(table));
    test::succeed(made.study.set_network_energy({"s3-60",
                                                 PlanerStudy::key(),
                                                 {0.15, 0.001, 0.05, 5},
                                                 "base",
                                                 {0.3, 0.001, 0.1, 5},
                                                 50,
                                                 "a counter"}));
    const PlanerCatalogue all = catalogue(made);
    QVERIFY(read_curve(all, {"base", PlanerStudy::key(), "s3"})->knows_energies);
    const auto of_time = read_curve(all, {"base", PlanerStudy::key(), "s3"});
    const auto curve = read_curve(all, subject);
    QVERIFY(curve && curve->front && curve->table);
    QVERIFY(std::abs(*curve->baseline_cost() - 0.1 * latencies.baseline.median_ms) < 1e-9);
    QVERIFY(std::abs(curve->front->least_cost() - 0.1 * of_time->front->least_cost()) < 1e-5);
    QCOMPARE(curve->text(0.15), QStringLiteral("0.150\u00A0J"));
    // The search saved time: its course is not of joules, nor its targets.
    QVERIFY(curve->path.empty());
    const PlanerEntry& found = curve->entries[3];
    QCOMPARE(found.network, std::string("s3-60"));
    QCOMPARE(*found.shown_cost(), 0.15);
    QCOMPARE(*found.fraction(), 0.5);
    QVERIFY(!found.target_met());
    QVERIFY(of_time->entries[3].target_met().has_value());
    // What was not measured is estimated.
    QVERIFY(!curve->entries[1].measured() && curve->entries[1].shown_cost());
    JobCenter jobs;
    PlanerReview review(&jobs);
    review.set_catalogue(all);
    TargetModel model(&review);
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.headerData(TargetModel::latency, Qt::Horizontal, Qt::DisplayRole).toString(),
             QStringLiteral("latency, ms"));
    review.set_cost(CostKind::energy);
    QCOMPARE(model.headerData(TargetModel::latency, Qt::Horizontal, Qt::DisplayRole).toString(),
             QStringLiteral("J per 1,000 tokens"));
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(review.subject().search, std::string());
    review.set_catalogue(all);  // read again
    QVERIFY(review.subject().cost == CostKind::energy);
    review.set_cost(CostKind::latency);
    QCOMPARE(review.subject().search, std::string("s3"));
    QCOMPARE(model.rowCount(), 3);
    review.set_cost(CostKind::energy);
    review.open_search("s3");
    QVERIFY(review.subject().cost == CostKind::latency);
    QCOMPARE(model.rowCount(), 3);
  }

  void models_follow_the_review() {
    auto made = PlanerStudy::make(path("models.plumb"));
    JobCenter jobs;
    jobs.set_engine(QStringLiteral("/nonexistent/engine"));
    PlanerReview review(&jobs);
    ArchitectureModel strips(&review);
    TargetModel targets(&review);
    const QAbstractItemModelTester first(&strips, fatal), second(&targets, fatal);
    QCOMPARE(strips.rowCount(), 0);
    review.set_catalogue(catalogue(made));
    QCOMPARE(review.subject().search, std::string("s3"));
    // Baseline, three found, predicted.
    QCOMPARE(strips.rowCount(), 5);
    QCOMPARE(shown(strips, 0, ArchitectureModel::name), QStringLiteral("Baseline"));
    QCOMPARE(shown(strips, 3, ArchitectureModel::name), QStringLiteral("Found, 0.60×"));
    QCOMPARE(shown(strips, 0, ArchitectureModel::latency), QStringLiteral("2.95"));
    QCOMPARE(shown(strips, 3, ArchitectureModel::loss), QStringLiteral("1.217 ± 0.004"));
    QCOMPARE(targets.rowCount(), 3);
    QCOMPARE(shown(targets, 2, TargetModel::limit), QStringLiteral("1.77"));
    QCOMPARE(shown(targets, 2, TargetModel::state), QStringLiteral("done"));
    const double speed = 2.95 / review.curve()->entries[3].latency->median_ms;
    QCOMPARE(shown(targets, 2, TargetModel::speed_up), target_text(speed));

    const std::string id = made.start_search();
    made.queue({0.4, 0.3});
    jobs.set_study(made.study.folder());
    QVERIFY(review.is_searching());
    QCOMPARE(review.progress()->target, 0.5);
    QCOMPARE(review.progress()->job, id);
    QCOMPARE(strips.rowCount(), 6);
    QCOMPARE(targets.rowCount(), 6);
    QCOMPARE(targets.summary(), QStringLiteral("3 done, 1 running, 2 queued"));
    QCOMPARE(shown(targets, 3, TargetModel::latency), QStringLiteral("1.54 est."));
    QCOMPARE(shown(targets, 3, TargetModel::state), QStringLiteral("searching, 37\u00A0%"));
    QCOMPARE(shown(targets, 4, TargetModel::state), QStringLiteral("queued"));
    QVERIFY(targets.flags(targets.index(4, 0)) & Qt::ItemIsDragEnabled);
    QVERIFY(!(targets.flags(targets.index(0, 0)) & Qt::ItemIsDragEnabled));

    // The queue's order.
    QSignalSpy reordered(&targets, &TargetModel::reordered);
    targets.move(5, -1);
    QCOMPARE(reordered.size(), 1);
    const auto order = reordered.first().first().value<std::vector<std::string>>();
    QCOMPARE(order, (std::vector<std::string>{targets.row(5).job, targets.row(4).job}));
    targets.move(0, 1);
    targets.move(5, 1);
    QCOMPARE(reordered.size(), 1);

    // Two are compared, a third takes the place of the first.
    strips.toggle(1);
    strips.toggle(3);
    QCOMPARE(review.selected().size(), std::size_t{2});
    QCOMPARE(strips.compared_with(1)->network, std::string("s3-60"));
    QVERIFY(strips.compared_with(0) == nullptr);
    QVERIFY(strips.index(0, 0).data(ArchitectureModel::faded_role).toBool());
    strips.toggle(0);
    QVERIFY(strips.compared_with(1) == nullptr);
    QCOMPARE(strips.compared_with(3)->role, PlanerEntry::Role::baseline);
    strips.toggle(0);
    strips.toggle(3);
    QVERIFY(review.selected().empty());

    // Selected architectures that go take their selection with them.
    strips.toggle(4);
    QCOMPARE(review.entry(review.selected().front())->role, PlanerEntry::Role::searching);
    made.end_search();
    jobs.refresh();
    QVERIFY(!review.is_searching());
    QVERIFY(review.selected().empty());
    QCOMPARE(shown(targets, 3, TargetModel::state), QStringLiteral("interrupted"));
    review.set_catalogue(std::nullopt);
    QCOMPARE(strips.rowCount(), 0);
    QCOMPARE(targets.rowCount(), 0);
  }

  void a_verdict_is_of_the_ratio_that_is_shown() {
    auto made = PlanerStudy::make(path("verdict.plumb"));
    JobCenter jobs;
    PlanerReview review(&jobs);
    TargetModel targets(&review);
    ArchitectureModel strips(&review);
    const auto cost = [&](int row) { return strips.index(row, ArchitectureModel::latency); };
    const auto measured = [&](double ms, const char* beside, double baseline_ms) {
      const NetworkLatency latency{
          "s3-60", PlanerStudy::key(), {ms, 0.02, 200}, beside, {baseline_ms, 0.02, 200}};
      if (!made.study.set_network_latency(latency)) qFatal("the latency is refused");
      review.set_catalogue(catalogue(made));
      return review.curve()->entries[3];
    };
    // In its own sitting it takes 0.60 of the baseline, though 0.62 of what that took in another.
    PlanerEntry entry = measured(1.83, "base", 3.05);
    QCOMPARE(entry.fraction().value(), 1.83 / 3.05);
    QCOMPARE(review.curve()->shown_fraction(entry).value(), 1.83 / 3.05);
    QCOMPARE(entry.target_met(), std::optional(true));
    QCOMPARE(cost(0).data().toString(), QStringLiteral("2.95"));
    QCOMPARE(cost(3).data().toString(), QStringLiteral("1.83*"));
    QVERIFY(cost(3)
                .data(Qt::ToolTipRole)
                .toString()
                .endsWith(QStringLiteral("\nnot in the same sitting as the baseline's "
                                         "2.95\u00A0ms; in its own the baseline's was "
                                         "3.05\u00A0ms")));
    QVERIFY(cost(4).data().toString().endsWith(QStringLiteral(" est.")));
    QCOMPARE(shown(targets, 2, TargetModel::speed_up), QStringLiteral("1.67×"));
    QCOMPARE(shown(targets, 2, TargetModel::limit), QStringLiteral("1.83"));
    QCOMPARE(shown(targets, 2, TargetModel::state), QStringLiteral("done"));
    // And the other way round.
    entry = measured(1.76, "base", 2.8);
    QVERIFY(1.76 / *review.curve()->baseline_cost() < 0.6);
    QCOMPARE(entry.target_met(), std::optional(false));
    QCOMPARE(shown(targets, 2, TargetModel::speed_up), QStringLiteral("1.59×"));
    QCOMPARE(shown(targets, 2, TargetModel::state), QStringLiteral("above the limit"));
    // A narrow column cuts it.
    QCOMPARE(targets.index(2, TargetModel::state).data(Qt::ToolTipRole).toString(),
             QStringLiteral("above the limit"));
    // Of the sitting of the baseline that is shown.
    measured(1.75, "base", *review.curve()->baseline_cost());
    QCOMPARE(cost(3).data().toString(), QStringLiteral("1.75"));
    // Beside another network than the existing one there is no ratio, and no verdict.
    entry = measured(1.76, "s3-80", 2.8);
    QVERIFY(!entry.fraction() && !entry.target_met());
    QCOMPARE(shown(targets, 2, TargetModel::speed_up), QStringLiteral("–"));
    QCOMPARE(shown(targets, 2, TargetModel::state), QStringLiteral("done"));
    // Estimates are shares of what the same table estimates for the baseline.
    const double whole =
        *PlanerStudy::table().estimate_ms(baseline_architecture(PlanerStudy::config()));
    QCOMPARE(review.curve()->estimated_fraction(whole).value(), 1.0);
    review.set_target(0.5);
    QCOMPARE(review.predicted(), review.curve()->front->within(0.5 * whole));
  }

  void a_table_of_a_slower_sitting_is_not_set_beside_the_baseline() {
    auto same = PlanerStudy::make(path("same.plumb")), slow = PlanerStudy::make(path("slow.plumb"));
    same.measure_table_again(1);
    slow.measure_table_again(3);
    JobCenter jobs;
    PlanerReview review(&jobs), slow_review(&jobs);
    review.set_catalogue(catalogue(same));
    slow_review.set_catalogue(catalogue(slow));
    const SearchCurve &curve = *review.curve(), &apart = *slow_review.curve();
    QCOMPARE(*apart.baseline_cost(), 2.95);
    QVERIFY(!curve.is_estimated_apart() && apart.is_estimated_apart());
    const double whole = *apart.costs->estimate(baseline_architecture(apart.config));
    QVERIFY(std::abs(whole - 3 * 1.012 * 2.95) < 1e-4);
    QVERIFY(std::abs(apart.cost_beside_baseline(whole) - 2.95) < 1e-9);
    QVERIFY(std::abs(apart.cost_beside_baseline(0.6 * whole) - 0.6 * 2.95) < 1e-9);
    // The picture is the same.
    const auto range = tradeoff_range(review), other = tradeoff_range(slow_review);
    QVERIFY(range.upper < 1.2);
    QVERIFY(std::abs(other.lower - range.lower) < 1e-6 &&
            std::abs(other.upper - range.upper) < 1e-6);
    QVERIFY(std::abs(other.low - range.low) < 1e-6 && std::abs(other.high - range.high) < 1e-6);
    // An estimate says that it is of its own sitting.
    const ArchitectureModel strips(&review), slow_strips(&slow_review);
    const auto cost = [](const ArchitectureModel& of) {
      return of.index(4, ArchitectureModel::latency);
    };
    QVERIFY(cost(strips).data().toString().endsWith(QStringLiteral(" est.")));
    QVERIFY(cost(slow_strips).data().toString().endsWith(QStringLiteral(" est.*")));
    QVERIFY(cost(slow_strips)
                .data(Qt::ToolTipRole)
                .toString()
                .endsWith(QStringLiteral("baseline's 2.95\u00A0ms; in its own the baseline's was "
                                         "8.85\u00A0ms")));
    // And so is the limit beside it.
    slow.start_search();
    jobs.set_study(slow.study.folder());
    const TargetModel targets(&slow_review);
    QVERIFY(targets.row(3).estimated);
    QVERIFY(std::abs(*targets.row(3).limit - 0.5 * whole) < 1e-9);
    QCOMPARE(shown(targets, 2, TargetModel::limit), QStringLiteral("1.77"));
  }

  void time_is_divided_by_kind_and_by_block() {
    const auto made = PlanerStudy::make(path("rows.plumb"));
    JobCenter jobs;
    PlanerReview review(&jobs);
    review.set_catalogue(catalogue(made));
    const auto kinds = latency_rows_by_kind(review);
    QCOMPARE(kinds.size(), std::size_t{5});  // four batches and what was found
    const auto shares =
        latency_shares(PlanerStudy::table(16), baseline_architecture(PlanerStudy::config()));
    QVERIFY(std::abs(kinds[2].total() - shares->total()) < 1e-9);
    QCOMPARE(kinds[2].parts[0].ms, shares->attention);
    QVERIFY(kinds[4].label.startsWith(QStringLiteral("found 0.60×")));
    const auto estimate = PlanerStudy::table(16).estimate_ms(review.described()->architecture);
    QVERIFY(std::abs(kinds[4].total() - *estimate) < 1e-9);
    const auto blocks = latency_rows_by_block(review);
    QCOMPARE(blocks.size(), std::size_t{2});
    QVERIFY(std::abs(blocks[1].total() - *estimate) < 1e-9);
    QCOMPARE(blocks[0].parts.size(), std::size_t{26});  // 24 blocks, embedding, softmax
  }

  void commands_are_those_of_the_engine() {
    const auto made = PlanerStudy::make(path("commands.plumb"));
    const PlanerCatalogue all = catalogue(made);
    const PlanerSubject subject{"base", PlanerStudy::key(), "s3"};
    const SearchSettings settings = settings_of(all, subject);
    QCOMPARE(settings.name, std::string("s3"));
    QCOMPARE(settings.steps, 40000);
    QCOMPARE(settings.warm_up_steps, 4000);
    const QString line =
        search_command(QStringLiteral("/s"), subject, settings, {0.45}, QStringLiteral("cuda:0"))
            .join(u' ');
    for (const char* words :
         {"planer search /s", "--name s3", "--from base", "--target 0.45", "--steps 40000",
          "--latency-batch 16", "--latency-length 512", "--latency-memory 512",
          "--latency-precision bf16", "--precision bf16", "--device cuda:0", "--resume"})
      QVERIFY2(line.contains(QLatin1String(words)), words);
    QVERIFY(search_command(QStringLiteral("/s"), subject, settings, {0.5, 0.3}, {})
                .join(u' ')
                .startsWith(QStringLiteral("planer sweep /s")));
    PlanerSubject of_energy = subject;
    of_energy.cost = CostKind::energy;
    QVERIFY(search_command(QStringLiteral("/s"), of_energy, settings, {0.5, 0.3}, {})
                .join(u' ')
                .contains(QStringLiteral("--target-energy 0.5,0.3 ")));
    // Another key has no search of its own yet: its name is free, its settings are the network's.
    const SearchSettings other = settings_of(all, {"base", PlanerStudy::key(4), {}});
    QVERIFY(other.name.empty());
    QCOMPARE(other.steps, 40000);
    QCOMPARE(free_search_name(all, {"s1"}), std::string("s4"));
    QCOMPARE(*parse_target_list(QStringLiteral("0.55, 0.45× 0.55")), (std::vector{0.55, 0.45}));
    for (const char* wrong : {"", "half", "0.5, x", "1.5", "0", "-0.5", "nan", "inf"})
      QVERIFY2(!parse_target_list(QString::fromLatin1(wrong)), wrong);
  }

  void the_range_holds_what_counts() {
    auto made = PlanerStudy::make(path("range.plumb"));
    JobCenter jobs;
    PlanerReview review(&jobs);
    QVERIFY(tradeoff_range(review).upper > tradeoff_range(review).lower);
    review.set_catalogue(catalogue(made));
    const auto range = tradeoff_range(review);
    for (const PlanerEntry& entry : review.curve()->entries) {
      const double x = *entry.shown_cost() / 2.95, y = LossUnit().value(entry.loss->nats);
      QVERIFY(x > range.lower && x < range.upper && y > range.low && y < range.high);
    }
    // A path that begins at an untrained network does not press the rest flat.
    made.start_search(2);
    made.append(PlanerStudy::point(1, 0, 2.9, 5.5) + PlanerStudy::point(2, 15000, 1.5, 0.86));
    jobs.set_study(made.study.folder());
    QVERIFY(!review.progress()->path.empty());
    const auto with_path = tradeoff_range(review);
    QVERIFY(with_path.high < 2);
    QVERIFY(with_path.high - with_path.low < 3 * (range.high - range.low));
  }
};

int test_planer_models(int argc, char** argv) {
  TestPlanerModels tests;
  return QTest::qExec(&tests, argc, argv);
}

#include "test_planer_models.moc"
