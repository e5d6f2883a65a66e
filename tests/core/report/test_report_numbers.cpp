#include <QProcess>
#include <QtTest>
#include <cmath>
#include <map>

#include "core/data/atomic_file.h"
#include "core/report/writers/report_writer.h"
#include "core/review/export_run.h"
#include "core/study/decide_run.h"
#include "tests/core/report/report_study.h"
#include "tests/core/report/tests.h"
#include "tests/support/box_study.h"
#include "tests/support/planer_study.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

std::map<std::string, json> figures_by_id(const json& report) {
  std::map<std::string, json> figures;
  for (const json& figure : report["figures"]) figures[figure["id"]] = figure;
  return figures;
}

/// "−1,234.5 %" as "-1234.5".
QString without_dress(QString text) {
  text.replace(QChar(0x2212), '-');
  for (const char* word :
       {" points", "points", " bits per byte", "bits per byte", "ms", "%", "×", ",", "+"})
    text.remove(QString::fromUtf8(word));
  return text.remove(QChar(0xA0)).trimmed();
}

QString both_ends(const json& figure) {
  return rounded(figure, figure["interval"][0]) + " " + rounded(figure, figure["interval"][1]);
}

QString plain_interval(QString text) {
  text.replace(" to ", " ").replace(QChar(0x2013), ' ');
  return without_dress(text);
}

/// The cells of a line of CSV (RFC 4180).
QStringList csv_cells(const QString& line) {
  QStringList cells{QString()};
  bool quoted = false;
  for (const QChar c : line)
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells << QString();
    else
      cells.back() += c;
  return cells;
}

}  // namespace

void TestReportNumbers::json_is_what_the_votes_say() {
  StudyFixture fixture(1500, 5);
  const auto run = fixture.add_run("r", 3);
  ReportRequest request = whole_request(fixture.folder());
  request.policy = "majority";
  const auto figures = figures_by_id(json_report(value(make_report(request)).report));
  // Votes counted by hand: two of three for one class.
  const auto scan = StudyFixture::scan(1500, 5);
  const ClassPredictions& shard = fixture.shards[0];
  std::int64_t kept = 0, undetected = 0, right = 0, differ = 0;
  for (std::size_t i = 0; i < 1500; ++i) {
    const int votes[] = {shard.predicted[i], shard.predicted[1500 + i], shard.predicted[3000 + i]};
    const int truth = scan.samples[i].label;
    differ += votes[0] != votes[1] || votes[1] != votes[2];
    right += votes[1] == truth;
    int label = -1;
    if (votes[0] == votes[1] || votes[0] == votes[2]) label = votes[0];
    if (votes[1] == votes[2]) label = votes[1];
    kept += label >= 0 && label == truth;
    undetected += label >= 0 && label != truth;
  }
  QCOMPARE(figures.at("decision.kept_correct")["value"].get<double>(), static_cast<double>(kept));
  QCOMPARE(figures.at("decision.undetected_mispredictions")["value"].get<double>(),
           static_cast<double>(undetected));
  QCOMPARE(figures.at("voter.2.accuracy")["value"].get<double>(),
           static_cast<double>(right) / 1500);
  QCOMPARE(figures.at("agreement.differ")["value"].get<double>(),
           static_cast<double>(differ) / 1500);
  QVERIFY(figures.at("difference.undetected_mispredictions")["interval"].is_array());
  QCOMPARE(figures.at("decision.kept_correct")["n"].get<int>(), 1500);
  QVERIFY(!figures.at("decision.augrc")["definition"].get<std::string>().empty());
}

void TestReportNumbers::html_has_the_rounded_numbers_data() {
  QTest::addColumn<QString>("kind");
  for (const char* kind : {"classes", "search", "boxes"}) QTest::newRow(kind) << QString(kind);
}

void TestReportNumbers::html_has_the_rounded_numbers() {
  QFETCH(QString, kind);
  std::filesystem::path study;
  QTemporaryDir folder;
  StudyFixture fixture(900, 5);
  fixture.add_run("r", 3);
  const BoxStudy boxes;
  if (kind == "boxes") {
    study = boxes.folder();
  } else if (kind == "search") {
    study = (folder.path() + "/p.plumb").toStdString();
    (void)PlanerStudy::make(study);
  } else {
    study = fixture.folder();
  }
  const Report report = value(make_report(whole_request(study))).report;
  const auto figures = figures_by_id(json_report(report));
  const ParsedPage page = parse_page(html_of(report));
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  QVERIFY(page.numbers.size() > 20);
  for (const ParsedPage::Number& number : page.numbers) {
    const json& figure = figures.at(number.figure.toStdString());
    const bool is_value = number.part == "value";
    const QString expected =
        is_value ? rounded(figure, figure["value"].get<double>()) : both_ends(figure);
    QCOMPARE(number.plain, expected);
    QCOMPARE(is_value ? without_dress(number.shown) : plain_interval(number.shown), expected);
  }
}

void TestReportNumbers::csv_has_the_rounded_numbers() {
  StudyFixture fixture(900, 5);
  fixture.add_run("r", 3);
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  const auto figures = figures_by_id(json_report(report));
  const auto files = csv_of(report);
  QCOMPARE(files[0].name, std::string("figures.csv"));
  int compared = 0;
  for (const QString& line : QString::fromStdString(files[0].content).split('\n').mid(1)) {
    if (line.isEmpty()) continue;
    const QStringList cells = csv_cells(line);
    const json& figure = figures.at(cells[0].toStdString());
    QCOMPARE(cells[1].toStdString(), figure["title"].get<std::string>());
    QCOMPARE(cells[2], figure["value"].is_null() ? QString()
                                                 : rounded(figure, figure["value"].get<double>()));
    if (!figure["interval"].is_null()) QCOMPARE(cells[3] + " " + cells[4], both_ends(figure));
    ++compared;
  }
  QCOMPARE(static_cast<std::size_t>(compared), figures.size());
}

void TestReportNumbers::latex_has_the_rounded_numbers() {
  StudyFixture fixture(900, 5);
  fixture.add_run("r", 3);
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  const auto figures = figures_by_id(json_report(report));
  const QString latex = QString::fromStdString(latex_of(report));
  const QString table = latex.section("% table: verdicts", 1).section("\\bottomrule", 0, 0);
  int compared = 0;
  for (const QString& line : table.section("\\midrule\n", 1).split(" \\\\\n")) {
    const QStringList cells = line.split(" & ");
    if (cells.size() < 5) continue;
    for (const auto& [id, figure] : figures) {
      const QString title = QString::fromStdString(figure["title"].get<std::string>());
      if (!id.starts_with("decision.") || cells[0].section(" \\ensuremath", 0, 0) != title)
        continue;
      const auto plain = [](QString cell) {
        cell.remove("\\textbf{").remove('}').remove('{').remove('\\').replace("ensuremath", "");
        return without_dress(cell.replace("~", "").replace("times", ""));
      };
      QCOMPARE(plain(cells[1]), rounded(figure, figure["value"].get<double>()));
      ++compared;
    }
  }
  QVERIFY2(compared > 8, qPrintable(table));
}

void TestReportNumbers::the_shipped_script_says_yes() {
  const QString python = python_with_numpy();
  if (python.isEmpty()) QSKIP("no python with numpy (PLUMBLINE_PYTHON names one)");
  StudyFixture fixture(1200, 5);
  const auto run = fixture.add_run("r", 3);
  // What stands beside the decision, from its own export.
  const RunVotes votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0, 1, 2};
  const BoundPolicy mean = value(bind(value(make_policy("mean", 3))));
  value(export_decisions(fixture.study, run, "test", votes, voters,
                         value(decide_run(fixture.study, run, "test", votes, voters, mean)), false,
                         ExportFormat::csv, fixture.path("mean.csv")));
  for (const char* policy : {"polygraph(thr_conf=0.6,thr_freq=2)", "majority", "mcp(t=0.8)",
                             "staged(inner=polygraph(thr_conf=0.6,thr_freq=2),order=2:0:1)"}) {
    // Who is asked is told where there is a cost; before, voters have none but their number.
    const bool is_timed = std::string_view(policy).starts_with("staged");
    for (const PredictionSet& set : value(fixture.study.prediction_sets(run, "test")))
      if (is_timed) succeed(fixture.study.set_latency(set.id, {"CPU", 8, 50, 4.0, 0.1}));
    ReportRequest request = whole_request(fixture.folder());
    request.policy = policy;
    const Report report = value(make_report(request)).report;
    std::string json_text = json_of(report);
    succeed(write_output(fixture.path("report.json"), json_text));
    value(export_predictions(fixture.study, run, ExportFormat::csv, fixture.path("p.csv")));
    const auto verify = [&] {
      QProcess script;
      script.start(python, {QStringLiteral(PLUMBLINE_SOURCE_DIR "/resources/verify_report.py"),
                            QString::fromStdString(fixture.path("report.json").string()),
                            QString::fromStdString(fixture.path("p.csv").string()),
                            QStringLiteral("--beside"), QStringLiteral("mean"),
                            QString::fromStdString(fixture.path("mean.csv").string())});
      script.waitForFinished(120000);
      return std::pair(script.exitCode(), script.readAll());
    };
    auto [code, output] = verify();
    QVERIFY2(code == 0, output.constData());
    QVERIFY2(output.contains("decision.augrc: ") && output.count(": yes") > 40, output.constData());
    // A message has room for so much: what was not found right comes first.
    QByteArray doubted = QByteArray(policy) + '\n';
    for (const QByteArray& line : output.split('\n'))
      if (!line.contains(": yes") || line.contains("beside")) doubted += line + '\n';
    const auto says_yes = [&output = output](const QByteArray& id) {
      for (const QByteArray& line : output.split('\n'))
        if (line.startsWith(id + ":")) return line.contains(": yes");
      return false;
    };
    QVERIFY2(says_yes("beside.mean.augrc") && says_yes("beside.mean.augrc_difference") &&
                 (report.figure("beside.max.augrc") == nullptr || says_yes("beside.max.augrc")),
             doubted.constData());
    if (is_timed)
      QVERIFY2(says_yes("voter.1.asked") && says_yes("voter.3.asked"), output.constData());
    else if (!std::string_view(policy).starts_with("mcp"))  // which asks no voter but the first
      QVERIFY2(says_yes("subset.1.cost"), output.constData());
    // A number that was changed by hand is found.
    auto changed = nlohmann::ordered_json::parse(json_text);
    for (auto& figure : changed["figures"])
      if (figure["id"] == "decision.kept_correct")
        figure["value"] = figure["value"].get<double>() + 1;
    succeed(write_output(fixture.path("report.json"), changed.dump()));
    std::tie(code, output) = verify();
    QCOMPARE(code, 1);
    QVERIFY(output.contains("decision.kept_correct") && output.contains(": no"));
  }
}

}  // namespace plumbline::test
