#include <fcntl.h>
#include <sys/stat.h>

#include <QDir>
#include <QFile>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/study/reduction_cache.h"
#include "core/study/run_votes.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

// Enough that it is kept: 6,000 × 2 × 400 probabilities.
constexpr std::int64_t kept_samples = 6000;
constexpr int kept_classes = 400;
static_assert(kept_samples * kept_classes * 2 > static_cast<std::int64_t>(least_kept_cells));

struct LargeRun {
  StudyFixture fixture{kept_samples, kept_classes};
  RunInfo run = fixture.add_run("r", 2);
  RunVotes votes = value(load_votes(fixture.study, run, "test"));

  ReducedScores reduced(const std::string& text = "mean(t=0.5)") const {
    return reduced_on(votes.table(), text);
  }
  ReducedScores reduced_on(const VoteTable& table, const std::string& text) const {
    const std::vector<std::size_t> voters = {0, 1};
    const auto policy = value(bind(value(parse_policy(text, 2))));
    return value(reduce(fixture.study, run, "test", table, voters, policy));
  }
  QDir cache() const { return {QString::fromStdString((fixture.folder() / "cache").string())}; }
  QStringList kept() const { return cache().entryList({"reduced-*"}, QDir::Files); }
  QString first_predictions() const {
    const QDir folder(QString::fromStdString((fixture.folder() / "predictions").string()));
    return folder.filePath(folder.entryList(QDir::Files, QDir::Name).front());
  }
};

void change_byte(const QString& path, qint64 place) {
  QFile file(path);
  if (!file.open(QIODevice::ReadWrite)) qFatal("cannot change");
  file.seek(place < 0 ? file.size() + place : place);
  char byte = 0;
  file.peek(&byte, 1);
  file.putChar(static_cast<char>(byte ^ 0x5a));
}

struct timespec time_of_change(const QString& path) {
  struct stat status{};
  if (::stat(qPrintable(path), &status) != 0) qFatal("cannot be looked at");
  return status.st_mtim;
}

/// A change that leaves size and time as they were.
void change_unseen(const QString& path, qint64 place) {
  const struct timespec before = time_of_change(path);
  change_byte(path, place);
  const struct timespec times[] = {before, before};
  if (::utimensat(AT_FDCWD, qPrintable(path), times, 0) != 0) qFatal("cannot be set back");
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool same(const ReducedScores& a, const ReducedScores& b) {
  return a.label == b.label && a.accept == b.accept && a.tie == b.tie &&
         same_bits(a.score, b.score) && (a.losses == nullptr) == (b.losses == nullptr) &&
         (a.losses == nullptr ||
          (same_bits(a.losses->log_prob_label, b.losses->log_prob_label) &&
           same_bits(a.losses->brier, b.losses->brier) && a.losses->missing == b.losses->missing));
}

}  // namespace

void TestReductionCache::a_second_call_reads_no_predictions() {
  const LargeRun large;
  const ReducedScores first = large.reduced();
  QCOMPARE(large.kept().size(), 1);
  QVERIFY(first.losses != nullptr && std::isfinite(first.losses->log_prob_label[17]));
  // Whoever read the file again would come to another score.
  change_unseen(large.first_predictions(), -4);
  const ReducedScores second = large.reduced();
  QVERIFY(same(first, second));
  // Another threshold is a matter of the same scores.
  QVERIFY(same(first, large.reduced("mean(t=0.25)")));
  QCOMPARE(large.kept().size(), 1);
  QVERIFY(large.cache().remove(large.kept().front()));
  QVERIFY(!same(first, large.reduced()));
}

void TestReductionCache::what_differs_is_made_anew_data() {
  QTest::addColumn<QString>("what");
  for (const char* what : {"policy", "labels", "time", "damage", "length", "magic"})
    QTest::newRow(what) << what;
}

void TestReductionCache::what_differs_is_made_anew() {
  QFETCH(QString, what);
  const LargeRun large;
  const ReducedScores first = large.reduced();
  const QString file = large.cache().filePath(large.kept().front());
  change_unseen(large.first_predictions(), -4);
  QVERIFY(same(first, large.reduced()));
  if (what == "policy") {
    QVERIFY(!same(first, large.reduced("gmean(t=0.5)")));
    QCOMPARE(large.kept().size(), 2);
  } else if (what == "labels") {
    std::vector<ClassIndex> labels(large.votes.table().labels.begin(),
                                   large.votes.table().labels.end());
    labels[17] = static_cast<ClassIndex>((labels[17] + 1) % kept_classes);
    VoteTable table = large.votes.table();
    table.labels = labels;
    const ReducedScores other = large.reduced_on(table, "mean(t=0.5)");
    QVERIFY(other.losses->log_prob_label[17] != first.losses->log_prob_label[17]);
  } else if (what == "time") {
    QFile predictions(large.first_predictions());
    QVERIFY(predictions.open(QIODevice::ReadWrite));
    QVERIFY(predictions.setFileTime(QDateTime::currentDateTime().addSecs(-100),
                                    QFileDevice::FileModificationTime));
    predictions.close();
    QVERIFY(!same(first, large.reduced()));
  } else {
    if (what == "damage") change_byte(file, 100'000);
    if (what == "magic") change_byte(file, 3);
    if (what == "length") QVERIFY(QFile::resize(file, 1000));
    const ReducedScores again = large.reduced();
    QVERIFY(!same(first, again));
    // What was damaged is replaced.
    change_unseen(large.first_predictions(), -4);
    QVERIFY(same(again, large.reduced()));
  }
}

void TestReductionCache::little_is_not_kept() {
  StudyFixture fixture(3000, 7);
  const auto run = fixture.add_run("r", 2);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0, 1};
  const auto policy = value(bind(value(parse_policy("mean", 2))));
  static_cast<void>(value(reduce(fixture.study, run, "test", votes.table(), voters, policy)));
  const QDir cache(QString::fromStdString((fixture.folder() / "cache").string()));
  QCOMPARE(cache.entryList({"reduced-*"}, QDir::Files).size(), 0);
}

void TestReductionCache::losses_of_partial_distributions_are_not_known() {
  StudyFixture fixture(60, float16_classes + 10);
  const auto run = fixture.add_run("r", 2);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0, 1};
  const auto policy = value(bind(value(parse_policy("mean", 2))));
  const auto reduced = value(reduce(fixture.study, run, "test", votes.table(), voters, policy));
  QVERIFY(reduced.losses != nullptr);
  QCOMPARE(reduced.losses->missing, losses_of_partial());
  QVERIFY(reduced.losses->brier.empty() && reduced.losses->log_prob_label.empty());
}

}  // namespace plumbline::test
