#include <SQLiteCpp/SQLiteCpp.h>
#include <QDir>
#include <QFile>
#include <QtTest>
#include <cmath>

#include "core/study/condition.h"
#include "core/study/decide_run.h"
#include "core/study/run_votes.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

QStringList cache_files(const StudyFixture& fixture) {
  return QDir(QString::fromStdString((fixture.folder() / "cache").string()))
      .entryList({"votes-*.bin"}, QDir::Files);
}

void compare_with_shards(const StudyFixture& fixture, const VoteTable& table) {
  for (const ClassPredictions& shard : fixture.shards)
    for (std::size_t v = 0; v < table.voters.size(); ++v)
      for (std::size_t i = 0; i < static_cast<std::size_t>(shard.count); ++i) {
        const auto cell = v * static_cast<std::size_t>(shard.count) + i;
        const auto sample = static_cast<std::size_t>(shard.first) + i;
        QCOMPARE(int{table.voters[v].predicted[sample]}, shard.predicted[cell]);
        QCOMPARE(table.voters[v].confidence[sample], shard.confidence[cell]);
        QCOMPARE(table.voters[v].log_prob_label[sample], shard.log_prob_label[cell]);
      }
}

}  // namespace

void TestRunVotes::votes_are_those_written() {
  StudyFixture fixture(5000, 7);
  const auto run = fixture.add_run("r", 3);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  QCOMPARE(votes.table().samples(), std::size_t{5000});
  QCOMPARE(votes.table().voters.size(), std::size_t{3});
  QCOMPARE(fixture.shards.size(), std::size_t{3});
  compare_with_shards(fixture, votes.table());
}

/// Two runs of the same voters, each on a split: the one is decided on the other's, too.
void TestRunVotes::a_split_that_all_voters_have_can_be_chosen() {
  StudyFixture fixture(50, 3);
  RunInfo run = fixture.add_run("r", 2);
  run.splits = {"validation"};
  QCOMPARE(value(choose_split(fixture.study, run, "")), std::string("validation"));
  QCOMPARE(value(choose_split(fixture.study, run, "test")), std::string("test"));
  const auto refused = [&](const std::string& wanted) {
    const auto chosen = choose_split(fixture.study, run, wanted, "--fit-on");
    return !chosen && chosen.error().kind == ErrorKind::usage &&
           chosen.error().where == "--fit-on" &&
           chosen.error().hint == "splits of the run: validation";
  };
  QVERIFY(refused("train"));
  // One of the voters has no predictions of it.
  run.voters.push_back({"m0", value(parse_view("flip_x"))});
  QVERIFY(refused("test"));
}

void TestRunVotes::cache_is_made_and_used() {
  StudyFixture fixture(5000, 7);
  const auto run = fixture.add_run("r", 2);
  value(load_votes(fixture.study, run, "test"));
  QCOMPARE(cache_files(fixture).size(), 2);
  // With the prediction files away only the cache can answer.
  std::filesystem::rename(fixture.folder() / "predictions", fixture.folder() / "away");
  compare_with_shards(fixture, value(load_votes(fixture.study, run, "test")).table());
}

void TestRunVotes::damaged_cache_is_made_anew() {
  StudyFixture fixture(3000, 7);
  const auto run = fixture.add_run("r", 1);
  value(load_votes(fixture.study, run, "test"));
  const auto name = (fixture.folder() / "cache" / cache_files(fixture)[0].toStdString()).string();
  QFile file(QString::fromStdString(name));
  QVERIFY(file.resize(100));
  compare_with_shards(fixture, value(load_votes(fixture.study, run, "test")).table());
}

void TestRunVotes::many_files_give_the_same_votes() {
  StudyFixture fixture(70'000, 3);  // enough files for several threads
  const auto run = fixture.add_run("r", 2);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  compare_with_shards(fixture, votes.table());
  QCOMPARE(cache_files(fixture).size(), 2);
  // One voter's segment is gone: the other one is not made again.
  const auto file = fixture.folder() / "cache" / cache_files(fixture)[0].toStdString();
  const auto other = fixture.folder() / "cache" / cache_files(fixture)[1].toStdString();
  const auto before = std::filesystem::last_write_time(other);
  std::filesystem::remove(file);
  compare_with_shards(fixture, value(load_votes(fixture.study, run, "test")).table());
  QVERIFY(std::filesystem::exists(file));
  QVERIFY(std::filesystem::last_write_time(other) == before);
}

void TestRunVotes::the_first_missing_file_is_named() {
  StudyFixture fixture(70'000, 3);
  const auto run = fixture.add_run("r", 2);
  for (const int lost : {30, 7, 22})
    std::filesystem::remove(fixture.folder() / "predictions" /
                            ("r-" + std::to_string(lost * shard_samples) + ".safetensors"));
  for (int i = 0; i < 5; ++i) {
    const auto votes = load_votes(fixture.study, run, "test");
    QVERIFY(!votes);
    QVERIFY(to_string(votes.error()).find("r-14336.safetensors") != std::string::npos);
  }
  QCOMPARE(cache_files(fixture).size(), 0);
}

void TestRunVotes::truncated_prediction_file_is_named() {
  StudyFixture fixture(3000, 7);
  const auto run = fixture.add_run("r", 1);
  QFile file(
      QString::fromStdString((fixture.folder() / "predictions" / "r-0.safetensors").string()));
  QVERIFY(file.resize(file.size() / 2));
  const auto votes = load_votes(fixture.study, run, "test");
  QVERIFY(!votes);
  QVERIFY(to_string(votes.error()).find("r-0.safetensors") != std::string::npos);
}

void TestRunVotes::a_file_elsewhere_is_not_read_data() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"../elsewhere.safetensors", "/etc/passwd", "a/b", "..", ".hidden", ""})
    QTest::newRow(name) << name;
}

void TestRunVotes::a_file_elsewhere_is_not_read() {
  QFETCH(QString, name);
  StudyFixture fixture(100, 7);
  const auto run = fixture.add_run("r", 1);
  SQLite::Database database((fixture.folder() / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  SQLite::Statement change(database, "UPDATE shard SET file = ?");
  change.bind(1, name.toStdString());
  change.exec();
  const auto votes = load_votes(fixture.study, run, "test");
  QVERIFY(!votes);
  QVERIFY(votes.error().message.find("outside predictions/") != std::string::npos);
}

void TestRunVotes::uncommitted_samples_have_no_class() {
  StudyFixture fixture(3000, 7);
  auto run = fixture.add_run("r", 1);
  // A second voter of the run of which only the second file is there.
  succeed(fixture.study.add_model("late", "/nowhere/late", "h",
                                  value(parse_model_card(StudyFixture::card("late", 7), "late"))));
  run.voters.push_back({"late", {}});
  const auto set =
      value(fixture.study.prediction_set(prediction_key(run, "test", run.voters[1], false))).id;
  succeed(fixture.study.commit_shard("r-2048.safetensors", 2048, 3000 - 2048, std::span(&set, 1)));
  QCOMPARE(value(fixture.study.shard_rows(set)).size(),
           std::size_t{0});  // its file names other sets
  const auto votes = value(load_votes(fixture.study, run, "test"));
  for (const ClassIndex predicted : votes.table().voters[1].predicted)
    QCOMPARE(predicted, no_class);
  QCOMPARE(value(fixture.study.committed(run, "test")), std::int64_t{0});
}

void TestRunVotes::distribution_of_one_sample() {
  StudyFixture fixture(3000, 7);
  const auto run = fixture.add_run("r", 2);
  for (const std::int64_t sample : {0, 2047, 2048, 2999}) {
    const auto& shard = fixture.shards[static_cast<std::size_t>(sample / shard_samples)];
    const auto values = value(log_probs(fixture.study, run, "test", 1, sample));
    QCOMPARE(values.size(), std::size_t{7});
    const auto cell = static_cast<std::size_t>(shard.count + sample - shard.first);
    for (std::size_t c = 0; c < 7; ++c) QCOMPARE(values[c], shard.log_probs[cell * 7 + c]);
  }
}

void TestRunVotes::mean_is_reduced_as_by_hand() {
  StudyFixture fixture(3000, 7);
  const auto run = fixture.add_run("r", 3);
  const auto policy = value(bind(value(parse_policy("mean(t=0.6)", 2))));
  const std::vector<std::size_t> voters = {2, 0};
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const auto reduced = value(
      reduce(fixture.study, run, "test", select_voters(votes.table(), voters), voters, policy));
  const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
  std::int64_t kept = 0, undetected = 0;
  for (const ClassPredictions& shard : fixture.shards)
    for (std::int64_t i = 0; i < shard.count; ++i) {
      double best = -1;
      int label = -1;
      for (int c = 0; c < 7; ++c) {
        const auto at = [&](std::int64_t v) {
          return std::exp(
              double{shard.log_probs[static_cast<std::size_t>((v * shard.count + i) * 7 + c)]});
        };
        const double mean = (at(2) + at(0)) / 2;
        if (mean > best) best = mean, label = c;
      }
      const auto sample = static_cast<std::size_t>(shard.first + i);
      QCOMPARE(int{reduced.label[sample]}, label);
      QVERIFY(std::abs(reduced.score[sample] - best) < 2e-7);
      if (static_cast<float>(reduced.score[sample]) >= 0.6F)
        ++(label == votes.table().labels[sample] ? kept : undetected);
    }
  QCOMPARE(decisions.counts[Verdict::kept], kept);
  QCOMPARE(decisions.counts[Verdict::undetected], undetected);
  QVERIFY(kept > 0 && undetected > 0);
}

void TestRunVotes::times_are_gathered_from_all_that_was_measured() {
  StudyFixture fixture(300, 4);
  fixture.add_run("r", 2);
  succeed(fixture.study.add_conditions("r", value(parse_conditions("noise=2,4"))));
  const RunInfo run = value(fixture.study.run("r"));
  const std::vector<std::size_t> voters = {0, 1};
  QVERIFY(value(comparable_times(fixture.study, run, "test", voters)).common_sizes().empty());
  const auto measured = [&](const View& condition, std::size_t voter, const VoterLatency& latency) {
    const auto set = value(fixture.study.prediction_set(
        prediction_key(under(run, condition), "test", run.voters[voter], false)));
    succeed(fixture.study.set_latency(set.id, latency));
  };
  measured({}, 0, {"CPU", 64, 50, 20.0, 0.1});
  measured({}, 1, {"CPU", 64, 50, 30.0, 0.1});
  measured(run.conditions[0], 0, {"CPU", 16, 20, 8.0, 0.1});
  measured(run.conditions[0], 1, {"another", 16, 20, 1.0, 0.1});
  measured(run.conditions[1], 0, {"CPU", 64, 500, 99.0, 0.1});  // its own stands
  const VoterTimes times = value(comparable_times(fixture.study, run, "test", voters));
  QCOMPARE(times.batch, 64.0);
  QCOMPARE(times.latency_ms[1].value_or(-1), 30.0);
  QVERIFY(times.sizes[0] == (std::vector<BatchTime>{{16, 8.0}, {64, 20.0}}));
  QVERIFY(times.sizes[1] == (std::vector<BatchTime>{{64, 30.0}}));
  QCOMPARE(times.common_sizes(), std::vector<double>{64});
  QCOMPARE(times.at_share(0, 0.25).value_or(-1), 8.0);

  // What a run measures of smaller batches stands beside them, each on its own device.
  const auto smaller = [&](std::size_t voter, const VoterLatency& latency) {
    const auto set =
        value(fixture.study.prediction_set(prediction_key(run, "test", run.voters[voter], false)));
    succeed(fixture.study.set_batch_latency(set.id, latency));
  };
  smaller(0, {"CPU", 4, 10, 3.0, 0.1});
  smaller(1, {"CPU", 4, 10, 5.0, 0.1});
  smaller(1, {"CPU", 16, 10, 9.0, 0.1});
  smaller(1, {"another", 16, 10, 1.0, 0.1});
  smaller(0, {"CPU", 64, 900, 99.0, 0.1});  // the run's own stands
  smaller(1, {"CPU", 16, 11, 12.0, 0.1});   // measured again
  const VoterTimes more = value(comparable_times(fixture.study, run, "test", voters));
  QVERIFY(more.sizes[0] == (std::vector<BatchTime>{{4, 3.0}, {16, 8.0}, {64, 20.0}}));
  QVERIFY(more.sizes[1] == (std::vector<BatchTime>{{4, 5.0}, {16, 12.0}, {64, 30.0}}));
  QCOMPARE(more.common_sizes(), (std::vector<double>{4, 16, 64}));
  QCOMPARE(more.expected_ms(std::vector<double>{1.0, 0.25}).value_or(-1), 32.0);
}

}  // namespace plumbline::test
