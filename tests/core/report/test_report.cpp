#include <QtTest>
#include <algorithm>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/report/draft.h"
#include "core/report/writers/report_writer.h"
#include "tests/core/report/report_study.h"
#include "tests/core/report/tests.h"
#include "tests/support/box_study.h"
#include "tests/support/planer_study.h"

namespace plumbline::test {

namespace {

std::string everything_of(const Report& report) {
  std::string all = html_of(report) + json_of(report) + latex_of(report);
  for (const ReportFile& file : csv_of(report)) all += file.content;
  return all;
}

/// A decision that was chosen on a split, saved in the study.
void save_decision_of(StudyFixture& fixture, const RunInfo& run, const std::string& selected_on) {
  StoredDecision decision{
      "d",         run.name,
      run.voters,  value(bind(value(parse_policy("polygraph", run.voters.size())))),
      selected_on, "kept>=baseline",
      ""};
  succeed(fixture.study.save_decision(decision));
}

}  // namespace

void TestReport::html_is_one_page_without_references() {
  StudyFixture fixture(600, 5);
  fixture.add_run("r", 3);
  const auto made = value(make_report(whole_request(fixture.folder())));
  const std::string html = html_of(made.report);
  const ParsedPage page = parse_page(html);
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  for (const QString& element : page.elements)
    for (const char* forbidden :
         {"script", "iframe", "object", "embed", "link", "base", "form", "foreignObject"})
      QVERIFY2(element != QString(forbidden), qPrintable(element));
  for (const QString& reference : page.references)
    QVERIFY2(reference.startsWith('#') || reference.startsWith("data:image/"),
             qPrintable(reference));
  // The name space of SVG is a name, and the only one.
  QString rest = QString::fromStdString(html);
  rest.remove("xmlns=\"http://www.w3.org/2000/svg\"");
  QVERIFY(!rest.contains("://"));
  for (const char* word : {"url(", "@import", "@font-face", "javascript:"})
    QVERIFY2(!page.style.contains(word), word);
  // Narrow, dark and on paper.
  QVERIFY(rest.contains("name=\"viewport\" content=\"width=device-width"));
  for (const char* rule : {"@media (max-width", "prefers-color-scheme:dark", "@media print",
                           "overflow-x:auto", "break-after:avoid"})
    QVERIFY2(page.style.contains(rule), rule);
  QVERIFY(std::ranges::count(page.elements, QString("svg")) >= 3);
}

void TestReport::hostile_names_are_text() {
  const auto names = hostile_names();
  StudyFixture fixture(700, static_cast<int>(names.size()), names);
  fixture.add_run("r & <run> 100%_", 3);
  ReportRequest request = whole_request(fixture.folder());
  request.title = "</title><script>alert(2)</script>";
  request.author = "A_1 & B \\input{x}";
  request.remarks = "\xE2\x80\xAEturned";  // from here on the other way round
  const Report report = value(make_report(request)).report;
  const std::string html = html_of(report);
  const ParsedPage page = parse_page(html);
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  QVERIFY(std::ranges::find(page.elements, QString("script")) == page.elements.end());
  for (const auto& name : {names[0], names[1], names[2], names[3], names[4]})
    QVERIFY2(page.text.contains(QString::fromStdString(name)), name.c_str());
  QVERIFY(!QString::fromStdString(html).contains(QChar(0x202E)));
  QVERIFY(!QString::fromStdString(html).contains(QChar(0x1b)));
  // JSON has the words as they are.
  const auto json = json_report(report);
  QCOMPARE(json["source"]["classes"].get<std::vector<std::string>>(), names);
  // A spreadsheet computes nothing.
  for (const ReportFile& file : csv_of(report))
    for (const QString& line : QString::fromStdString(file.content).split('\n'))
      QVERIFY2(!line.startsWith('=') && !line.contains(",="), qPrintable(line));
}

void TestReport::sections_stand_in_the_order_asked_for() {
  StudyFixture fixture(300, 4);
  fixture.add_run("r", 2);
  ReportRequest request = whole_request(fixture.folder());
  request.sections = {"method", "stress", "run", "headline"};
  const auto made = value(make_report(request));
  std::vector<std::string> keys;
  for (const auto& section : made.report.sections) keys.push_back(section.key);
  QCOMPARE(keys, (std::vector<std::string>{"method", "stress", "data", "voters", "headline"}));
  // What was asked for and is not there says why, in one line.
  QCOMPARE(made.report.sections[1].blocks.size(), std::size_t{1});
  QVERIFY(html_of(made.report).find("has no conditions (run --conditions)") != std::string::npos);
  // What nobody asked for is left out, and listed as missing.
  request.sections.clear();
  const auto all = value(make_report(request));
  QVERIFY(html_of(all.report).find("has no conditions (run --conditions)") == std::string::npos);
  const auto stress = std::ranges::find(all.states, "stress", &SectionState::key);
  QVERIFY(stress != all.states.end() && !stress->missing.empty());
}

void TestReport::an_unknown_section_is_named() {
  StudyFixture fixture(100, 3);
  fixture.add_run("r", 2);
  ReportRequest request = whole_request(fixture.folder());
  request.sections = {"headlines"};
  const auto made = make_report(request);
  QVERIFY(!made);
  QCOMPARE(made.error().kind, ErrorKind::usage);
  QVERIFY(made.error().message.find("headlines") != std::string::npos);
}

void TestReport::parameters_chosen_on_the_split_shown_are_no_test_figures() {
  StudyFixture fixture(600, 5);
  const auto run = fixture.add_run("r", 3);
  const auto check = [&](const char* said) {
    const Report report = value(make_report(whole_request(fixture.folder()))).report;
    const QString text = parse_page(html_of(report)).text;
    QVERIFY2(text.contains(said), qPrintable(text.left(2000)));
    QVERIFY(!text.contains("the figures are test figures"));
    QVERIFY(latex_of(report).find(said) != std::string::npos);
    const auto json = json_report(report);
    for (const auto& figure : json["figures"])
      if (figure["id"].get<std::string>().starts_with("decision."))
        QCOMPARE(json["provenances"][figure["provenance"].get<std::size_t>()]["is_test_figure"],
                 nlohmann::json(false));
  };
  check("parameters set by hand");
  save_decision_of(fixture, run, "test");
  check("not test figures");
}

void TestReport::parameters_chosen_elsewhere_are_test_figures() {
  StudyFixture fixture(600, 5);
  const auto run = fixture.add_run("r", 3);
  save_decision_of(fixture, run, "validation");
  const Report report = value(make_report(whole_request(fixture.folder()))).report;
  const QString text = parse_page(html_of(report)).text;
  QVERIFY(text.contains("the figures are test figures"));
  QVERIFY(text.contains("chosen on the split 'validation'"));
  const auto json = json_report(report);
  QCOMPARE(json["provenances"][0]["is_test_figure"], nlohmann::json(true));
  QCOMPARE(json["provenances"][0]["selected_on"], nlohmann::json("validation"));
}

void TestReport::a_difference_without_interval_is_not_shown() {
  QTemporaryDir folder;
  auto planer = PlanerStudy::make((folder.path() + "/p.plumb").toStdString());
  // A loss whose error nobody knows: its difference has no interval.
  for (const NetworkInfo& network : value(planer.study.networks()))
    if (!network.search.empty() && network.validation)
      succeed(planer.study.set_validation(network.name, *network.text,
                                          MeasuredLoss{network.validation->nats, 0, 1000}));
  const Report report = value(make_report(whole_request(planer.study.folder()))).report;
  bool some = false;
  for (const ReportFigure& figure : report.figures)
    some = some || (figure.difference && figure.value && !figure.interval);
  QVERIFY(some);
  for (const auto& number : parse_page(html_of(report)).numbers) {
    const ReportFigure* figure = report.figure(number.figure.toStdString());
    QVERIFY(figure != nullptr);
    QVERIFY2(!figure->difference || figure->interval, qPrintable(number.figure));
  }
}

void TestReport::paths_are_there_only_when_asked_for() {
  StudyFixture fixture(300, 4);
  fixture.add_run("r", 2);
  ReportRequest request = whole_request(fixture.folder());
  request.out = fixture.path("report.html").string();
  const std::string above = fixture.folder().parent_path().string();
  const std::string without = everything_of(value(make_report(request)).report);
  QVERIFY(without.find("/nowhere") == std::string::npos);
  QVERIFY(without.find(above) == std::string::npos);
  if (const QByteArray user = qgetenv("USER"); user.size() > 3)
    QVERIFY(without.find(user.toStdString()) == std::string::npos);
  request.paths = true;
  const std::string with = everything_of(value(make_report(request)).report);
  QVERIFY(with.find("/nowhere/images") != std::string::npos);
  QVERIFY(with.find(above) != std::string::npos);
}

void TestReport::a_search_is_reported() {
  QTemporaryDir folder;
  const auto planer = PlanerStudy::make((folder.path() + "/p.plumb").toStdString());
  ReportRequest request = whole_request(planer.study.folder());
  request.search = "s3";
  const Report report = value(make_report(request)).report;
  const ParsedPage page = parse_page(html_of(report));
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  std::vector<std::string> keys;
  for (const auto& section : report.sections) keys.push_back(section.key);
  QCOMPARE(keys,
           (std::vector<std::string>{"planer-accuracy", "planer-architectures", "planer-course",
                                     "planer-time", "method", "reproduction"}));
  for (const NetworkInfo& network : value(planer.study.networks())) {
    if (network.search != "s3") continue;
    const ReportFigure* loss = report.figure("network." + network.name + ".loss");
    QVERIFY(loss != nullptr && loss->interval);
    // Nats to bits, written another way.
    QVERIFY(std::abs(*loss->value - std::log2(std::exp(network.validation->nats))) < 1e-12);
    QVERIFY(page.text.contains(QString::fromStdString(network.name)));
  }
  QVERIFY(page.text.contains("No random architectures"));
}

void TestReport::damaged_energies_are_named_in_a_report_of_latency() {
  QTemporaryDir folder;
  auto planer = PlanerStudy::make((folder.path() + "/p.plumb").toStdString());
  const TokenEnergy energy{1.5, 0.01, 0.5, 5};
  succeed(planer.study.set_network_energy(
      {"base", PlanerStudy::key(), energy, "", TokenEnergy(), 50, "NVML"}));
  ReportRequest request = whole_request(planer.study.folder());
  request.search = "s3";
  QVERIFY(!parse_page(html_of(value(make_report(request)).report)).text.contains("Damaged"));
  SQLite::Database((planer.study.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE network_energy SET joules = -3");
  const ParsedPage page = parse_page(html_of(value(make_report(request)).report));
  // The study's file without its folder: a report is handed on.
  QVERIFY2(page.text.contains("Damaged: the networks' energies are left out: study.sqlite: network "
                              "'base', energy: is damaged"),
           qPrintable(page.text.left(4000)));
}

void TestReport::failure_cases_are_those_chosen() {
  StudyFixture fixture(900, 4);
  const auto run = fixture.add_run("r", 3);
  const std::vector<ItemRef> tagged{ItemRef(5), ItemRef(77)};
  succeed(fixture.study.set_tag(run.dataset, "test", "odd", tagged, true));
  succeed(fixture.study.set_note(run.dataset, "test", ItemRef(77), "half of it is missing"));
  const auto samples = value(fixture.study.samples(run.dataset, "test", 0, 900));
  ReportRequest request = whole_request(fixture.folder());
  request.sections = {"cases"};
  const auto grids = [&](const char* choice) {
    request.cases = value(parse_case_choice(choice));
    std::vector<CaseGrid> found;
    const MadeReport made = value(make_report(request));
    for (const ReportBlock& block : made.report.sections[0].blocks)
      if (const auto* grid = std::get_if<CaseGrid>(&block)) found.push_back(*grid);
    return found;
  };
  const auto by_tag = grids("tag:odd");
  QCOMPARE(by_tag.size(), std::size_t{1});
  QCOMPARE(by_tag[0].cases.size(), std::size_t{2});
  QCOMPARE(by_tag[0].cases[1].sample, samples[77].name);
  QCOMPARE(QString::fromStdString(by_tag[0].cases[1].remarks),
           QString("odd: half of it is missing"));
  const auto by_item = grids("items:3,899");
  QCOMPARE(by_item[0].cases[1].sample, samples[899].name);
  const auto surest = grids("surest:7");
  QVERIFY(!surest.empty() && surest[0].cases.size() <= 7);
  for (const ReportCase& one : surest[0].cases) QCOMPARE(one.verdict, Verdict::undetected);
  // One of each pair of classes.
  std::vector<std::string> pairs;
  const auto cells = grids("cells:50");
  for (const ReportCase& one : cells[0].cases) pairs.push_back(one.caption);
  auto once = pairs;
  std::ranges::sort(once);
  QVERIFY(std::ranges::adjacent_find(once) == once.end());
}

void TestReport::a_figure_that_is_absent_is_not_another_one() {
  ReportDraft draft;
  ReportFigure latency;
  latency.id = "decision.expected_latency_ms";
  latency.unit = ReportUnit::milliseconds;
  latency.value = 1204;
  draft.add(std::move(latency));
  QCOMPARE(draft.report.shown(draft.use("decision.expected_latency_ms")).value,
           std::optional(1204.0));
  QVERIFY(!draft.report.shown(draft.use("selected.accuracy")).value);
  QCOMPARE(value_words(draft.report.shown(draft.use("selected.accuracy"))), std::string("–"));
}

void TestReport::ten_thousand_cases_without_pictures_are_placeholders() {
  StudyFixture fixture(30'000, 7);
  fixture.add_run("r", 2);
  ReportRequest request = whole_request(fixture.folder());
  request.policy = "mcp(t=0)";
  request.sections = {"cases"};
  request.cases = value(parse_case_choice("surest:10000"));
  const Report report = value(make_report(request)).report;
  const auto* grid = std::get_if<CaseGrid>(&report.sections[0].blocks[0]);
  QVERIFY(grid != nullptr);
  QCOMPARE(grid->cases.size(), std::size_t{10'000});
  QVERIFY(!grid->left_out.empty());
  const ParsedPage page = parse_page(html_of(report));
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  QCOMPARE(page.text.count("picture missing"), 10'000);
  QVERIFY(!page.text.contains("/nowhere"));
  // Where paths were asked for, the placeholder says where the picture was.
  request.paths = true;
  request.cases.count = 3;
  const std::string html = html_of(value(make_report(request)).report);
  QVERIFY(html.find("/nowhere/images/class") != std::string::npos);
}

void TestReport::detectors_are_reported() {
  const BoxStudy study;
  const Report report = value(make_report(whole_request(study.folder()))).report;
  const ParsedPage page = parse_page(html_of(report));
  QVERIFY2(page.mistake.isEmpty(), qPrintable(page.mistake));
  const auto number = [&](const char* id) {
    const ReportFigure* figure = report.figure(id);
    if (figure == nullptr || !figure->value) qFatal("no figure %s", id);
    return *figure->value;
  };
  const auto objects = std::ranges::count_if(
      study.drawn.truth.boxes, [](const TruthBox& box) { return !box.crowd && !box.ignored; });
  QCOMPARE(number("detection.objects"), static_cast<double>(objects));
  QCOMPARE(number("detection.found") + number("detection.undetected"),
           static_cast<double>(objects));
  double by_voters = 0;
  for (std::size_t k = 0; k <= study.drawn.voters.size(); ++k)
    by_voters += number(("detection.found_by_" + std::to_string(k)).c_str());
  QCOMPARE(by_voters, static_cast<double>(objects));
  // The best detector alone is the best of those that are listed.
  double best = -1;
  for (std::size_t v = 1; v <= study.drawn.voters.size(); ++v)
    best = std::max(best, number(("detector." + std::to_string(v) + ".AP").c_str()));
  QVERIFY(std::abs(number("detection.AP") - best - number("detection.ap_difference")) < 1e-12);
  const ReportFigure* difference = report.figure("detection.ap_difference");
  QVERIFY(difference->interval && difference->interval->low <= *difference->value &&
          difference->interval->high >= *difference->value);
  // Objects are shown where they lie.
  bool some_picture = false;
  for (const auto& section : report.sections)
    for (const ReportBlock& block : section.blocks)
      if (const auto* grid = std::get_if<CaseGrid>(&block))
        for (const ReportCase& one : grid->cases)
          some_picture = some_picture || !one.image.mime.empty();
  QVERIFY(some_picture);
}

}  // namespace plumbline::test
