#include <QFile>
#include <QtTest>

#include <array>

#include "core/predictions/class_predictions.h"
#include "core/study/merge_predictions.h"
#include "core/study/run_votes.h"
#include "core/study/study_prediction_store.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// A run without predictions, those that it should get, and whose they are.
struct Pending {
  StudyFixture fixture{shard_samples + 300, 5};
  RunInfo run;
  std::vector<VoterKey> voters;
  std::vector<ClassPredictions> shards;

  Pending() {
    run.name = "ranks";
    run.dataset = value(fixture.study.dataset("d")).id;
    run.splits = {"test"};
    run.precision = "fp32";
    run.decoder = "raw";
    run.device_kind = "cuda";
    run.batch = 64;
    for (const char* model : {"a", "b"}) {
      succeed(fixture.study.add_model(
          model, "/nowhere", "hash", value(parse_model_card(StudyFixture::card(model, 5), model))));
      run.voters.push_back({model, {}});
      voters.push_back(voter_key(prediction_key(run, "test", run.voters.back(), false), "d"));
    }
    succeed(fixture.study.add_run(run));
    for (const std::int64_t first : {std::int64_t{0}, shard_samples}) {
      ClassPredictions shard;
      shard.first = first;
      shard.count = first == 0 ? shard_samples : 300;
      shard.classes = 5;
      shard.voters = run.voters;
      allocate(shard);
      for (std::size_t i = 0; i < shard.predicted.size(); ++i)
        shard.predicted[i] =
            static_cast<std::int32_t>((i * 7 + static_cast<std::size_t>(first)) % 5);
      shards.push_back(std::move(shard));
    }
  }

  std::filesystem::path manifest() const {
    return fixture.folder() / "predictions" / "rank-0.manifest.jsonl";
  }

  void write_manifest() {
    auto store = value(ManifestStore::open(fixture.folder(), "rank-0"));
    for (const auto& shard : shards) succeed(store.commit(voters, draft_of(shard)));
  }

  void check_votes() const {
    const auto votes = value(load_votes(fixture.study, run, "test"));
    for (std::size_t v = 0; v < 2; ++v)
      for (const auto& shard : shards)
        for (std::int64_t i = 0; i < shard.count; ++i)
          QCOMPARE(
              int{votes.table().voters[v].predicted[static_cast<std::size_t>(shard.first + i)]},
              shard.predicted[v * static_cast<std::size_t>(shard.count) +
                              static_cast<std::size_t>(i)]);
  }
};

}  // namespace

void TestStudyPredictionStore::both_stores_come_to_the_same() {
  Pending at_once, merged;
  StudyPredictionStore store(at_once.fixture.study);
  for (const auto& shard : at_once.shards) succeed(store.commit(at_once.voters, draft_of(shard)));
  at_once.check_votes();
  merged.write_manifest();
  QCOMPARE(value(merged.fixture.study.committed(merged.run, "test")), std::int64_t{0});
  QCOMPARE(value(merge_manifests(merged.fixture.study, std::array{merged.manifest()})).files,
           std::int64_t{2});
  merged.check_votes();
  QCOMPARE(value(merged.fixture.study.committed(merged.run, "test")), shard_samples + 300);
  const auto again = value(merge_manifests(merged.fixture.study));
  QCOMPARE(again.manifests, std::int64_t{1});
  QCOMPARE(again.files, std::int64_t{2});
  QCOMPARE(again.added, std::int64_t{0});
  QVERIFY(!merge_manifests(at_once.fixture.study));  // there is none
  // The same files under the same names, and merging again changes nothing.
  QCOMPARE(value(merge_manifests(merged.fixture.study, std::array{merged.manifest()})).files,
           std::int64_t{2});
  for (const auto& shard : at_once.shards) {
    const auto name = prediction_file_name(at_once.voters, shard.first, shard.count);
    QFile a(QString::fromStdString((at_once.fixture.folder() / "predictions" / name).string()));
    QFile b(QString::fromStdString((merged.fixture.folder() / "predictions" / name).string()));
    QVERIFY(a.open(QIODevice::ReadOnly) && b.open(QIODevice::ReadOnly));
    QCOMPARE(a.readAll(), b.readAll());
  }
}

void TestStudyPredictionStore::a_wrong_file_is_not_merged_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("a file that is not there") << 0 << "";
  QTest::newRow("cut off") << 1 << "";
  QTest::newRow("another kind") << 2 << "'smells', which is not a known kind";
  QTest::newRow("a row too few") << 3 << "voters other than those of its manifest";
  QTest::newRow("a range that is none") << 4 << "range that its split does not have";
  QTest::newRow("a model that is not there") << 5 << "no model 'z'";
  QTest::newRow("a data set that is not there") << 6 << "no data set 'z'";
}

void TestStudyPredictionStore::a_wrong_file_is_not_merged() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  Pending pending;
  auto& shard = pending.shards[0];
  auto& key = pending.voters[1];
  if (fault == 3) shard.voters.pop_back();
  if (fault == 3) allocate(shard);
  if (fault == 4) shard.first = shard_samples;  // of which the split has 300 samples
  if (fault == 5) key.voter.model = "z";
  if (fault == 6) pending.voters[0].dataset = key.dataset = "z";
  auto draft = draft_of(shard);
  if (fault == 2) draft.envelope.kind = "smells";
  auto store = value(ManifestStore::open(pending.fixture.folder(), "rank-0"));
  succeed(store.commit(pending.voters, draft));
  const auto file = QString::fromStdString(
      (pending.fixture.folder() / "predictions" / store.entries()[0].file).string());
  if (fault == 0) QVERIFY(QFile::remove(file));
  if (fault == 1) QVERIFY(QFile::resize(file, 1000));
  const auto merged = merge_manifests(pending.fixture.study, std::array{pending.manifest()});
  QVERIFY(!merged);
  const auto error = QString::fromStdString(to_string(merged.error()));
  QVERIFY2(error.contains(named), qPrintable(error));
  if (fault < 5) QVERIFY2(error.contains(file), qPrintable(error));
  QCOMPARE(value(pending.fixture.study.committed(pending.run, "test")), std::int64_t{0});
}

void TestStudyPredictionStore::parts_of_a_block_are_one_whole() {
  // The same predictions in files of several lengths, of one voter and of both, in any order.
  Pending whole, parts;
  StudyPredictionStore one(whole.fixture.study), many(parts.fixture.study);
  for (const auto& shard : whole.shards) succeed(one.commit(whole.voters, draft_of(shard)));
  const auto part_of = [&](std::int64_t first, std::int64_t count, std::size_t voter) {
    const auto& all = parts.shards[static_cast<std::size_t>(first / shard_samples)];
    ClassPredictions part;
    part.first = first;
    part.count = count;
    part.classes = 5;
    part.voters = {all.voters[voter]};
    allocate(part);
    for (std::int64_t i = 0; i < count; ++i)
      part.predicted[static_cast<std::size_t>(i)] =
          all.predicted[voter * static_cast<std::size_t>(all.count) +
                        static_cast<std::size_t>(first - all.first + i)];
    succeed(many.commit(std::span(&parts.voters[voter], 1), draft_of(part)));
  };
  part_of(shard_samples, 300, 0);
  part_of(64, 1000, 0);
  part_of(0, 64, 0);
  QCOMPARE(value(parts.fixture.study.committed(parts.run, "test")), std::int64_t{0});
  part_of(0, shard_samples, 1);
  part_of(1064, shard_samples - 1064, 0);
  QCOMPARE(value(parts.fixture.study.committed(parts.run, "test")), shard_samples);
  part_of(shard_samples, 300, 1);
  // Two jobs at once: what overlaps counts once.
  part_of(0, 500, 0);
  part_of(2000, 48, 0);
  QCOMPARE(value(parts.fixture.study.committed(parts.run, "test")), shard_samples + 300);
  parts.check_votes();
  const auto sets = value(parts.fixture.study.all_prediction_sets());
  for (const auto& set : sets) QCOMPARE(set.committed, shard_samples + 300);
}

void TestStudyPredictionStore::a_renamed_models_files_are_nobody_elses() {
  Pending pending;
  StudyPredictionStore store(pending.fixture.study);
  succeed(store.commit(std::span(pending.voters.data(), 1), [&] {
    auto one = pending.shards[0];
    one.voters.pop_back();
    allocate(one);
    std::ranges::fill(one.predicted, 1);
    static ClassPredictions kept;
    kept = one;
    return draft_of(kept);
  }()));
  succeed(pending.fixture.study.rename_entry(StudyEntry::model, "a", "old"));
  succeed(pending.fixture.study.add_model(
      "a", "/elsewhere", "other", value(parse_model_card(StudyFixture::card("a", 5), "a"))));
  // The new model of the old name computes the same range: a file of its own.
  auto other = pending.shards[0];
  other.voters.pop_back();
  allocate(other);
  std::ranges::fill(other.predicted, 2);
  succeed(store.commit(std::span(pending.voters.data(), 1), draft_of(other)));
  for (const auto& [model, expected] : {std::pair("old", 1), std::pair("a", 2)}) {
    RunInfo run = pending.run;
    run.voters = {{model, {}}};
    QCOMPARE(
        int{value(load_votes(pending.fixture.study, run, "test")).table().voters[0].predicted[7]},
        expected);
  }
}

void TestStudyPredictionStore::what_has_become_of_a_file_is_said() {
  Pending pending;
  StudyPredictionStore store(pending.fixture.study);
  succeed(store.commit(pending.voters, draft_of(pending.shards[0])));
  const auto set = value(pending.fixture.study.prediction_sets(pending.run, "test"))[0];
  const auto shard = value(pending.fixture.study.shard_rows(set.id))[0].shard;
  const auto file = pending.fixture.folder() / "predictions" / shard.file;
  const auto wrong = [&] { return value(what_is_wrong(pending.fixture.study, shard)); };
  QCOMPARE(wrong(), std::string());
  // Another time alone is no change.
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  QCOMPARE(wrong(), std::string());
  QFile changed(QString::fromStdString(file.string()));
  QVERIFY(changed.open(QIODevice::ReadWrite));
  QVERIFY(changed.seek(changed.size() - 1));
  QVERIFY(changed.putChar('\x55'));
  changed.close();
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() + std::chrono::hours(2));
  QCOMPARE(wrong(), std::string("was changed"));
  QVERIFY(changed.resize(100));
  QVERIFY(wrong().starts_with("has 100 bytes instead of "));
  QVERIFY(changed.remove());
  QCOMPARE(wrong(), std::string("is lost"));
}

}  // namespace plumbline::test
