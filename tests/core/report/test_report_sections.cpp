#include <QProcess>
#include <QRegularExpression>
#include <QtTest>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "core/data/atomic_file.h"
#include "core/detection/detection_files.h"
#include "core/report/writers/report_writer.h"
#include "core/review/box_review.h"
#include "core/review/export_run.h"
#include "core/study/condition.h"
#include "core/study/run_energies.h"
#include "tests/core/report/report_study.h"
#include "tests/core/report/tests.h"
#include "tests/support/box_study.h"
#include "tests/support/stressed_run.h"

namespace plumbline::test {

namespace {

double figure_value(const Report& report, const std::string& id) {
  const ReportFigure* figure = report.figure(id);
  if (figure == nullptr || !figure->value) qFatal("no figure %s", id.c_str());
  return *figure->value;
}

/// A run of three voters under noise=2, noise=4 and blur=1.
struct StressedReport {
  StudyFixture fixture{800, 5};
  RunInfo run = fixture.add_run("r", 3);
  std::vector<View> conditions = value(parse_conditions("noise=2,4;blur=1"));
  std::vector<ClassPredictions> seen;

  explicit StressedReport(std::int64_t last = 800) {
    succeed(fixture.study.add_conditions("r", conditions));
    run = value(fixture.study.run("r"));
    for (std::size_t i = 0; i < conditions.size(); ++i)
      seen.push_back(commit_predictions(fixture, under(run, conditions[i]), "test",
                                        2.5F - static_cast<float>(i), static_cast<unsigned>(i) + 7,
                                        i + 1 == conditions.size() ? last : 800));
  }

  ReportRequest request() const {
    ReportRequest request = whole_request(fixture.folder());
    request.policy = "majority";
    return request;
  }
};

}  // namespace

void TestReportSections::stress_has_each_condition_with_the_baseline_beside() {
  const StressedReport stressed;
  const Report report = value(make_report(stressed.request())).report;
  const auto labels = value(stressed.fixture.study.labels(stressed.run.dataset, "test"));
  // The baseline keeps as many where nothing is damaged, and stays there.
  const auto threshold = [&] {
    const std::string& words = report.source->baseline;
    return std::stof(words.substr(words.find('=') + 1));
  }();
  for (std::size_t c = 0; c < stressed.conditions.size(); ++c) {
    const ClassPredictions& shard = stressed.seen[c];
    double right = 0, accepted = 0, undetected = 0, caught = 0, beside = 0;
    for (std::size_t i = 0; i < 800; ++i) {
      const int votes[] = {shard.predicted[i], shard.predicted[800 + i], shard.predicted[1600 + i]};
      int label = -1;
      if (votes[0] == votes[1] || votes[0] == votes[2]) label = votes[0];
      if (votes[1] == votes[2]) label = votes[1];
      accepted += label >= 0;
      undetected += label >= 0 && label != labels[i];
      beside += votes[0] != labels[i] && shard.confidence[i] >= threshold;
      if (label >= 0) {
        right += label == labels[i];
        continue;
      }
      // All differ: the surest one's.
      std::size_t surest = 0;
      for (std::size_t v = 1; v < 3; ++v)
        if (shard.confidence[v * 800 + i] > shard.confidence[surest * 800 + i]) surest = v;
      right += votes[surest] == labels[i];
      caught += votes[surest] != labels[i];
    }
    const std::string id = "stress." + condition_name(stressed.conditions[c]) + ".";
    QCOMPARE(figure_value(report, id + "accuracy"), right / 800);
    QCOMPARE(figure_value(report, id + "coverage"), accepted / 800);
    QCOMPARE(figure_value(report, id + "undetected"), undetected);
    QCOMPARE(figure_value(report, id + "caught"), caught / (caught + undetected));
    QCOMPARE(figure_value(report, id + "baseline_undetected"), beside);
    QCOMPARE(figure_value(report, id + "difference"), undetected - beside);
    const ReportFigure* difference = report.figure(id + "difference");
    QVERIFY(difference->interval && difference->interval->low <= *difference->value &&
            difference->interval->high >= *difference->value);
    QCOMPARE(report.provenances[difference->provenance].condition,
             to_string(stressed.conditions[c]));
  }
  // As it is, it is the decision's own figure.
  QCOMPARE(figure_value(report, "stress.none.undetected"),
           figure_value(report, "decision.undetected_mispredictions"));
  QCOMPARE(figure_value(report, "stress.none.baseline_undetected"),
           figure_value(report, "baseline.undetected_mispredictions"));
  // Two plots a family, with severities in words; a row a condition.
  const auto section = std::ranges::find(report.sections, "stress", &ReportSectionText::key);
  QVERIFY(section != report.sections.end());
  std::size_t plots = 0, rows = 0;
  for (const ReportBlock& block : section->blocks) {
    if (const auto* row = std::get_if<PlotRow>(&block)) {
      QCOMPARE(row->plots.size(), std::size_t{2});
      QCOMPARE(row->plots[0].x_names.front(), std::string("none"));
      plots += row->plots.size();
    }
    if (const auto* table = std::get_if<ReportTable>(&block)) rows = table->rows.size();
  }
  QCOMPARE(plots, std::size_t{4});
  QCOMPARE(rows, std::size_t{4});
}

void TestReportSections::unfinished_conditions_say_so() {
  const StressedReport stressed(300);
  const Report report = value(make_report(stressed.request())).report;
  const QString text = parse_page(html_of(report)).text;
  QVERIFY(text.contains("Predictions under blur=1 are not complete"));
  QVERIFY(!text.contains("Predictions under noise=2 are not complete"));
  QCOMPARE(report.figure("stress.blur=1.undetected")->n, std::int64_t{300});
}

void TestReportSections::policies_beside_are_ranked_by_their_own_scores() {
  StudyFixture fixture(700, 5);
  fixture.add_run("r", 3);
  ReportRequest request = whole_request(fixture.folder());
  request.policy = "majority";
  const Report report = value(make_report(request)).report;
  // The mean of the distributions, ranked by its top: AUGRC as it is defined.
  const auto labels = StudyFixture::scan(700, 5);
  const ClassPredictions& shard = fixture.shards[0];
  std::vector<std::pair<double, bool>> ranked;
  for (std::size_t i = 0; i < 700; ++i) {
    std::array<double, 5> mean{};
    for (std::size_t v = 0; v < 3; ++v)
      for (std::size_t c = 0; c < 5; ++c)
        mean[c] += std::exp(static_cast<double>(shard.log_probs[(v * 700 + i) * 5 + c])) / 3;
    const auto top = std::ranges::max_element(mean);
    ranked.emplace_back(*top, top - mean.begin() == labels.samples[i].label);
  }
  std::ranges::sort(ranked, std::ranges::greater(), &std::pair<double, bool>::first);
  double area = 0, wrong = 0, before = 0;
  for (const auto& [score, right] : ranked) {
    wrong += !right;
    area += (before + wrong) / (2 * 700.0 * 700.0);
    before = wrong;
  }
  QVERIFY(std::abs(figure_value(report, "beside.mean.augrc") - area) < 1e-9);
  const ReportFigure* difference = report.figure("beside.mean.augrc_difference");
  QVERIFY(difference != nullptr && difference->interval);
  QVERIFY(std::abs(*difference->value - (area - figure_value(report, "decision.augrc"))) < 1e-9);
  // A line and a row each: decision, baseline and at least two others.
  const auto section = std::ranges::find(report.sections, "risk", &ReportSectionText::key);
  QVERIFY(section != report.sections.end());
  const auto* row = std::get_if<PlotRow>(&section->blocks[0]);
  const auto* table = std::get_if<ReportTable>(&section->blocks[1]);
  QVERIFY(row != nullptr && table != nullptr && table->rows.size() >= 4);
  QCOMPARE(row->plots[0].series.size(), table->rows.size());
}

void TestReportSections::energy_is_said_where_it_was_measured() {
  StudyFixture fixture(200, 5);
  const RunInfo run = fixture.add_run("r", 3);
  ReportRequest request = whole_request(fixture.folder());
  request.policy = "majority";
  // Nothing was timed either: there is no section on cost, and the figure has no value.
  const Report without = value(make_report(request)).report;
  QVERIFY(without.figure("voter.1.joules_per_1000") == nullptr);
  RunEnergies energies{"NVIDIA H200", "NVML", "2026-11-29T18:00:00Z", 74, {}, {}};
  for (const double joules : {500.0, 125.0, 250.0}) {
    energies.voters.emplace_back(VoterEnergy{joules, 2, joules / 5, 1, 64, 5});
    energies.reasons.emplace_back();
  }
  succeed(write_run_energies(fixture.study, run, energies));
  const Report report = value(make_report(request)).report;
  QCOMPARE(figure_value(report, "decision.joules_per_1000"), 875.0);
  QCOMPARE(figure_value(report, "decision.joules_ratio"), 1.75);
  QCOMPARE(figure_value(report, "baseline.joules_per_1000"), 500.0);
  QCOMPARE(figure_value(report, "voter.2.joules_per_1000"), 125.0);
  QCOMPARE(figure_value(report, "voter.3.joules_idle_per_1000"), 50.0);
  const ReportFigure& figure = *report.figure("voter.1.joules_per_1000");
  QCOMPARE(value_words(figure), std::string("500\u00A0J"));
  QCOMPARE(std::string(unit_name(figure.unit)), std::string("J"));
  const std::string page = json_report(report).dump();
  QVERIFY(page.find("NVIDIA H200, by NVML") != std::string::npos);
  QVERIFY(page.find("No energy is known") == std::string::npos);
  // One voter was left out: what all of them take is not known, and it is said why.
  energies.voters[1].reset();
  energies.reasons[1] = "the model fails";
  succeed(write_run_energies(fixture.study, run, energies));
  const Report partly = value(make_report(request)).report;
  QVERIFY(!partly.figure("decision.joules_per_1000")->value);
  QVERIFY(partly.figure("voter.2.joules_per_1000") == nullptr);
  QVERIFY(json_report(partly).dump().find("was not measured: the model fails") !=
          std::string::npos);
}

void TestReportSections::choices_of_voters_are_the_best_at_their_cost() {
  StudyFixture fixture(600, 5);
  const RunInfo run = fixture.add_run("r", 4);
  value(fixture.study.add_split("d", "validation", StudyFixture::scan(500, 5, 9)));
  const ClassPredictions held = commit_predictions(fixture, run, "validation", 3, 31, 500);
  // A policy without a threshold: each choice of voters has one setting.
  succeed(fixture.study.save_decision({"d", run.name, run.voters,
                                       value(bind(value(parse_policy("majority", 4)))),
                                       "validation", "coverage>=0.05", ""}));
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  const auto misses = [](const ClassPredictions& shard, std::size_t n,
                         const std::vector<ClassIndex>& labels, unsigned mask) {
    double undetected = 0;
    for (std::size_t i = 0; i < n; ++i) {
      std::map<int, int> counts;
      int voters = 0;
      for (unsigned v = 0; v < 4; ++v)
        if (mask >> v & 1) {
          ++counts[shard.predicted[v * n + i]];
          ++voters;
        }
      for (const auto& [label, count] : counts)
        undetected += count >= voters / 2 + 1 && label != labels[i];
    }
    return undetected;
  };
  const auto labels = value(fixture.study.labels(run.dataset, "test"));
  const auto held_labels = value(fixture.study.labels(run.dataset, "validation"));
  int choices = 0;
  std::set<unsigned> front;
  for (int k = 1; report.figure("subset." + std::to_string(k) + ".undetected"); ++k, ++choices) {
    const std::string id = "subset." + std::to_string(k) + ".";
    const Provenance& from = report.provenances[report.figure(id + "undetected")->provenance];
    unsigned mask = 0;
    for (unsigned v = 0; v < 4; ++v)
      if (from.voters.find("m" + std::to_string(v)) != std::string::npos) mask |= 1U << v;
    QCOMPARE(figure_value(report, id + "undetected"), misses(fixture.shards[0], 600, labels, mask));
    QCOMPARE(figure_value(report, id + "undetected_chosen"), misses(held, 500, held_labels, mask));
    QCOMPARE(figure_value(report, id + "cost"), static_cast<double>(std::popcount(mask)));
    // What is shown is a test figure, what it was chosen by is none.
    QCOMPARE(from.chosen, Chosen::elsewhere);
    QCOMPARE(from.split, std::string("test"));
    QCOMPARE(report.provenances[report.figure(id + "undetected_chosen")->provenance].chosen,
             Chosen::here);
  }
  QVERIFY(choices >= 4);
  const auto section = std::ranges::find(report.sections, "subsets", &ReportSectionText::key);
  QVERIFY(section != report.sections.end());
  QVERIFY(parse_page(html_of(report)).text.contains("All 15 choices among the 4 voters"));
}

void TestReportSections::choices_are_left_out_where_there_are_too_many() {
  const auto why = [](const MadeReport& made) {
    return std::ranges::find(made.states, "subsets", &SectionState::key)->missing;
  };
  StudyFixture fixture(200, 4);
  fixture.add_run("r", 18);
  ReportRequest request = whole_request(fixture.folder());
  request.policy = "majority";
  QCOMPARE(why(value(make_report(request))),
           std::string("All choices among 18 voters on 200 samples are more than a report "
                       "computes: the Decision page's voter search does."));
  request.voters = "m0:identity,m1:identity";
  QCOMPARE(why(value(make_report(request))),
           std::string("Two voters decide: there is no choice among them."));
  request.voters.clear();
  request.policy = "mcp";
  QCOMPARE(why(value(make_report(request))),
           std::string("The policy asks no voter but the first."));
}

void TestReportSections::the_shipped_script_checks_conditions_and_choices() {
  const QString python = python_with_numpy();
  if (python.isEmpty()) QSKIP("no python with numpy (PLUMBLINE_PYTHON names one)");
  const StressedReport stressed;
  const auto& fixture = stressed.fixture;
  for (const char* policy : {"polygraph(thr_conf=0.6,thr_freq=2)", "majority"}) {
    ReportRequest request = stressed.request();
    request.policy = policy;
    const std::string json_text = json_of(value(make_report(request)).report);
    succeed(write_output(fixture.path("report.json"), json_text));
    value(
        export_predictions(fixture.study, stressed.run, ExportFormat::csv, fixture.path("p.csv")));
    QStringList arguments{QStringLiteral(PLUMBLINE_SOURCE_DIR "/resources/verify_report.py"),
                          QString::fromStdString(fixture.path("report.json").string()),
                          QString::fromStdString(fixture.path("p.csv").string()), "--resamples",
                          "0"};
    for (const View& condition : stressed.conditions) {
      const auto file = fixture.path(condition_name(condition) + ".csv");
      value(export_predictions(fixture.study, under(stressed.run, condition), ExportFormat::csv,
                               file));
      arguments << "--under" << QString::fromStdString(condition_name(condition))
                << QString::fromStdString(file.string());
    }
    const auto verify = [&] {
      QProcess script;
      script.start(python, arguments);
      script.waitForFinished(120000);
      return std::pair(script.exitCode(), script.readAll());
    };
    auto [code, output] = verify();
    QVERIFY2(code == 0, output.constData());
    for (const char* id : {"stress.noise=4.difference", "stress.blur=1.undetected",
                           "stress.noise=2.baseline_coverage", "subset.1.undetected"})
      QVERIFY2(QString::fromUtf8(output).contains(QRegularExpression(
                   QStringLiteral("%1: [^\n]*: yes").arg(QRegularExpression::escape(QString(id))))),
               output.constData());
    auto changed = nlohmann::ordered_json::parse(json_text);
    for (auto& figure : changed["figures"])
      if (figure["id"] == "stress.noise=4.undetected")
        figure["value"] = figure["value"].get<double>() + 1;
    succeed(write_output(fixture.path("report.json"), changed.dump()));
    std::tie(code, output) = verify();
    QCOMPARE(code, 1);
  }
}

void TestReportSections::the_shipped_script_checks_boxes() {
  const QString python = python_with_numpy();
  if (python.isEmpty()) QSKIP("no python with numpy (PLUMBLINE_PYTHON names one)");
  const BoxStudy boxes;
  const BoxDataset& truth = boxes.drawn.truth;
  const Report report = value(make_report(whole_request(boxes.folder()))).report;
  QCOMPARE(report.source->predictions, std::string("boxes"));
  QCOMPARE(report.source->voters.size(), boxes.drawn.voters.size());
  const auto in = [&](const std::string& name) { return boxes.folder().parent_path() / name; };
  // What a colleague is given: COCO's own file, each voter's boxes, and what the decision makes of
  // them.
  nlohmann::json instances = {{"images", nlohmann::json::array()},
                              {"categories", nlohmann::json::array()},
                              {"annotations", nlohmann::json::array()}};
  for (const BoxImage& image : truth.images)
    instances["images"].push_back({{"id", image.id.number}});
  for (const BoxCategory& category : truth.categories)
    instances["categories"].push_back({{"id", category.id.number}, {"name", category.name}});
  for (const TruthBox& box : truth.boxes)
    instances["annotations"].push_back(
        {{"id", box.id.number},
         {"image_id", truth.images[static_cast<std::size_t>(box.image)].id.number},
         {"category_id", truth.categories[static_cast<std::size_t>(box.category)].id.number},
         {"bbox", {box.box.x, box.box.y, box.box.width, box.box.height}},
         {"area", box.area},
         {"iscrowd", box.crowd ? 1 : 0},
         {"ignore", box.ignored ? 1 : 0}});
  succeed(write_output(in("instances.json"), instances.dump()));
  QStringList arguments{QStringLiteral(PLUMBLINE_SOURCE_DIR "/resources/verify_detection.py"),
                        QString::fromStdString(in("report.json").string()),
                        QString::fromStdString(in("instances.json").string()),
                        QString::fromStdString(in("decision.json").string())};
  for (std::size_t v = 0; v < boxes.drawn.voters.size(); ++v) {
    const auto file = in("voter-" + std::to_string(v) + ".json");
    succeed(write_output(file, coco_results_text(truth, boxes.drawn.voters[v])));
    arguments << QString::fromStdString(file.string());
  }
  const auto study = value(Study::open(boxes.folder(), Access::read_only));
  const RunInfo run = value(study.run("r"));
  const auto source = value(open_review(study, run, "test"));
  std::vector<std::size_t> deciding;
  for (std::size_t v = 0; v < run.voters.size(); ++v)
    if (report.provenances[report.figure("detection.found")->provenance].voters.find(
            to_string(run.voters[v])) != std::string::npos)
      deciding.push_back(v);
  const auto reviewed = value(source->decide(
      value(bind(value(parse_policy(report.source->policy, deciding.size())))), deciding));
  succeed(write_output(in("decision.json"), coco_results_text(truth, reviewed->boxes->fused->set)));
  const auto verify = [&](const nlohmann::ordered_json& json) {
    succeed(write_output(in("report.json"), json.dump()));
    QProcess script;
    script.start(python, arguments);
    script.waitForFinished(120000);
    return std::pair(script.exitCode(), script.readAll());
  };
  auto json = nlohmann::ordered_json::parse(json_of(report));
  auto [code, output] = verify(json);
  QVERIFY2(code == 0, output.constData());
  // AP by sizes of decision and voters, counts, and by how many voters each object is found.
  QVERIFY2(output.count(": yes") >= 6 * 5 + 4 + 5, output.constData());
  for (auto& figure : json["figures"])
    if (figure["id"] == "detector.2.APm") figure["value"] = figure["value"].get<double>() * 1.01;
  std::tie(code, output) = verify(json);
  QCOMPARE(code, 1);
  QVERIFY(output.contains("detector.2.APm") && output.contains(": no"));
}

}  // namespace plumbline::test
