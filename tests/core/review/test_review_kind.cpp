#include <QtTest>

#include "core/review/classification_table.h"
#include "core/review/figures.h"
#include "core/review/query.h"
#include "core/review/review_kind.h"
#include "core/study/decide_run.h"
#include "tests/core/review/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Voters = std::vector<std::size_t>;

/// Learns how many samples it was shown, and of what.
Result<void> count_samples(BoundPolicy& policy, const BindData& data) {
  double samples = 0, sum = 0, voters = 0;
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    samples += static_cast<double>(block.end - block.begin);
    voters = static_cast<double>(block.distributions.probabilities.size());
    for (std::size_t i = 0; i < block.distributions.samples; ++i)
      sum += block.distributions.probabilities.front()[i * block.distributions.classes];
  }));
  policy.learned = {data.fit->split,
                    {{"samples", {samples}}, {"voters", {voters}}, {"sum", {sum}}}};
  return {};
}

constexpr PolicyKind counting = {.name = "counting",
                                 .summary = "learns how many samples there are",
                                 .traits = {.needs = PolicyNeeds::distributions, .fitted = true},
                                 .bind = count_samples};

}  // namespace

void TestReviewKind::classes_are_decided_as_before_data() {
  QTest::addColumn<QString>("policy");
  QTest::newRow("votes") << "majority";
  QTest::newRow("distributions") << "mean";
}

void TestReviewKind::classes_are_decided_as_before() {
  QFETCH(QString, policy);
  StudyFixture fixture(2300, 5);
  const RunInfo run = fixture.add_run("r", 3);
  const Voters voters = {0, 2};
  const auto bound = value(bind(value(parse_policy(policy.toStdString(), voters.size()))));
  const auto source = value(open_review(fixture.study, run, "test"));
  const auto reviewed = value(source->decide(bound, voters));
  const RunVotes votes = value(load_votes(fixture.study, run, "test"));
  const Decisions expected = value(decide_run(fixture.study, run, "test", votes, voters, bound));
  QCOMPARE(reviewed->decisions.label, expected.label);
  QVERIFY(reviewed->decisions.verdict == expected.verdict);
  QVERIFY(reviewed->decisions.score == expected.score);
  QCOMPARE(reviewed->decisions.counts.by_verdict, expected.counts.by_verdict);
  // Table and figures are those of the same decisions.
  const ReviewTable table = classification_table(votes.table(), voters, expected);
  QCOMPARE(reviewed->table.rows, table.rows);
  for (const auto key : sort_columns)
    for (std::size_t row = 0; row < table.rows; row += 97)
      QCOMPARE(number_of(reviewed->table, key, row), number_of(table, key, row));
  const auto figures = figures_of(reviewed->figures);
  const auto same = figures_of(metric_data(bound, expected, select_voters(votes.table(), voters)));
  QCOMPARE(figures.size(), same.size());
  for (std::size_t i = 0; i < figures.size(); ++i) QVERIFY(figures[i].value == same[i].value);
  QVERIFY(source->votes() != nullptr);
}

void TestReviewKind::a_policy_learns_from_the_split_that_is_named() {
  StudyFixture fixture(2300, 5);
  const RunInfo run = fixture.add_run("r", 3);
  policy_table().add(counting);
  const auto source = value(open_review(fixture.study, run, "test"));
  const auto policy = value(make_policy("counting", 2));
  QVERIFY(!bind(policy));  // no split is named
  const auto bound = value(source->fit(policy, Voters{2, 0}, {}));
  QCOMPARE(bound.learned.split, std::string("test"));
  QCOMPARE(bound.learned["samples"].front(), 2300.0);
  QCOMPARE(bound.learned["voters"].front(), 2.0);
  double sum = 0;  // of the first class's probabilities, of the third model
  for (const ClassPredictions& shard : fixture.shards)
    for (std::int64_t i = 0; i < shard.count; ++i)
      sum += static_cast<double>(
          std::exp(shard.log_probs[static_cast<std::size_t>((2 * shard.count + i) * 5)]));
  QVERIFY(std::abs(bound.learned["sum"].front() - sum) < 1e-6 * sum);
}

void TestReviewKind::other_kinds_are_refused() {
  StudyFixture fixture(50, 5);
  RunInfo run = fixture.add_run("r", 1);
  const auto majority = value(make_policy("majority", 1));
  QVERIFY(check_suits(majority, "classes").has_value());
  const auto unsuited = check_suits(majority, "boxes");
  QVERIFY(!unsuited);
  QCOMPARE(exit_code(unsuited.error().kind), 2);
  QCOMPARE(
      unsuited.error().message,
      std::string("the policy 'majority' decides on classes; the run's predictions are boxes"));
  run.voters.front().model = "nobody";
  QVERIFY(!review_kind_of(fixture.study, run));
  run.voters.clear();
  QVERIFY(!review_kind_of(fixture.study, run));
}

}  // namespace plumbline::test
