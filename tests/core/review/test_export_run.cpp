#include <QFile>
#include <QtTest>
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/review/export_run.h"
#include "core/study/decide_run.h"
#include "core/types/number.h"
#include "tests/core/review/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

QByteArray exported_bytes(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read");
  return file.readAll();
}

}  // namespace

void TestExportRun::predictions_as_csv() {
  StudyFixture fixture(2100, 5);
  const auto run = fixture.add_run("r", 2);
  const auto out = fixture.path("p.csv");
  QCOMPARE(value(export_predictions(fixture.study, run, ExportFormat::csv, out)),
           std::int64_t{4200});
  const auto lines = exported_bytes(out).split('\n');
  QCOMPARE(lines[0], QByteArray("sample,label,model,view,class,confidence,log_prob_label"));
  QCOMPARE(lines.size(), 4200 + 2);
  const auto scan = StudyFixture::scan(2100, 5);
  for (std::size_t sample :
       {std::size_t{0}, std::size_t{2047}, std::size_t{2048}, std::size_t{2099}})
    for (std::size_t v = 0; v < 2; ++v) {
      const auto fields = lines[static_cast<qsizetype>(1 + sample * 2 + v)].split(',');
      const auto& shard = fixture.shards[sample / shard_samples];
      const auto cell = v * static_cast<std::size_t>(shard.count) + sample -
                        static_cast<std::size_t>(shard.first);
      QCOMPARE(fields.size(), 7);
      QCOMPARE(fields[0].toStdString(), scan.samples[sample].name);
      QCOMPARE(fields[1].toStdString(), scan.classes[scan.samples[sample].label]);
      QCOMPARE(fields[2].toStdString(), "m" + std::to_string(v));
      QCOMPARE(fields[3], QByteArray("identity"));
      QCOMPARE(fields[4].toStdString(), "class" + std::to_string(shard.predicted[cell]));
      // To the last digit: what is written reads back as the same float.
      QCOMPARE(fields[5].toFloat(), shard.confidence[cell]);
      QCOMPARE(fields[6].toFloat(), shard.log_prob_label[cell]);
    }
}

void TestExportRun::predictions_as_json() {
  StudyFixture fixture(50, 5);
  const auto run = fixture.add_run("r", 2);
  const auto out = fixture.path("p.json");
  value(export_predictions(fixture.study, run, ExportFormat::json, out));
  const auto rows = nlohmann::json::parse(exported_bytes(out).toStdString());
  QCOMPARE(rows.size(), std::size_t{100});
  QCOMPARE(rows[3]["model"].get<std::string>(), std::string("m1"));
  QCOMPARE(rows[3]["confidence"].get<float>(), fixture.shards[0].confidence[50 + 1]);
}

void TestExportRun::failures_are_the_wrong_ones_surest_first() {
  StudyFixture fixture(2500, 5);
  const auto run = fixture.add_run("r", 3);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0, 1, 2};
  const auto policy = value(bind(value(parse_policy("majority", 3))));
  const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
  const auto out = fixture.path("f.csv");
  const auto rows = value(export_decisions(fixture.study, run, "test", votes, voters, decisions,
                                           true, ExportFormat::csv, out));
  QCOMPARE(rows, decisions.counts[Verdict::undetected] + decisions.counts[Verdict::caught]);
  QVERIFY(decisions.counts[Verdict::undetected] > 10);
  const auto lines = exported_bytes(out).split('\n');
  float before = 2;
  for (qsizetype i = 1; i <= rows; ++i) {
    const auto fields = lines[i].split(',');
    QVERIFY(fields[1] != fields[2]);
    const bool undetected = i <= decisions.counts[Verdict::undetected];
    QCOMPARE(fields[3], QByteArray(undetected ? "undetected misprediction" : "caught"));
    QCOMPARE(fields[4], QByteArray(undetected ? "1" : "0"));
    if (i == decisions.counts[Verdict::undetected] + 1) before = 2;
    QVERIFY(fields[10].toFloat() <= before);
    before = fields[10].toFloat();
  }
}

void TestExportRun::items_are_written_in_the_order_given_data() {
  // Few of the split's samples are read one by one, many page by page.
  QTest::addColumn<int>("step");
  QTest::newRow("few") << 500;
  QTest::newRow("many") << 3;
}

void TestExportRun::items_are_written_in_the_order_given() {
  QFETCH(int, step);
  StudyFixture fixture(2100, 5);
  fixture.add_run("r", 3);
  const OpenedRun run = value(open_run(fixture.folder(), "r"));
  const std::vector<std::size_t> voters = {0, 2};
  const BoundPolicy policy = value(bind(value(make_policy("majority", voters.size()))));
  const Decisions decisions =
      value(decide_run(fixture.study, run.info, run.split, *run.votes, voters, policy));
  std::vector<ItemRef> items;
  for (int sample = 2099; sample >= 0; sample -= step)
    items.emplace_back(static_cast<std::uint32_t>(sample));
  ItemRemarks remarks;
  remarks.set_tag("b", items, true);
  remarks.set_tag("a", std::vector<ItemRef>{items[1]}, true);
  remarks.set_note(items[0], "say \"why\", then\ngo on");
  const auto out = fixture.path("items.csv");
  QCOMPARE(value(export_items(run, voters, decisions, remarks, items, ExportFormat::csv, out)),
           static_cast<std::int64_t>(items.size()));
  // Written out by hand.
  const auto scan = StudyFixture::scan(2100, 5);
  const VoteTable& table = run.votes->table();
  std::string expected = "sample,label,predicted,verdict,confidence,agreeing,tags,note\n";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t sample = items[i].sample();
    const ClassIndex label = decisions.label[sample];
    const int agreeing =
        (table.voters[0].predicted[sample] == label) + (table.voters[2].predicted[sample] == label);
    expected += fmt::format("{},{},{},{},{},{},{},{}\n", scan.samples[sample].name,
                            scan.classes[scan.samples[sample].label], scan.classes[label],
                            verdict_name(decisions.verdict[sample]),
                            shortest(table.voters[0].confidence[sample]), agreeing,
                            i == 1 ? "a;b" : "b", i == 0 ? "\"say \"\"why\"\", then\ngo on\"" : "");
  }
  QCOMPARE(exported_bytes(out).toStdString(), expected);
  const std::string paths = value(item_paths(run, items));
  QVERIFY(paths.find(scan.samples[items[0].sample()].name) != paths.npos);
  QCOMPARE(std::ranges::count(paths, '\n'), static_cast<std::ptrdiff_t>(items.size() - 1));
}

void TestExportRun::the_name_says_the_format() {
  QCOMPARE(export_format_of("a/b.json"), ExportFormat::json);
  QCOMPARE(export_format_of("a/b.csv"), ExportFormat::csv);
  QCOMPARE(export_format_of("a.json/b"), ExportFormat::csv);
}

void TestExportRun::unwritable_target_is_named() {
  StudyFixture fixture(50, 5);
  const auto run = fixture.add_run("r", 1);
  const auto out = export_predictions(fixture.study, run, ExportFormat::csv, "/nowhere/at/all.csv");
  QVERIFY(!out);
  QCOMPARE(out.error().where, std::string("/nowhere/at/all.csv"));
}

}  // namespace plumbline::test
